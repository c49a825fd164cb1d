//! `--sites`: a first reading that counts what many pages say together.

use std::sync::Arc;

use anyhow::{Result, bail};
use dechaff::{Filter, Sites};

use super::side;
use crate::args::Input;
use crate::bulk::{self, Done, Paths, Plan, Target, Task, Unit};
use crate::examine::{Examined, Examiner};
use crate::print;
use crate::source::Source;

/// See [`Sites::fill`].
const FULL: u32 = 100;

/// Reads all sources once; a filter that knows what was counted.
pub fn with_sites(filter: &Filter, input: &Input, sources: &[Source], failed: &mut bool) -> Result<Filter> {
    if sources.iter().any(|source| source.path.is_none()) {
        bail!("--sites reads its input twice: it needs files, not standard input");
    }
    let sites = Sites::new();
    let examiner = Examiner {
        filter: Some(filter),
        sites: Some(&sites),
        audit: dechaff::audit::Options::default(),
        annotate: false,
        max_bytes: input.max_bytes,
    };
    let plan = Plan {
        examiner: &examiner,
        task: &Counting,
        names: &input.reading.names(),
        format: input.reading.format,
        threads: input.threads,
        target: &Target::Stdout,
        paths: Paths::default(),
        attributes: None,
        level: None,
        resume: None,
        progress: &side::progress(sources, true),
    };
    let (tally, _) = bulk::run(sources.to_vec(), &plan, Some(Box::new(std::io::sink())))?;
    plan.progress.finish();
    if sites.pages() == 0 && tally.documents > 0 {
        *failed = true;
        print::problem(format_args!("--sites: no record tells its URL or host; name the field with --url-field"));
    }
    if sites.fill() >= FULL {
        print::notice(format_args!(
            "--sites: more lines than can be told apart ({} % full); give fewer files at a time",
            sites.fill()
        ));
    }
    Ok(filter.with_sites(Arc::new(sites)))
}

/// Records are only looked at; what is wrong with them the second reading says.
struct Counting;

impl Task for Counting {
    fn record(&self, _: &Unit, _: &Examined, done: &mut Done) {
        done.tally.documents += 1;
    }

    fn blank(&self, _: &Unit, _: &mut Done) {}

    fn unread(&self, _: &Unit, _: &str, _: bool, _: &mut Done) {}

    fn through(&self, _: &[u8], _: &mut Done) {}

    fn tells(&self) -> bool {
        false
    }

    fn writes(&self) -> bool {
        false
    }

    fn keeps(&self, _: &Examined) -> bool {
        true
    }
}
