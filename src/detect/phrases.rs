//! The multi-pattern matcher: every phrase of every rule.
//!
//! Two vocabularies, because common words would slow the search over genuine text down to nothing: telling phrases
//! are searched everywhere, weak ones only on lines that something else made suspect.

use std::fmt;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use super::words::Words;
use crate::document::Span;
use crate::error::{BuildError, BuildErrorKind};
use crate::rules::syntax::Vocabulary;
use crate::rules::{Body, Rule};
use crate::view::{self, Class, View};

/// What a phrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Gives its rule's weight.
    Deny,
    /// Protects every shorter phrase inside it.
    Allow,
    /// A function word.
    Function,
    /// A word that tells by its number.
    Refrain,
    /// Must stand where a pattern matches.
    Anchor,
}

/// One occurrence of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) span: Span,
    /// Index of the rule.
    pub(crate) rule: u16,
    pub(crate) role: Role,
    /// Equal for occurrences of the same phrase.
    pub(crate) phrase: u32,
    /// Found in another reading of the text only.
    pub(crate) respelled: bool,
}

#[derive(Debug)]
struct Entry {
    /// Where its owners stand in [`Phrases::owners`], and how many there are.
    first_owner: u32,
    owner_count: u32,
    /// Whether a letter or digit may not stand before it, or after it.
    edge_before: Edge,
    edge_after: Edge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Open,
    Letter,
    Digit,
}

#[derive(Default)]
pub(crate) struct Phrases {
    telling: Vocabularies,
    weak: Vocabularies,
    entries: Vec<Entry>,
    /// Which rules have a phrase, and what for.
    owners: Vec<(u16, Role)>,
}

/// One vocabulary in two engines: phrases that stand at word edges in a table, the others in an automaton.
#[derive(Default)]
struct Vocabularies {
    words: Words,
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

impl fmt::Debug for Phrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phrases").field("phrases", &self.entries.len()).finish_non_exhaustive()
    }
}

type Owned<'r> = (&'r str, (u16, Role));

impl Phrases {
    pub(crate) fn build(rules: &[Rule]) -> Result<Phrases, BuildError> {
        let (mut telling, mut weak): (Vec<Owned>, Vec<Owned>) = (Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            let index = u16::try_from(index)
                .map_err(|_| BuildError::new(BuildErrorKind::TooLarge, "more than 65,535 rules; use fewer packs"))?;
            let (phrases, vocabulary, role): (&[String], _, _) = match &rule.body {
                Body::Phrases { phrases, vocabulary } => (phrases, *vocabulary, Role::Deny),
                Body::Pattern { anchors, vocabulary, .. } => (anchors, *vocabulary, Role::Anchor),
                Body::Detector { words, detector, .. } if detector.seeks_everywhere() => {
                    (words, Vocabulary::Telling, Role::Refrain)
                }
                Body::Detector { words, detector, .. } if detector.reads_words() => {
                    (words, Vocabulary::Weak, Role::Function)
                }
                Body::Detector { .. } => (&[], Vocabulary::Weak, Role::Function),
                Body::Combine { .. } => (&[], Vocabulary::Weak, Role::Deny),
            };
            let target = if vocabulary == Vocabulary::Telling { &mut telling } else { &mut weak };
            target.extend(phrases.iter().map(|phrase| (phrase.as_str(), (index, role))));
            weak.extend(rule.allow.iter().map(|phrase| (phrase.as_str(), (index, Role::Allow))));
        }
        let mut built = Phrases::default();
        built.telling = built.vocabularies(&telling)?;
        built.weak = built.vocabularies(&weak)?;
        Ok(built)
    }

    fn vocabularies(&mut self, phrases: &[Owned]) -> Result<Vocabularies, BuildError> {
        // An anchor may stand anywhere in a word: its pattern says what must stand around it.
        let at_edges = |(phrase, (_, role)): &Owned| *role != Role::Anchor && Words::fits(phrase);
        let (words, others): (Vec<Owned>, Vec<Owned>) = phrases.iter().copied().partition(at_edges);
        Ok(Vocabularies { words: self.words(&words), automaton: self.automaton(others)? })
    }

