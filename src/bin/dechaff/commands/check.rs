//! `dechaff check`: what is junk, one line a segment.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use dechaff::formats::Format;

use super::places::{self, Places};
use super::{Status, side, sites};
use crate::args::Check;
use crate::bulk::{self, Done, Plan, Target, Task, Unit};
use crate::examine::{Examined, Examiner};
use crate::print::{self, Place};
use crate::sidecar::Wanted;
use crate::source;

pub fn run(args: &Check) -> Result<Status> {
    let mut failed = false;
    let named = side::named(&args.audit, &args.side);
    let written: Vec<&Path> = named.iter().filter_map(|(_, path)| *path).collect();
    let sources = source::sources(&args.input.paths, &written, |message| {
        failed = true;
        print::problem(format_args!("{message}"));
    });
    places::check(&sources, &Places { target: &Target::Stdout, attributes: None, named: &named })?;
    let mut filter = super::filter(&args.filter)?;
    if args.input.sites {
        filter = sites::with_sites(&filter, &args.input, &sources, &mut failed)?;
    }
    let examiner = Examiner {
        filter: Some(&filter),
        sites: None,
        audit: super::audit_options(&args.audit),
        annotate: false,
        max_bytes: args.input.max_bytes,
    };
    let wanted = Wanted { restore: false, ..side::wanted(&args.audit, &args.side, false) };
    let names = args.input.reading.names();
    let plan = Plan {
        examiner: &examiner,
        task: &Checking { quiet: args.quiet, wanted },
        names: &names,
        format: args.input.reading.format,
        threads: args.input.threads,
        target: &Target::Stdout,
        paths: side::paths(&args.audit, &args.side),
        attributes: None,
        level: None,
        resume: None,
        progress: &side::progress(&sources, args.quiet),
    };
    let (tally, some_failed) = bulk::run(sources, &plan, Some(super::stdout()))?;
    side::ending(&args.side, &tally, plan.progress, Some(&filter), &args.input.paths)?;
    Ok(Status { found: tally.segments > 0 || tally.junk > 0, failed: failed || some_failed })
}

struct Checking {
    quiet: bool,
    wanted: Wanted,
}

impl Task for Checking {
    fn record(&self, unit: &Unit, examined: &Examined, done: &mut Done) {
        self.wanted.record(unit, examined, false, done);
        if self.quiet {
            return;
        }
        let id = match unit.format {
            Format::Text => String::new(),
            _ => format!(" [{}]", print::shown(&examined.id)),
        };
        for found in &examined.found {
            for segment in found.report.junk() {
                // Writing into memory cannot fail.
                let _ = writeln!(
                    done.main,
                    "{}:{}:{id} {} {}: {}",
                    unit.at.place(),
                    Place::of(&found.text, segment.span.start),
                    segment.theme,
                    segment.score,
                    print::snippet(segment.span.of(&found.text)),
                );
            }
        }
    }

    fn blank(&self, _: &Unit, _: &mut Done) {}

    fn unread(&self, unit: &Unit, why: &str, _: bool, done: &mut Done) {
        done.problems.push(format!("{}: {why}", unit.at.place()));
        self.wanted.refused(unit, why, false, done);
    }

    fn through(&self, _: &[u8], _: &mut Done) {}

    fn writes(&self) -> bool {
        false
    }

    fn keeps(&self, _: &Examined) -> bool {
        true
    }
}
