//! `dechaff explain`: why something is junk, or what a rule says.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use dechaff::rules::ProofKind;
use dechaff::{Filter, Pack, Rule};

use super::{Status, stdout};
use crate::args::Explain;
use crate::input::{self, Doc, Examined, Examiner, Handler, Source};
use crate::print;

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
    let examiner = Examiner { filter: &filter, reading: &args.reading, audit: Default::default(), annotate: false };
    let sources = input::sources(&paths, |message| {
        status.failed = true;
        print::problem(format_args!("{message}"));
    });
    let mut explaining = Explaining { out, status, filter: &filter };
    input::run(sources, &examiner, None, &mut explaining)?;
    explaining.out.flush().context("standard output")?;
    Ok(explaining.status)
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

struct Explaining<'f, W: Write> {
    out: W,
    status: Status,
    filter: &'f Filter,
}

impl<W: Write> Handler for Explaining<'_, W> {
    fn begin(&mut self, _: &Source) -> Result<()> {
        Ok(())
    }

    fn document(&mut self, doc: &Doc, mut examined: Examined) -> Result<()> {
        if let Some(message) = examined.problem.take() {
            self.problem(message);
        }
        if let Some(report) = examined.report {
            let items = self.filter.items(&examined.text);
            let threshold = self.filter.threshold();
            print::explain::document(&mut self.out, &doc.place, &examined.text, &report, &items, threshold)
                .context("standard output")?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Source, _: bool) -> Result<()> {
        Ok(())
    }

    fn problem(&mut self, message: String) {
        self.status.failed = true;
        print::problem(format_args!("{message}"));
    }
}