    fn words(&mut self, phrases: &[Owned]) -> Words {
        let mut words = Words::with_capacity(phrases.iter().map(|(phrase, _)| Words::entries(phrase)).sum());
        let first = self.entries.len() as u32;
        let mut owned: Vec<(u32, (u16, Role))> = Vec::with_capacity(phrases.len());
        let mut next = first;
        for (phrase, owner) in phrases {
            let number = words.insert(phrase, next).unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            owned.push((number, *owner));
        }
        owned.sort_unstable();
        for same in owned.chunk_by(|one, other| one.0 == other.0) {
            let first_owner = self.owners.len() as u32;
            self.owners.extend(same.iter().map(|(_, owner)| *owner));
            let owner_count = same.len() as u32;
            self.entries.push(Entry { first_owner, owner_count, edge_before: Edge::Open, edge_after: Edge::Open });
        }
        words
    }

    fn automaton(
        &mut self,
        mut phrases: Vec<Owned>,
    ) -> Result<Option<CharwiseDoubleArrayAhoCorasick<u32>>, BuildError> {
        if phrases.is_empty() {
            return Ok(None);
        }
        phrases.sort_unstable();
        let mut values = Vec::with_capacity(phrases.len());
        for same in phrases.chunk_by(|one, next| one.0 == next.0) {
            values.push((same[0].0, self.entries.len() as u32));
            let first = self.owners.len() as u32;
            self.owners.extend(same.iter().map(|(_, owner)| *owner));
            self.entries.push(Entry::new(same[0].0, first, same.len() as u32));
        }
        CharwiseDoubleArrayAhoCorasickBuilder::new().build_with_values(values).map(Some).map_err(|why| {
            BuildError::new(BuildErrorKind::TooLarge, format!("the phrases do not fit the matcher: {why}"))
        })
    }

    fn owners(&self, entry: u32) -> &[(u16, Role)] {
        let entry = &self.entries[entry as usize];
        &self.owners[entry.first_owner as usize..][..entry.owner_count as usize]
    }

