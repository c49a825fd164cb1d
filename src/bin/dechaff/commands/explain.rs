//! `dechaff explain`: why something is junk, or what a rule says.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use dechaff::rules::ProofKind;
use dechaff::{Filter, Pack, Rule};

use super::{Status, stdout};
use crate::args::Explain;
use crate::bulk::{self, Done, Paths, Plan, Target, Task, Unit};
use crate::examine::{Examined, Examiner};
use crate::print;
use crate::progress::Progress;
use crate::source;

pub fn run(args: &Explain) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let (rules, paths): (Vec<_>, Vec<_>) =
        args.subjects.iter().cloned().partition(|subject| rule(&filter, subject).is_some());
    let mut out = stdout();
    let mut status = Status::default();
    for subject in &rules {
        if let Some(rule) = rule(&filter, subject) {
            page(&mut out, rule, &args.filter).context("standard output")?;
        }
    }
    if paths.is_empty() && !rules.is_empty() {
        out.flush().context("standard output")?;
        return Ok(status);
    }
    let examiner = Examiner {
        filter: Some(&filter),
        sites: None,
        audit: Default::default(),
        annotate: false,
        max_bytes: usize::MAX >> 1,
    };
    let sources = source::sources(&paths, &[], |message| {
        status.failed = true;
        print::problem(format_args!("{message}"));
    });
    out.flush().context("standard output")?;
    let names = args.reading.names();
    let plan = Plan {
        examiner: &examiner,
        task: &Explaining { filter: &filter },
        names: &names,
        format: args.reading.format,
        threads: None,
        target: &Target::Stdout,
        paths: Paths::default(),
        attributes: None,
        level: None,
        resume: None,
        progress: &Progress::new(&sources, false),
    };
    let (_, failed) = bulk::run(sources, &plan, Some(out))?;
    status.failed |= failed;
    Ok(status)
}

/// The rule that a subject names, unless a file has that name.
fn rule<'f>(filter: &'f Filter, subject: &Path) -> Option<&'f Rule> {
    let id = subject.to_str()?;
    filter.rules().iter().find(|rule| rule.id.as_str() == id).filter(|_| !subject.exists())
}

fn page(out: &mut impl Write, rule: &Rule, args: &crate::args::Filter) -> Result<()> {
    writeln!(out, "{}  ({}, since {})", rule.id, rule.kind(), rule.since)?;
    writeln!(out, "  {}", rule.summary)?;
    if rule.weight != 0 {
        let cap = if rule.cap == i32::MAX { String::new() } else { format!(", at most {} in a segment", rule.cap) };
        writeln!(out, "  {:+} points for each distinct phrase{cap}", rule.weight)?;
    }
    for line in rule.details() {
        writeln!(out, "  {}", print::shown(&line))?;
    }
    let mut packs = Vec::new();
    if !args.no_builtin {
        packs.push(Pack::builtin()?);
    }
    for path in &args.rules {
        packs.push(Pack::sources(path).or_else(|_| Pack::from_path(path))?);
    }
    for proof in packs.iter().flat_map(Pack::proofs).filter(|proof| proof.rule == rule.id) {
        let kind = match proof.kind {
            ProofKind::Cut => "cut   ",
            ProofKind::Keep => "keep  ",
            ProofKind::Silent => "silent",
        };
        writeln!(out, "  {kind} {}", print::shown(&proof.text))?;
    }
    Ok(())
}

struct Explaining<'f> {
    filter: &'f Filter,
}

impl Task for Explaining<'_> {
    fn record(&self, unit: &Unit, examined: &Examined, done: &mut Done) {
        let threshold = self.filter.threshold();
        for found in &examined.found {
            let items = self.filter.items(&found.text);
            // Writing into memory cannot fail.
            let _ = print::explain::document(
                &mut done.main,
                &unit.at.place(),
                &found.text,
                &found.report,
                &items,
                threshold,
            );
        }
    }

    fn blank(&self, _: &Unit, _: &mut Done) {}

    fn unread(&self, unit: &Unit, why: &str, _: bool, done: &mut Done) {
        done.problems.push(format!("{}: {why}", unit.at.place()));
    }

    fn through(&self, _: &[u8], _: &mut Done) {}

    fn writes(&self) -> bool {
        false
    }

    fn keeps(&self, _: &Examined) -> bool {
        true
    }
}
