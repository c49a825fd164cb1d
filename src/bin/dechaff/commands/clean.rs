//! `dechaff clean`: texts without their junk.

use std::io;
use std::path::Path;

use anyhow::{Result, bail};
use dechaff::formats::{Format, record};
use dechaff::{Filter, Outcome};

use super::places::{self, Places, Real};
use super::{Status, side, sites};
use crate::args::Clean;
use crate::bulk::{self, Done, Plan, Target, Task, Unit};
use crate::examine::{Examined, Examiner};
use crate::print::{self, diff};
use crate::sidecar::Wanted;
use crate::source::{self, Source};

pub fn run(args: &Clean) -> Result<Status> {
    let mut failed = false;
    let named = side::named(&args.audit, &args.side);
    let folders = [args.output.as_deref(), args.attributes.as_deref()];
    let written: Vec<&Path> = named.iter().filter_map(|(_, path)| *path).chain(folders.into_iter().flatten()).collect();
    let sources = source::sources(&args.input.paths, &written, |message| {
        failed = true;
        print::problem(format_args!("{message}"));
    });
    let target = target(args, &sources)?;
    places::check(&sources, &Places { target: &target, attributes: args.attributes.as_deref(), named: &named })?;
    let mut filter = if args.passthrough { None } else { Some(super::filter(&args.filter)?) };
    if let Some(filter) = filter.as_mut().filter(|_| args.input.sites) {
        *filter = sites::with_sites(filter, &args.input, &sources, &mut failed)?;
    }
    let examiner = Examiner {
        filter: filter.as_ref(),
        sites: None,
        audit: super::audit_options(&args.audit),
        annotate: args.annotate,
        max_bytes: args.input.max_bytes,
    };
    let cleaning = Cleaning {
        wanted: side::wanted(&args.audit, &args.side, args.attributes.is_some()),
        diff: args.diff,
        drop_junk: args.drop_junk,
        target: target.clone(),
    };
    let names = args.input.reading.names();
    let plan = Plan {
        examiner: &examiner,
        task: &cleaning,
        names: &names,
        format: args.input.reading.format,
        threads: args.input.threads,
        target: if args.diff { &Target::Stdout } else { &target },
        paths: side::paths(&args.audit, &args.side),
        attributes: args.attributes.as_deref(),
        level: args.level,
        resume: args.resume.then(|| asked(args, filter.as_ref())),
        progress: &side::progress(&sources, target != Target::Stdout || args.diff),
    };
    let stdout = (args.diff || target == Target::Stdout)
        .then(|| -> Box<dyn io::Write + Send> { Box::new(io::BufWriter::with_capacity(1 << 16, io::stdout())) });
    let (tally, some_failed) = bulk::run(sources, &plan, stdout)?;
    side::ending(&args.side, &tally, plan.progress, filter.as_ref(), &args.input.paths)?;
    Ok(Status { found: false, failed: failed || some_failed })
}

/// What a run that is resumed must have been asked for, too.
fn asked(args: &Clean, filter: Option<&Filter>) -> String {
    let ruleset = filter.map_or("", Filter::fingerprint);
    // The same whether it exists yet or not.
    let output = args.output.as_deref().map(|path| Real::default().of(path));
    let (reading, audit, side) = (&args.input.reading, &args.audit, &args.side);
    let same = (args.drop_junk, args.annotate, args.level, &args.attributes, args.input.max_bytes);
    format!("{ruleset} {output:?} {reading:?} {audit:?} {side:?} {same:?}")
}

fn target(args: &Clean, sources: &[Source]) -> Result<Target> {
    if args.write {
        if sources.iter().any(|source| source.path.is_none()) {
            bail!("--write needs files: standard input cannot be changed in place");
        }
        return Ok(Target::Write);
    }
    let Some(output) = &args.output else { return Ok(Target::Stdout) };
    let folder = output.is_dir()
        || output.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
        || sources.len() > 1
        || sources.iter().any(|source| source.root.is_some());
    if folder && output.is_file() {
        bail!("{}: is a file, but several inputs need a folder to go to", output.display());
    }
    Ok(if folder { Target::Folder(output.clone()) } else { Target::File(output.clone()) })
}

struct Cleaning {
    wanted: Wanted,
    diff: bool,
    drop_junk: bool,
    target: Target,
}

impl Cleaning {
    /// Leaves out a document that is junk as a whole.
    fn drop(&self, unit: &Unit, done: &mut Done) {
        if unit.format == Format::Text {
            done.discard = true;
            if self.target == Target::Write {
                let place = unit.at.place();
                done.notices.push(format!("{place}: junk as a whole; it was left as it is: delete it yourself"));
            }
        }
        done.changed = true;
    }
}

impl Task for Cleaning {
    fn record(&self, unit: &Unit, examined: &Examined, done: &mut Done) {
        let dropped = !self.keeps(examined);
        self.wanted.record(unit, examined, dropped, done);
        if self.diff {
            for found in examined.found.iter().filter(|found| !found.cuts.is_empty()) {
                // Writing into memory cannot fail.
                let _ = diff::write(&mut done.main, &unit.at.place(), &found.text, &found.cuts);
            }
        } else if dropped {
            self.drop(unit, done);
        } else if examined.edits.is_empty() {
            done.main.extend_from_slice(unit.bytes);
        } else {
            done.changed = true;
            done.main.extend_from_slice(&record::apply(unit.bytes, &examined.edits));
        }
    }

    fn blank(&self, unit: &Unit, done: &mut Done) {
        // Attributes are matched by line: those behind a blank one must not move up.
        if matches!(unit.format, Format::JsonLines | Format::Parquet) {
            self.wanted.no_attributes(unit, done);
        }
        self.through(unit.bytes, done);
    }

    fn unread(&self, unit: &Unit, why: &str, long: bool, done: &mut Done) {
        // A record of which only the beginning is here cannot be set aside: it goes through.
        let aside = self.wanted.errors && !long && !self.diff;
        let fate = if aside { "set aside" } else { "passed through" };
        done.problems.push(format!("{}: {why}; the record was {fate}", unit.at.place()));
        self.wanted.refused(unit, why, aside, done);
        self.wanted.no_attributes(unit, done);
        if aside {
            done.changed = true;
        } else {
            self.through(unit.bytes, done);
        }
    }

    fn through(&self, bytes: &[u8], done: &mut Done) {
        if !self.diff {
            done.main.extend_from_slice(bytes);
        }
    }

    fn writes(&self) -> bool {
        !self.diff
    }

    fn keeps(&self, examined: &Examined) -> bool {
        !(self.drop_junk && examined.audit.outcome == Outcome::Junk)
    }
}
