//! How far a run is, for a person at a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::source::Source;
use crate::tally::Tally;

/// Counts what is done; shows it where somebody looks on.
pub struct Progress {
    /// Bytes read, as they lie on disk.
    pub read: Arc<AtomicU64>,
    documents: AtomicU64,
    segments: AtomicU64,
    cut: AtomicU64,
    set_aside: AtomicU64,
    started: Instant,
    bar: ProgressBar,
}

/// Runs that are shorter show nothing.
const QUIET: Duration = Duration::from_millis(700);

impl Progress {
    /// For these sources; `shown` where results do not go to the same terminal.
    pub fn new(sources: &[Source], shown: bool) -> Progress {
        let sizes: Vec<Option<u64>> = sources.iter().map(Source::size).collect();
        let total = sizes.iter().flatten().sum();
        let known = sizes.iter().all(Option::is_some);
        let target = if shown { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        let bar = if known { ProgressBar::new(total) } else { ProgressBar::no_length() };
        bar.set_draw_target(ProgressDrawTarget::hidden());
        let template = if known {
            "{bar:24} {percent:>3} % · {bytes_per_sec} · {eta} left · {msg}"
        } else {
            "{spinner} {bytes} · {bytes_per_sec} · {msg}"
        };
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let progress = Progress {
            read: Arc::default(),
            documents: AtomicU64::new(0),
            segments: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            set_aside: AtomicU64::new(0),
            started: Instant::now(),
            bar,
        };
        progress.bar.set_draw_target(target);
        progress
    }

    /// Bytes of sources that an earlier run went through.
    pub fn skip(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
        self.bar.set_position(bytes);
        self.bar.reset_eta();
    }

    /// Counts what was done.
    pub fn add(&self, tally: &Tally) {
        let add = |counter: &AtomicU64, by: u64| counter.fetch_add(by, Ordering::Relaxed) + by;
        let documents = add(&self.documents, tally.documents);
        let segments = add(&self.segments, tally.segments);
        let cut = add(&self.cut, tally.cut_bytes);
        let aside = add(&self.set_aside, tally.set_aside);
        if self.bar.is_hidden() || self.started.elapsed() < QUIET {
            return;
        }
        let rate = documents as f64 / self.started.elapsed().as_secs_f64();
        let aside = if aside > 0 { format!(" · {} set aside", HumanCount(aside)) } else { String::new() };
        self.bar.set_position(self.read.load(Ordering::Relaxed));
        self.bar.set_message(format!(
            "{} documents ({rate:.0}/s) · {} pieces of junk, {}{aside}",
            HumanCount(documents),
            HumanCount(segments),
            indicatif::HumanBytes(cut),
        ));
    }

    /// Whether somebody looks on, and the run was long enough to show anything.
    pub fn was_shown(&self) -> bool {
        !self.bar.is_hidden() && self.started.elapsed() >= QUIET
    }

    /// Since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
