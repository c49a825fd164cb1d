//! `dechaff rules`: what is in force, and whether rule files are as they should be.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use dechaff::Pack;

use super::{Status, stdout};
use crate::args::Rules;
use crate::output::Atomic;
use crate::print;

pub fn run(args: &Rules) -> Result<Status> {
    match args {
        Rules::List { filter } => list(filter),
        Rules::Check { path } => check(path.as_deref()),
        Rules::Compile { path, output } => compile(path, output.as_deref()),
    }
}

fn list(args: &crate::args::Filter) -> Result<Status> {
    let filter = super::filter(args)?;
    let mut out = stdout();
    let width = filter.rules().iter().map(|rule| rule.id.as_str().len()).max().unwrap_or(0);
    for rule in filter.rules() {
        let phrases = match rule.phrase_count() {
            0 => String::new(),
            count => format!(" ({count})"),
        };
        writeln!(out, "{:width$}  {:>4}  {}{phrases}: {}", rule.id.as_str(), rule.weight, rule.kind(), rule.summary)
            .context("standard output")?;
    }
    out.flush().context("standard output")?;
    print::notice(format_args!("{} rules, {}", filter.rules().len(), filter.fingerprint()));
    Ok(Status::default())
}

fn check(path: Option<&Path>) -> Result<Status> {
    let pack = path.map_or_else(Pack::builtin, Pack::sources)?;
    let report = dechaff::prove(&pack)?;
    let mut out = stdout();
    for failure in &report.failures {
        writeln!(out, "{failure}").context("standard output")?;
    }
    writeln!(
        out,
        "{} {}: {} rules, {} phrases, {} proofs, {} failed",
        pack.name(),
        pack.version(),
        report.rules,
        report.phrases,
        report.proofs,
        report.failures.len()
    )
    .context("standard output")?;
    out.flush().context("standard output")?;
    Ok(Status { found: false, failed: !report.failures.is_empty() })
}

fn compile(path: &Path, output: Option<&Path>) -> Result<Status> {
    let pack = Pack::sources(path)?;
    let bytes = pack.compile()?;
    let target = output.map_or_else(|| Pack::compiled_path(path), Path::to_owned);
    let mut file = Atomic::create(&target)?;
    file.write(&bytes)?;
    file.keep()?;
    print::notice(format_args!("{} {}: {} bytes in {}", pack.name(), pack.version(), bytes.len(), target.display()));
    Ok(Status::default())
}
