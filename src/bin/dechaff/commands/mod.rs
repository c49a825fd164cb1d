//! What each command does.

mod check;
mod clean;
mod eval;
mod explain;
mod fit;
pub mod learn;
pub mod places;
mod restore;
mod rules;
mod side;
mod sites;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use dechaff::audit::{Options, Unit};
use dechaff::grams::Model;
use dechaff::{Filter, FilterBuilder, Pack, Strictness};

use crate::args::{self, Args, Command};
use crate::print;

/// Exit code of a job that could not be done, wholly or in part.
pub const FAILED: u8 = 2;
const FOUND: u8 = 1;

/// How a command ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    /// Junk was found, and the command was asked to tell so.
    pub found: bool,
    /// Something could not be done.
    pub failed: bool,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        match status {
            Status { failed: true, .. } => ExitCode::from(FAILED),
            Status { found: true, .. } => ExitCode::from(FOUND),
            _ => ExitCode::SUCCESS,
        }
    }
}

pub fn run(args: Args) -> Result<Status> {
    match args.command {
        Command::Clean(args) => clean::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Learn(args) => learn::run(&args),
    }
}

/// The filter that the options ask for.
fn filter(args: &args::Filter) -> Result<Filter> {
    Ok(builder(args)?.build()?)
}

fn builder(args: &args::Filter) -> Result<FilterBuilder> {
    let mut builder = Filter::builder().strictness(match args.strictness {
        args::StrictnessName::Safe => Strictness::Safe,
        args::StrictnessName::Normal => Strictness::Normal,
        args::StrictnessName::Strict => Strictness::Strict,
    });
    if !args.no_builtin {
        builder = builder.builtin();
    }
    for path in &args.rules {
        let pack = Pack::from_path(path)?;
        if let Some(notice) = pack.notice() {
            print::notice(format_args!("{notice}"));
        }
        builder = builder.pack(pack);
    }
    if !args.lang.is_empty() {
        builder = builder.languages(args.lang.iter().map(String::as_str));
    }
    if !args.theme.is_empty() {
        builder = builder.themes(args.theme.iter().map(String::as_str));
    }
    for selector in &args.ignore {
        builder = builder.ignore(selector);
    }
    if let Some(path) = &args.model {
        builder = builder.model(if path.as_os_str() == "none" { Model::neutral() } else { Model::from_path(path)? });
    }
    Ok(builder)
}

/// The packs that the options name as they are written, the built-in one first.
fn packs(args: &args::Filter) -> Result<Vec<Pack>> {
    let mut packs = Vec::new();
    if !args.no_builtin {
        packs.push(Pack::builtin()?);
    }
    for path in &args.rules {
        packs.push(Pack::sources(path)?);
    }
    Ok(packs)
}

fn audit_options(args: &args::Audit) -> Options {
    Options {
        unit: match args.unit {
            args::UnitName::Byte => Unit::Byte,
            args::UnitName::Char => Unit::Char,
        },
        with_text: args.audit_text,
    }
}

/// Standard output, with colours where it is a terminal that shows them.
fn stdout() -> Box<dyn Write + Send> {
    Box::new(std::io::BufWriter::new(anstream::stdout()))
}
