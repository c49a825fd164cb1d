//! What a run did, in numbers and examples. Tallies of parts add up to the tally of the whole, in any order.

use std::collections::BTreeMap;

use dechaff::{Outcome, Span};
use serde::{Deserialize, Serialize};

use crate::examine::{At, Examined};
use crate::print::Place;

/// Documents, pieces and bytes of one theme, language, rule or host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub documents: u64,
    pub segments: u64,
    pub bytes: u64,
}

impl Count {
    pub fn add(&mut self, other: Count) {
        self.documents += other.documents;
        self.segments += other.segments;
        self.bytes += other.bytes;
    }
}

/// A stretch that was cut, with what stood around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    pub id: String,
    pub place: String,
    /// Empty if it is not known.
    pub host: String,
    pub theme: String,
    pub languages: Vec<String>,
    pub rules: Vec<String>,
    pub score: i32,
    pub outcome: Outcome,
    pub before: String,
    /// The cut, or the beginning of a long one.
    pub cut: String,
    /// Characters between `cut` and `end`.
    pub more: usize,
    /// The end of a long one: a wrong cut shows at its ends.
    pub end: String,
    pub after: String,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub documents: u64,
    pub clean: u64,
    pub cleaned: u64,
    pub junk: u64,
    /// Of the documents' texts.
    pub bytes: u64,
    pub cut_bytes: u64,
    pub segments: u64,
    /// Records that could not be read.
    pub set_aside: u64,
    pub themes: BTreeMap<String, Count>,
    pub languages: BTreeMap<String, Count>,
    pub rules: BTreeMap<String, Count>,
    pub hosts: BTreeMap<String, Count>,
    /// By theme and weightiest rule: those whose number, made from the text, is smallest.
    examples: BTreeMap<String, BTreeMap<u64, Example>>,
}

/// Different hosts that are counted apart; further ones are counted together.
const HOSTS: usize = 100_000;
/// What further hosts are called.
const OTHER: &str = "(other hosts)";
/// Examples of one theme and rule, and themes with rules that have some.
const EXAMPLES: usize = 8;
const KINDS: usize = 250;
/// Characters that an example shows around the cut, and of it.
const AROUND: usize = 80;
const SHOWN: usize = 2000;
const END: usize = 200;

impl Tally {
    /// Counts a document. With `examples` some of what was cut is kept to be shown.
    pub fn document(&mut self, examined: &Examined, at: At, examples: bool) {
        self.documents += 1;
        match examined.audit.outcome {
            Outcome::Clean => self.clean += 1,
            Outcome::Cleaned => self.cleaned += 1,
            _ => self.junk += 1,
        }
        self.bytes += examined.found.iter().map(|found| found.text.len() as u64).sum::<u64>();
        let mut of: [BTreeMap<&str, Count>; 4] = Default::default();
        let mut pieces = examined.audit.removed.iter();
        for found in &examined.found {
            for (cut, piece) in found.cuts.iter().zip(&mut pieces) {
                let count = Count { documents: 0, segments: 1, bytes: cut.len() as u64 };
                self.segments += 1;
                self.cut_bytes += count.bytes;
                let mut languages: Vec<&str> = piece.rules.iter().filter_map(|rule| language(rule)).collect();
                languages.sort_unstable();
                languages.dedup();
                of[0].entry(&piece.theme).or_default().add(count);
                for language in &languages {
                    of[1].entry(language).or_default().add(count);
                }
                for rule in &piece.rules {
                    of[2].entry(rule).or_default().add(count);
                }
                if let Some(host) = &examined.host {
                    of[3].entry(host).or_default().add(count);
                }
                if examples {
                    let key = format!("{} {}", piece.theme, piece.rules.first().map_or("", String::as_str));
                    let number = number(found.text.get(cut.start..cut.end).unwrap_or_default(), &examined.id);
                    if self.wants(&key, number) {
                        let example = Example {
                            id: examined.id.clone(),
                            place: format!("{}:{}", at.place(), Place::of(&found.text, cut.start)),
                            host: examined.host.clone().unwrap_or_default(),
                            theme: piece.theme.clone(),
                            languages: languages.iter().map(|tag| (*tag).to_owned()).collect(),
                            rules: piece.rules.clone(),
                            score: piece.score,
                            outcome: examined.audit.outcome,
                            ..around(&found.text, *cut)
                        };
                        self.keep(key, number, example);
                    }
                }
            }
        }
        for (counts, all) in
            of.into_iter().zip([&mut self.themes, &mut self.languages, &mut self.rules, &mut self.hosts])
        {
            for (name, count) in counts {
                let name = if all.len() < HOSTS || all.contains_key(name) { name } else { OTHER };
                all.entry(name.to_owned()).or_default().add(Count { documents: 1, ..count });
            }
        }
    }

