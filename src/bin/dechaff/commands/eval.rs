//! `dechaff eval`: recall and precision on documents whose junk is known.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result, bail};
use dechaff::{Filter, Outcome, Rule, Span, grams, marked};
use rayon::prelude::*;
use serde::Serialize;

use super::{Status, learn, stdout};
use crate::args::{Eval, Left, Part};
use crate::cases::{self, Case, solid};
use crate::print;

pub fn run(args: &Eval) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let mut status = Status::default();
    let cases = cases::read_all(&args.cases, &mut status)?;
    if cases.is_empty() {
        bail!("no cases: give marked texts (.txt with ⟦junk⟧) or JSON Lines with `text` and `gold`");
    }
    let judged = match args.leave_out {
        None => cases.par_iter().map(|case| Some(Judged::new(&filter, case))).collect(),
        Some(left) => leave_out(args, left, &cases)?,
    };
    let mut tables: BTreeMap<String, Figures> = BTreeMap::new();
    for (case, judged) in cases.iter().zip(&judged) {
        let Some(judged) = judged else { continue };
        for key in ["ALL".to_owned(), args.by.iter().map(|part| case.part(*part)).collect::<Vec<_>>().join("/")] {
            tables.entry(key).or_default().add(case, judged);
        }
    }
    let mut out = stdout();
    if args.json {
        let rows: BTreeMap<&String, Row> = tables.iter().map(|(key, figures)| (key, figures.row())).collect();
        writeln!(out, "{}", serde_json::to_string(&rows)?).context("standard output")?;
    } else {
        for (key, figures) in &tables {
            writeln!(out, "{key}: {}", figures.row()).context("standard output")?;
        }
    }
    let missed = cases.iter().zip(&judged).filter_map(|(case, judged)| Some((case, judged.as_ref()?)));
    let missed = missed.filter(|(case, judged)| judged.is_missed(case));
    for (case, judged) in missed.take(args.misses) {
        let shown = marked::mark(&case.text, &judged.cuts);
        writeln!(out, "miss {} [{}]: {}", case.name, case.group, print::snippet(&shown)).context("standard output")?;
        let stretches = |spans: &[Span]| {
            spans.iter().map(|span| print::snippet(span.of(&case.text))).collect::<Vec<_>>().join(" / ")
        };
        writeln!(out, "  should go: {}", stretches(&case.gold)).context("standard output")?;
        writeln!(out, "  went:      {}", stretches(&judged.cuts)).context("standard output")?;
    }
    out.flush().context("standard output")?;
    Ok(status)
}

/// Every language (or theme) of the cases in turn, judged by rules and a model that were made without it. Cases of a
/// language without rules are judged too; genuine cases have no part in this.
fn leave_out(args: &Eval, left: Left, cases: &[Case]) -> Result<Vec<Option<Judged>>> {
    let part = match left {
        Left::Language => Part::Language,
        Left::Theme => Part::Theme,
    };
    let mut values: Vec<&str> = cases.iter().filter(|case| !case.gold.is_empty()).map(|case| case.part(part)).collect();
    values.sort_unstable();
    values.dedup();
    let full = super::filter(&args.filter)?;
    let mut judged: Vec<Option<Judged>> = cases.iter().map(|_| None).collect();
    let mut genuine = Vec::new();
    learn::read_genuine(&full, &args.genuine, learn::PIECES, &mut genuine)?;
    for value in values {
        let ignored = |rule: &Rule| match left {
            Left::Language => base(rule.id.language()) == base(value),
            Left::Theme => rule.id.theme() == value,
        };
        let mut builder = super::builder(&args.filter)?;
        for rule in full.rules().iter().filter(|rule| ignored(rule)) {
            builder = builder.ignore(rule.id.as_str());
        }
        let filter = builder.build()?;
        let mut samples = filter.vocabulary(args.vocabulary);
        samples.extend_from_slice(&genuine);
        let model = grams::fit(&samples, &Default::default());
        let filter = filter.with_model(model);
        let own = |case: &Case| case.part(part) == value && !case.gold.is_empty();
        let found: Vec<Option<Judged>> =
            cases.par_iter().map(|case| own(case).then(|| Judged::new(&filter, case))).collect();
        for (place, found) in judged.iter_mut().zip(found) {
            if found.is_some() {
                *place = found;
            }
        }
        print::notice(format_args!("{value}: {} rules left", filter.rules().len()));
    }
    Ok(judged)
}

