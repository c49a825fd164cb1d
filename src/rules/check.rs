//! What makes a rule acceptable, beyond its syntax.

use regex::{Regex, RegexBuilder};

use super::syntax::{RuleEntry, Stage, Vocabulary};
use crate::marked;
use crate::view::Class;

/// Whether an entry says exactly one thing, completely, and brings its proofs.
pub(crate) fn entry(entry: &RuleEntry) -> Result<(), String> {
    let id = entry.id.get_ref();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(format!("id `{id}` may hold lower-case letters, digits and `-` only"));
    }
    if entry.summary.trim().is_empty() {
        return Err("summary is empty; say in one sentence what the rule stands for".into());
    }
    let kinds = [
        entry.phrases.is_some(),
        entry.phrases_file.is_some(),
        entry.pattern.is_some(),
        entry.detector.is_some(),
        entry.combine.is_some(),
    ];
    if kinds.iter().filter(|given| **given).count() != 1 {
        return Err("give exactly one of phrases, phrases-file, pattern, detector, combine".into());
    }
    let by_points = entry.detector.is_some();
    if by_points == entry.points.is_empty() {
        return Err("points go with a detector, and a detector needs points".into());
    }
    if !by_points && entry.weight == 0 {
        return Err("weight is missing".into());
    }
    if !entry.points.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        return Err("points must be sorted by measure, each measure once".into());
    }
    if entry.cap.is_some_and(|cap| cap.signum() != entry.weight.signum() && !by_points || cap == 0) {
        return Err("cap must have the sign of weight".into());
    }
    let (year, month) = entry.since.split_once('.').unwrap_or_default();
    if year.len() != 4 || month.len() != 2 || !entry.since.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(format!("since = \"{}\" must be a rules version such as \"2026.11\"", entry.since));
    }
    let (year, month) = entry.source.seen.split_once('-').unwrap_or_default();
    if year.len() != 4 || month.len() != 2 {
        return Err(format!("source.seen = \"{}\" must be a month such as \"2026-11\"", entry.source.seen));
    }
    if entry.source.how == super::syntax::How::Observed && entry.source.hosts == 0 {
        return Err("an observed rule says on how many hosts it was seen".into());
    }
    proofs(entry)
}

fn proofs(entry: &RuleEntry) -> Result<(), String> {
    for text in entry.cut.iter().chain(&entry.keep).chain(&entry.silent) {
        marked::parse(text).map_err(|why| format!("proof `{}`: {why}", shorten(text)))?;
    }
    if let Some(text) = entry.cut.iter().find(|text| !text.contains(marked::OPEN)) {
        return Err(format!("cut proof `{}` has no marks {}…{}", shorten(text), marked::OPEN, marked::CLOSE));
    }
    let telling = (entry.phrases.is_some() || entry.phrases_file.is_some() || entry.pattern.is_some())
        && entry.vocabulary == Vocabulary::Telling
        && entry.weight > 0
        && entry.stage == Stage::Stable;
    match telling {
        true if entry.cut.is_empty() => {
            Err("a stable rule needs a proof `cut`: a text from which it helps to cut".into())
        }
        true if entry.keep.is_empty() => {
            Err("a stable rule needs a proof `keep`: a genuine text that must survive".into())
        }
        _ => Ok(()),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(24).collect()
}

/// A phrase must be able to tell something: not one character, not a scrap of a word.
pub(crate) fn phrase(phrase: &str, vocabulary: Vocabulary) -> Result<(), String> {
    let (mut solid, mut dense) = (0, false);
    for class in phrase.chars().map(Class::of).filter(|class| *class != Class::Blank) {
        solid += 1;
        dense |= class.is_dense() || class == Class::Hangul;
    }
    let least = if dense || vocabulary == Vocabulary::Weak { 2 } else { 3 };
    if solid < least {
        return Err(format!("phrase `{phrase}` is too short: at least {least} characters here"));
    }
    if phrase.contains('\n') {
        return Err(format!("phrase `{phrase}` has a line break; phrases stand within a line"));
    }
    Ok(())
}

/// Compiled size of one pattern, at most, in bytes.
const PATTERN_SIZE: usize = 1 << 18;

/// Whether a pattern is one that can be small and fast.
pub(crate) fn pattern(pattern: &str, anchors: &[String]) -> Result<(), String> {
    for (refused, instead) in [
        ("(?i", "text is folded: write lower case"),
        (r"\d", "write [0-9]"),
        (r"\w", "write the letters that are meant, such as [a-z0-9_]"),
        (r"\s", "write a blank: runs of blanks are folded to one"),
        (r"\b", "write the characters that must stand around it"),
        (r"\p", "write the ranges that are meant"),
    ] {
        if pattern.contains(refused) {
            return Err(format!("pattern has `{refused}`, which is refused: {instead}"));
        }
    }
    if anchors.is_empty() {
        return Err("a pattern needs anchors: literals of which one stands in every text it matches".into());
    }
    regex(pattern).map(|_| ())
}

/// Compiles a pattern.
pub(crate) fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_SIZE)
        .build()
        .map_err(|why| format!("pattern does not compile: {why}"))
}
