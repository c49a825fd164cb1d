//! How well a filter does on cases: recall, what it cost in genuine text, verdicts.

use dechaff::{Filter, Outcome, Span};
use serde::Serialize;

use crate::cases::{Case, solid};

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

/// What the filter made of a case. Bytes without white space.
pub struct Judged {
    pub cuts: Vec<Span>,
    outcome: Outcome,
    all: u64,
    gold: u64,
    pub cut: u64,
    hit: u64,
}

impl Judged {
    pub fn new(filter: &Filter, case: &Case) -> Judged {
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

    pub fn is_missed(&self, case: &Case) -> bool {
        case.outcome == Outcome::Cleaned && !self.is_full() || self.cut > self.hit
    }
}

/// Figures of a group of cases.
#[derive(Default)]
pub struct Figures {
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
    pub fn add(&mut self, case: &Case, judged: &Judged) {
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

    pub fn row(&self) -> Row {
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
pub struct Row {
    pub docs: u64,
    /// Junk bytes removed of all junk bytes, in documents with injected junk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Share of these documents whose junk went to at least 99% of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full: Option<f64>,
    /// Genuine bytes removed per million, in these documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collateral: Option<f64>,
    /// Share of genuine documents that lost anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp_docs: Option<f64>,
    /// Genuine bytes removed per million, in genuine documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp_bytes: Option<f64>,
    /// Share of documents of nothing but junk that are called so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub junk_verdict: Option<f64>,
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
