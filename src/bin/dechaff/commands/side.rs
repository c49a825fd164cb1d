//! What `clean` and `check` have in common beside their output: side-cars, progress, the summary and the report.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Result;
use dechaff::Filter;

use crate::args::{self, Side};
use crate::bulk::Paths;
use crate::print::{report, summary};
use crate::progress::Progress;
use crate::sidecar::Wanted;
use crate::source::Source;
use crate::tally::Tally;

pub fn wanted(audit: &args::Audit, side: &Side, attributes: bool) -> Wanted {
    Wanted {
        audit: audit.audit.is_some(),
        restore: audit.audit_text,
        rejects: side.rejects.is_some(),
        errors: side.errors.is_some(),
        attributes,
        examples: side.report.is_some(),
    }
}

pub fn paths(audit: &args::Audit, side: &Side) -> Paths {
    Paths { audit: audit.audit.clone(), errors: side.errors.clone(), rejects: side.rejects.clone() }
}

/// The files that options name, as messages call them.
pub fn named<'a>(audit: &'a args::Audit, side: &'a Side) -> [(&'static str, Option<&'a Path>); 4] {
    [
        ("--audit", audit.audit.as_deref()),
        ("--rejects", side.rejects.as_deref()),
        ("--errors", side.errors.as_deref()),
        ("--report", side.report.as_deref()),
    ]
}

/// Progress is shown to a person who waits, and only where it does not get mixed up with results.
pub fn progress(sources: &[Source], quiet: bool) -> Progress {
    let apart = quiet || !std::io::stdout().is_terminal();
    Progress::new(sources, apart && std::io::stderr().is_terminal())
}

/// Tells how it went.
pub fn ending(
    side: &Side,
    tally: &Tally,
    progress: &Progress,
    filter: Option<&Filter>,
    paths: &[PathBuf],
) -> Result<()> {
    let shown = progress.was_shown();
    progress.finish();
    if let Some(path) = &side.report {
        report::write(path, tally, progress.elapsed(), filter.map_or("", Filter::fingerprint), paths)?;
    }
    if side.summary || shown {
        // As with messages: nobody reading it is no reason to fail.
        let _ = summary::write(&mut anstream::stderr(), tally, progress.elapsed());
    }
    Ok(())
}
