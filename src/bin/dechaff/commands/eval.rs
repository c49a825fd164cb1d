//! `dechaff eval`: recall and precision on documents whose junk is known.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use dechaff::formats::{Format, compress};
use dechaff::{Filter, Outcome, Span, marked};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Status, stdout};
use crate::args::Eval;
use crate::input;
use crate::print;

/// A document and the truth about it.
struct Case {
    name: String,
    text: String,
    gold: Vec<Span>,
    outcome: Outcome,
    /// `kind/…`: figures are given for each kind.
    group: String,
}

#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    id: Option<serde_json::Value>,
    text: String,
    gold: Vec<(usize, usize)>,
    #[serde(default)]
    verdict: Option<Outcome>,
    #[serde(default)]
    group: Option<String>,
}

pub fn run(args: &Eval) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let mut status = Status::default();
    let mut cases = Vec::new();
    let sources = input::sources(&args.cases, |message| {
        status.failed = true;
        print::problem(format_args!("{message}"));
    });
    for source in sources {
        let path = source.path.as_deref().context("eval reads files, not standard input")?;
        if let Err(why) = read(path, &mut cases) {
            status.failed = true;
            print::problem(format_args!("{why:#}"));
        }
    }
    if cases.is_empty() {
        bail!("no cases: give marked texts (.txt with ⟦junk⟧) or JSON Lines with `text` and `gold`");
    }
    let judged: Vec<Judged> = cases.par_iter().map(|case| Judged::new(&filter, case)).collect();
    let mut tables: BTreeMap<String, Figures> = BTreeMap::new();
    for (case, judged) in cases.iter().zip(&judged) {
        let kind = case.group.split('/').next().unwrap_or_default();
        let mut keys = vec!["ALL".to_owned(), format!("{kind} *")];
        if args.groups {
            keys.push(case.group.clone());
        }
        for key in keys {
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
    let missed = cases.iter().zip(&judged).filter(|(case, judged)| judged.is_missed(case));
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

fn read(path: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let shown = path.display().to_string();
    let mut reader = compress::open(path).with_context(|| shown.clone())?;
    match Format::of_path(path) {
        Format::Text => {
            let mut marked = String::new();
            reader.read_to_string(&mut marked).with_context(|| shown.clone())?;
            let (text, gold) = marked::parse(&marked).map_err(|why| anyhow::anyhow!("{shown}: {why}"))?;
            let group =
                path.parent().and_then(Path::file_name).map_or_else(String::new, |name| name.to_string_lossy().into());
            let outcome = if gold.is_empty() { Outcome::Clean } else { outcome(&text, &gold) };
            cases.push(Case { name: shown, text, gold, outcome, group });
        }
        Format::JsonLines => {
            for (number, line) in reader.lines().enumerate() {
                let line = line.with_context(|| shown.clone())?;
                if line.trim().is_empty() {
                    continue;
                }
                let place = format!("{shown}:{}", number + 1);
                let row: Labelled = serde_json::from_str(&line).with_context(|| place.clone())?;
                let gold: Vec<Span> = row.gold.iter().map(|&(start, end)| Span::new(start, end)).collect();
                if gold.iter().any(|span| row.text.get(span.start..span.end).is_none()) {
                    bail!("{place}: a gold span does not fit the text; spans are bytes of UTF-8");
                }
                let outcome = row.verdict.unwrap_or_else(|| outcome(&row.text, &gold));
                let name = row.id.map_or(place, |id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                cases.push(Case { name, text: row.text, gold, outcome, group: row.group.unwrap_or_default() });
            }
        }
    }
    Ok(())
}

/// Truth without a verdict: a text that is marked from end to end is junk.
fn outcome(text: &str, gold: &[Span]) -> Outcome {
    match gold {
        [] => Outcome::Clean,
        _ if solid(text, gold) == solid(text, &[Span::new(0, text.len())]) => Outcome::Junk,
        _ => Outcome::Cleaned,
    }
}

/// Bytes of the spans that are not white space.
fn solid(text: &str, spans: &[Span]) -> u64 {
    let bytes = |span: &Span| span.of(text).chars().filter(|c| !c.is_whitespace()).map(char::len_utf8).sum::<usize>();
    spans.iter().map(|span| bytes(span) as u64).sum()
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