    /// All telling phrases of the text.
    pub(crate) fn telling(&self, view: &View) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.search(&self.telling, view, Span::new(0, view.text().len()), &mut hits);
        hits
    }

    /// The telling phrases of a text that is not the view, at word edges.
    pub(crate) fn telling_in(&self, text: &str, mut each: impl FnMut(Span, u16, u32)) {
        self.telling.words.find(text, &[], |start, end, number| {
            for (rule, _) in self.owners(number).iter().filter(|(_, role)| *role == Role::Deny) {
                each(Span::new(start, end), *rule, number);
            }
        });
    }

    /// Adds the telling phrases of a stretch that are glued to their neighbours: of several words, or names of letters and
    /// figures. Dear, so only for lines that are suspect already.
    pub(crate) fn glued(&self, view: &View, within: Span, hits: &mut Vec<Hit>) {
        let text = within.of(view.text());
        let joints: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
        let letter = |c: Option<char>| c.map(Class::of).is_some_and(Class::has_word_edges);
        self.telling.words.find(text, &joints, |start, end, number| {
            let phrase = &text[start..end];
            let open_before = letter(text[..start].chars().next_back()) && letter(phrase.chars().next());
            let open_behind = letter(text[end..].chars().next()) && letter(phrase.chars().next_back());
            // What follows may be an ending of the last word, so a phrase that is open behind must be longer.
            let least = if open_behind { GLUED_BYTES_OPEN } else { GLUED_BYTES };
            // Names of letters and figures, as `918kiss`, are no part of ordinary words.
            let mixed = phrase.len() >= MIXED_BYTES
                && phrase.bytes().any(|byte| byte.is_ascii_digit())
                && phrase.bytes().any(|byte| byte.is_ascii_alphabetic());
            if (open_before || open_behind) && (mixed || phrase.len() >= least && phrase.contains(' ')) {
                let span = Span::new(within.start + start, within.start + end);
                let hit = |&(rule, role): &(u16, Role)| Hit { span, rule, role, phrase: number, respelled: false };
                hits.extend(self.owners(number).iter().filter(|(_, role)| *role == Role::Deny).map(hit));
            }
        });
    }

    /// Adds the weak phrases, function words, anchors and allowed phrases of one stretch.
    pub(crate) fn weak(&self, view: &View, within: Span, hits: &mut Vec<Hit>) {
        self.search(&self.weak, view, within, hits);
    }

    fn search(&self, vocabularies: &Vocabularies, view: &View, within: Span, hits: &mut Vec<Hit>) {
        let joints = view.joints(within);
        vocabularies.words.find(within.of(view.text()), &joints, |start, end, number| {
            let span = Span::new(within.start + start, within.start + end);
            let hit = |&(rule, role): &(u16, Role)| Hit { span, rule, role, phrase: number, respelled: false };
            hits.extend(self.owners(number).iter().map(hit));
        });
        let Some(automaton) = &vocabularies.automaton else { return };
        for found in automaton.find_overlapping_iter(within.of(view.text())) {
            let span = Span::new(within.start + found.start(), within.start + found.end());
            let entry = &self.entries[found.value() as usize];
            let at_edges = entry.at_edges(view.text(), span);
            let owners = self.owners(found.value()).iter().filter(|(_, role)| at_edges || *role == Role::Anchor);
            hits.extend(owners.map(|&(rule, role)| Hit { span, rule, role, phrase: found.value(), respelled: false }));
        }
    }
}

impl Entry {
    fn new(phrase: &str, first_owner: u32, owner_count: u32) -> Entry {
        let edge = |c: Option<char>| match c.map(Class::of) {
            Some(Class::Digit) => Edge::Digit,
            Some(class) if class.has_word_edges() => Edge::Letter,
            _ => Edge::Open,
        };
        Entry {
            first_owner,
            owner_count,
            edge_before: edge(phrase.chars().next()),
            edge_after: edge(phrase.chars().next_back()),
        }
    }

    /// Whether the phrase stands at word edges, where its script has them.
    fn at_edges(&self, text: &str, span: Span) -> bool {
        if self.edge_before == Edge::Open && self.edge_after == Edge::Open {
            return true;
        }
        let before = text[..span.start].chars().next_back();
        let after = text[span.end..].chars().next();
        before.is_none_or(|c| self.edge_before.allows(c)) && after.is_none_or(|c| self.edge_after.allows(c))
    }
}

/// A phrase of several words and at least this many bytes tells by itself where it starts and ends.
const GLUED_BYTES: usize = 10;
const GLUED_BYTES_OPEN: usize = 16;
const MIXED_BYTES: usize = 5;

impl Edge {
    fn allows(self, neighbour: char) -> bool {
        match self {
            Edge::Open => true,
            Edge::Letter => !Class::of(neighbour).has_word_edges(),
            Edge::Digit => Class::of(neighbour) != Class::Digit,
        }
    }
}

/// Phrases as a rule writes them, folded: what the matcher is built from. Benches hold other engines against it.
pub fn telling_phrases(rules: &[Rule]) -> Vec<String> {
    let mut phrases: Vec<String> = rules
        .iter()
        .filter_map(|rule| match &rule.body {
            Body::Phrases { phrases, vocabulary: Vocabulary::Telling } => Some(phrases.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    phrases.sort_unstable();
    phrases.dedup();
    phrases
}

/// Folded text, as the matcher sees it.
pub fn folded(text: &str) -> String {
    view::fold_text(text)
}
