//! Proofs of rules: whether a pack does what its `cut`, `keep` and `silent` texts say.

use crate::document::Span;
use crate::error::BuildError;
use crate::filter::Filter;
use crate::marked;
use crate::rules::{Pack, Proof, ProofKind, Strictness};

/// What came of proving a pack.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Rules in the pack.
    pub rules: usize,
    /// Phrases after expansion.
    pub phrases: usize,
    /// Proofs that were run.
    pub proofs: usize,
    /// Those that do not hold: place, rule, what was asked and what happened.
    pub failures: Vec<String>,
}

/// Runs every proof of a pack with the built-in rules and the pack in force. A pack that has the name of the built-in
/// one is an edited copy of it and takes its place.
///
/// # Errors
///
/// When the pack cannot be built.
pub fn prove(pack: &Pack) -> Result<Proven, BuildError> {
    let rules = pack.rules()?;
    let mut builder = Filter::builder().strictness(Strictness::Normal).pack(pack.clone());
    if pack.name() != Pack::builtin()?.name() {
        builder = builder.builtin();
    }
    let filter = builder.build()?;
    let proofs = pack.proofs();
    let failures = proofs.iter().filter_map(|proof| failure(&filter, proof)).collect();
    Ok(Proven {
        rules: rules.len(),
        phrases: rules.iter().map(crate::rules::Rule::phrase_count).sum(),
        proofs: proofs.len(),
        failures,
    })
}

/// What is wrong with a proof, if anything is. White space at the ends of cuts does not count: a cut that fills a line
/// takes its break along.
fn failure(filter: &Filter, proof: &Proof) -> Option<String> {
    let (text, expected) = match marked::parse(&proof.text) {
        Ok(parsed) => parsed,
        Err(why) => return Some(format!("{}: rule {}: {why}", proof.place, proof.rule)),
    };
    let cleaned = filter.clean(&text);
    let fired = || {
        cleaned.report.segments.iter().flat_map(|segment| &segment.evidence).any(|evidence| evidence.rule == proof.rule)
    };
    let what = match proof.kind {
        ProofKind::Cut if !same_stretches(&text, &cleaned.cuts, &expected) => "cut: other text was cut",
        ProofKind::Cut if !fired() => "cut: the rule is no part of the reason",
        ProofKind::Keep if !cleaned.cuts.is_empty() => "keep: something was cut",
        ProofKind::Silent if fired() => "silent: the rule fired",
        _ => return None,
    };
    let shown = marked::mark(&text, &cleaned.cuts);
    Some(format!("{}: rule {}: {what}: {shown:?}", proof.place, proof.rule))
}

/// Whether two lists of spans mean the same words of a text: white space and separators at their ends, and between
/// neighbours, do not count.
pub fn same_stretches(text: &str, one: &[Span], other: &[Span]) -> bool {
    solid(text, one) == solid(text, other)
}

fn solid(text: &str, spans: &[Span]) -> Vec<Span> {
    let loose = |c: char| c.is_whitespace() || c.is_ascii_punctuation() || "丨、，｜・·│；".contains(c);
    let mut out: Vec<Span> = Vec::new();
    for span in spans {
        let piece = span.of(text);
        let start = span.start + (piece.len() - piece.trim_start_matches(loose).len());
        let end = span.start + piece.trim_end_matches(loose).len();
        match out.last_mut() {
            Some(last) if text.get(last.end..start).is_some_and(|gap| gap.chars().all(loose)) => last.end = end,
            _ if start < end => out.push(Span::new(start, end)),
            _ => {}
        }
    }
    out
}