    fn wants(&self, key: &str, number: u64) -> bool {
        match self.examples.get(key) {
            Some(kept) => kept.len() < EXAMPLES || kept.last_key_value().is_some_and(|(last, _)| number < *last),
            None => true,
        }
    }

    fn keep(&mut self, key: String, number: u64, example: Example) {
        let kept = self.examples.entry(key).or_default();
        kept.insert(number, example);
        if kept.len() > EXAMPLES {
            kept.pop_last();
        }
        if self.examples.len() > KINDS {
            self.examples.pop_last();
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Tally) {
        self.documents += other.documents;
        self.clean += other.clean;
        self.cleaned += other.cleaned;
        self.junk += other.junk;
        self.bytes += other.bytes;
        self.cut_bytes += other.cut_bytes;
        self.segments += other.segments;
        self.set_aside += other.set_aside;
        for (counts, all) in [
            (other.themes, &mut self.themes),
            (other.languages, &mut self.languages),
            (other.rules, &mut self.rules),
            (other.hosts, &mut self.hosts),
        ] {
            for (name, count) in counts {
                let name = if all.len() < HOSTS || all.contains_key(&name) { name } else { OTHER.to_owned() };
                all.entry(name).or_default().add(count);
            }
        }
        for (key, examples) in other.examples {
            for (number, example) in examples {
                if self.wants(&key, number) {
                    self.keep(key.clone(), number, example);
                }
            }
        }
    }

    /// What was kept to be shown, in the order of theme and rule.
    pub fn examples(&self) -> impl Iterator<Item = &Example> {
        self.examples.values().flat_map(BTreeMap::values)
    }
}

/// Largest first, at most so many, and what the others come to.
pub fn largest(counts: &BTreeMap<String, Count>, most: usize) -> (Vec<(&str, Count)>, Option<Count>) {
    let mut all: Vec<(&str, Count)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    all.sort_by(|a, b| b.1.bytes.cmp(&a.1.bytes).then(a.0.cmp(b.0)));
    let rest = all.split_off(all.len().min(most));
    let sum = rest.iter().fold(Count::default(), |mut sum, (_, count)| {
        sum.add(*count);
        sum
    });
    (all, (!rest.is_empty()).then_some(sum))
}

/// The language of a rule, if the rule is one of a language.
fn language(rule: &str) -> Option<&str> {
    rule.split('/').nth(1).filter(|tag| *tag != "und")
}

/// A number that depends on nothing but what is shown: which examples are kept must not depend on threads.
fn number(cut: &str, id: &str) -> u64 {
    cut.bytes()
        .take(256)
        .chain(id.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn around(text: &str, cut: Span) -> Example {
    let inside: Vec<char> = cut.of(text).chars().collect();
    let (start, more) = if inside.len() > SHOWN { (SHOWN - END, inside.len() - SHOWN) } else { (inside.len(), 0) };
    let before: Vec<char> = text[..cut.start].chars().rev().take(AROUND).collect();
    Example {
        id: String::new(),
        place: String::new(),
        host: String::new(),
        theme: String::new(),
        languages: Vec::new(),
        rules: Vec::new(),
        score: 0,
        outcome: Outcome::Clean,
        before: before.into_iter().rev().collect(),
        cut: inside[..start].iter().collect(),
        more,
        end: inside[start + more..].iter().collect(),
        after: text[cut.end..].chars().take(AROUND).collect(),
    }
}
