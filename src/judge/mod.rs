//! Items and evidence → segments with a verdict.

pub(crate) mod walk;

use serde::{Deserialize, Serialize};

use crate::detect::items::{self, Item};
use crate::detect::phrases::{Hit, Role};
use crate::detect::{Evidence, Scene};
use crate::document::Span;
use crate::rules::policy::Threshold;
use crate::rules::{Body, CONTACT, LIKELIHOOD, Part, Rule, SITE, Strictness};

/// What is thought of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// Odd, but not enough is known: reported, never cut.
    Suspect,
    /// Injected: cut.
    Junk,
}

/// A stretch of the document that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it stands, in bytes of the document.
    pub span: Span,
    /// What is thought of it.
    pub verdict: Verdict,
    /// Sum of the points of its evidence, each rule within its cap.
    pub score: i32,
    /// The theme that gave most points.
    pub theme: String,
    /// Every rule that fired, in the order of the text.
    pub evidence: Vec<Evidence>,
    /// How many lists it holds: lines of several pieces, and one for all lines of a single piece together.
    pub(crate) lists: u32,
}

/// Themes that say how or where junk stands, not what it promotes.
pub(crate) const STRUCTURAL: [&str; 5] = ["shape", "context", CONTACT, LIKELIHOOD, SITE];

/// Adds up what every rule gives a candidate. `nearby` are phrases of its lines that lie outside it:
/// they count where they speak for genuine text.
pub(crate) fn score(
    scene: &Scene,
    nearby: &[Hit],
    rules: &[Rule],
    threshold: &Threshold,
) -> (i32, String, Vec<Evidence>) {
    let mut evidence = Vec::new();
    let mut sums = vec![0; rules.len()];
    let mut fired = vec![false; rules.len()];
    let weight = |rule: u16| rules[rule as usize].weight;
    // Where to turn to counts only beside something that is sold.
    let sells = scene.items.iter().any(|item| item.telling);
    let counts = |hit: &&Hit| sells || rules[hit.rule as usize].part != Part::Contact;
    let chosen = items::chosen(scene.hits.iter().filter(counts), rules);
    let mut against: Vec<&Hit> = Vec::new();
    for hit in scene.hits.iter().chain(nearby).filter(|hit| hit.role == Role::Deny && weight(hit.rule) < 0) {
        // A word of several languages speaks once.
        if !against.iter().any(|known| known.phrase == hit.phrase) {
            against.push(hit);
        }
    }
    for hit in chosen.iter().chain(against) {
        let rule = &rules[hit.rule as usize];
        let before = rule.points(sums[hit.rule as usize]);
        sums[hit.rule as usize] += rule.weight;
        fired[hit.rule as usize] = true;
        let points = rule.points(sums[hit.rule as usize]) - before;
        evidence.push(Evidence { rule: rule.id.clone(), span: scene.view.to_document(hit.span), points });
    }
    let whole = scene.view.to_document(scene.span);
    for (index, rule) in rules.iter().enumerate() {
        if let Body::Detector { detector, points, words, .. } = &rule.body {
            sums[index] = rule.points(Rule::steps(points, detector.measure(scene, index as u16, words)));
        }
    }
    back_shape(rules, &mut sums, threshold.shape_percent);
    for (index, rule) in rules.iter().enumerate() {
        if matches!(rule.body, Body::Detector { .. }) && sums[index] != 0 {
            fired[index] = true;
            evidence.push(Evidence { rule: rule.id.clone(), span: whole, points: sums[index] });
        }
    }
    for index in 0..rules.len() {
        if let Body::Combine { all } = &rules[index].body {
            let holds =
                |selector: &String| rules.iter().zip(&fired).any(|(rule, fired)| *fired && rule.id.matches(selector));
            if all.iter().all(holds) {
                sums[index] = rules[index].weight;
                let points = rules[index].points(sums[index]);
                evidence.push(Evidence { rule: rules[index].id.clone(), span: whole, points });
            }
        }
    }
    let score = rules.iter().zip(&sums).map(|(rule, sum)| rule.points(*sum)).sum();
    let theme = main_theme(rules, &sums);
    evidence.sort_by_key(|evidence| evidence.span);
    (score, theme, evidence)
}

/// Shape counts for no more than the words back it: menus and tag lists have shape, too.
fn back_shape(rules: &[Rule], sums: &mut [i32], percent: i32) {
    let words = rules.iter().zip(&*sums).filter(|(rule, sum)| **sum > 0 && !STRUCTURAL[..2].contains(&rule.id.theme()));
    let mut backed = words.map(|(rule, sum)| rule.points(*sum).max(0)).sum::<i32>() * percent / 100;
    for (rule, sum) in rules.iter().zip(sums).filter(|(rule, sum)| **sum > 0 && rule.id.theme() == STRUCTURAL[0]) {
        debug_assert!(matches!(rule.body, Body::Detector { .. } | Body::Combine { .. }));
        *sum = (*sum).min(backed);
        backed -= *sum;
    }
}

fn main_theme(rules: &[Rule], sums: &[i32]) -> String {
    let mut themes: Vec<(&str, i32)> = Vec::new();
    for (rule, sum) in rules.iter().zip(sums).filter(|(_, sum)| **sum > 0) {
        let theme = rule.id.theme();
        if STRUCTURAL.contains(&theme) {
            continue;
        }
        match themes.iter_mut().find(|(known, _)| *known == theme) {
            Some((_, points)) => *points += rule.points(*sum),
            None => themes.push((theme, rule.points(*sum))),
        }
    }
    // The first in the alphabet wins a tie, so that rule order does not decide.
    themes.sort_by_key(|(theme, points)| (-points, *theme));
    themes.first().map_or_else(|| STRUCTURAL[0].to_owned(), |(theme, _)| (*theme).to_owned())
}

/// How many lists stand in a segment.
pub(crate) fn lists(items: &[Item]) -> u32 {
    let (mut lists, mut single) = (0, false);
    for line in items.chunk_by(|one, next| one.line == next.line) {
        let pieces = line.iter().skip(1).filter(|item| item.boundary != items::Boundary::Edge).count();
        if pieces > 0 { lists += 1 } else { single = true }
    }
    lists + u32::from(single)
}

/// What a score amounts to, if to anything.
pub(crate) fn verdict(score: i32, threshold: &Threshold, strictness: Strictness) -> Option<Verdict> {
    if score >= threshold.at(strictness) {
        Some(Verdict::Junk)
    } else {
        (score >= threshold.suspect).then_some(Verdict::Suspect)
    }
}

/// Whether an end of a candidate touches genuine words of the same sentence or title.
pub(crate) fn open_ends(items: &[Item], first: usize, last: usize) -> u32 {
    let edge = |n: usize| items.get(n).is_some_and(|item| item.boundary == items::Boundary::Edge);
    u32::from(edge(first)) + u32::from(edge(last + 1))
}

/// Whether the whole document is a document of junk: hardly anything genuine is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing was found.
    Clean,
    /// Junk was found between genuine text.
    Cleaned,
    /// Nothing genuine to speak of.
    Junk,
}

impl Outcome {
    /// The word used in audits: `clean`, `cleaned` or `junk`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Clean => "clean",
            Outcome::Cleaned => "cleaned",
            Outcome::Junk => "junk",
        }
    }
}