/// A language without script and region: `zh` for `zh-Hans`.
fn base(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}

/// The stretches that two sorted lists have in common.
fn common(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut both = Vec::new();
    for a in one {
        for b in other {
            let span = Span::new(a.start.max(b.start), a.end.min(b.end));
            if span.start < span.end {
                both.push(span);
            }
        }
    }
    both
}

struct Judged {
    cuts: Vec<Span>,
    outcome: Outcome,
    all: u64,
    gold: u64,
    cut: u64,
    hit: u64,
}

impl Judged {
    fn new(filter: &Filter, case: &Case) -> Judged {
        let cleaned = filter.clean(&case.text);
        let text = &case.text;
        Judged {
            outcome: cleaned.report.outcome,
            all: solid(text, &[Span::new(0, text.len())]),
            gold: solid(text, &case.gold),
            cut: solid(text, &cleaned.cuts),
            hit: solid(text, &common(&case.gold, &cleaned.cuts)),
            cuts: cleaned.cuts,
        }
    }

    fn is_full(&self) -> bool {
        self.hit * 100 >= self.gold * 99
    }

    fn is_missed(&self, case: &Case) -> bool {
        case.outcome == Outcome::Cleaned && !self.is_full() || self.cut > self.hit
    }
}

#[derive(Default)]
struct Figures {
    docs: u64,
    injected: u64,
    full: u64,
    gold: u64,
    hit: u64,
    collateral: u64,
    around: u64,
    genuine: u64,
    touched: u64,
    lost: u64,
    genuine_bytes: u64,
    whole: u64,
    whole_found: u64,
}

impl Figures {
    fn add(&mut self, case: &Case, judged: &Judged) {
        self.docs += 1;
        match case.outcome {
            Outcome::Cleaned => {
                self.injected += 1;
                self.full += u64::from(judged.is_full());
                self.gold += judged.gold;
                self.hit += judged.hit;
                self.collateral += judged.cut - judged.hit;
                self.around += judged.all - judged.gold;
            }
            Outcome::Clean => {
                self.genuine += 1;
                self.touched += u64::from(judged.cut > 0);
                self.lost += judged.cut;
                self.genuine_bytes += judged.all;
            }
            _ => {
                self.whole += 1;
                self.whole_found += u64::from(judged.outcome == Outcome::Junk);
            }
        }
    }

    fn row(&self) -> Row {
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let million = |part: u64, of: u64| share(part, of).map(|share| share * 1e6);
        Row {
            docs: self.docs,
            recall: share(self.hit, self.gold),
            full: share(self.full, self.injected),
            collateral: million(self.collateral, self.around),
            fp_docs: share(self.touched, self.genuine),
            fp_bytes: million(self.lost, self.genuine_bytes),
            junk_verdict: share(self.whole_found, self.whole),
        }
    }
}

/// Figures as they are printed. White space is never counted.
#[derive(Serialize)]
struct Row {
    docs: u64,
    /// Junk bytes removed of all junk bytes, in documents with injected junk.
    #[serde(skip_serializing_if = "Option::is_none")]
    recall: Option<f64>,
    /// Share of these documents whose junk went to at least 99% of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    full: Option<f64>,
    /// Genuine bytes removed per million, in these documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    collateral: Option<f64>,
    /// Share of genuine documents that lost anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    fp_docs: Option<f64>,
    /// Genuine bytes removed per million, in genuine documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    fp_bytes: Option<f64>,
    /// Share of documents of nothing but junk that are called so.
    #[serde(skip_serializing_if = "Option::is_none")]
    junk_verdict: Option<f64>,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "docs={}", self.docs)?;
        for (name, value, digits) in [
            ("recall", self.recall, 4),
            ("full", self.full, 4),
            ("collateral", self.collateral, 1),
            ("fp_docs", self.fp_docs, 5),
            ("fp_bytes", self.fp_bytes, 2),
            ("junk_verdict", self.junk_verdict, 4),
        ] {
            if let Some(value) = value {
                write!(f, " {name}={value:.digits$}")?;
            }
        }
        Ok(())
    }
}
