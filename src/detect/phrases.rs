//! The multi-pattern matcher: every phrase of every rule.
//!
//! Two vocabularies, because common words would slow the search over genuine text down to nothing: telling phrases
//! are searched everywhere, weak ones only on lines that something else made suspect.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

use super::table::{self, Builder, Found, Shape, Steps, Table};
use crate::document::Span;
use crate::error::{BuildError, BuildErrorKind};
use crate::rules::syntax::Vocabulary;
use crate::rules::{Body, Rule};
use crate::screen::Screen;
use crate::screen::anchors::{self, Anchors, Sought};
use crate::screen::masks::Level;
use crate::screen::set::append;
use crate::view::{self, Class, View};

/// What a phrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
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
    /// Equal for occurrences of the same phrase; below [`MATCHED`].
    pub(crate) phrase: u32,
    /// Found in another reading of the text only.
    pub(crate) respelled: bool,
}

/// Numbers as they lie in a compiled pack: part of the program, or read from a file.
#[derive(Clone, Debug)]
pub(crate) enum Arrays {
    Static(&'static [u32]),
    Shared(Arc<[u32]>),
}

impl std::ops::Deref for Arrays {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Arrays::Static(numbers) => numbers,
            Arrays::Shared(numbers) => numbers,
        }
    }
}

/// Where in the arrays the parts of a table lie.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Part {
    shape: Shape,
    slots: Range<usize>,
    seen: Range<usize>,
}

/// One vocabulary in two tables: phrases that stand at word edges, and the others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Vocabularies {
    words: Part,
    others: Part,
}

/// Where in the arrays everything lies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Layout {
    telling: Vocabularies,
    weak: Vocabularies,
    /// Owners of phrases that have several, see [`Owner`].
    owners: Range<usize>,
    /// What patterns look for, anywhere in a word, each with its rule.
    literals: Vec<(String, u16)>,
    /// By what a text is screened.
    pub(crate) anchors: Anchors,
}

/// The phrases of one pack.
#[derive(Clone, Debug)]
pub(crate) struct PackPhrases {
    pub(crate) layout: Layout,
    pub(crate) arrays: Arrays,
}

/// A rule that has a phrase, what for, and what may not stand beside the phrase, in one number: 16 bits for the rule, 3 for
/// the role, 2 and 2 for the edges. In a table it stands with [`ONLY`] if the phrase has no other; else the table gives where
/// in the owners they begin, and the last has [`LAST`].
#[derive(Clone, Copy)]
struct Owner(u32);

const ONLY: u32 = 1 << 31;
const LAST: u32 = 1 << 30;
/// Values of tables below this are taken.
const FIRST_VALUE: u32 = 2;

const ROLES: [Role; 5] = [Role::Deny, Role::Allow, Role::Function, Role::Refrain, Role::Anchor];
const EDGES: [Edge; 3] = [Edge::Open, Edge::Letter, Edge::Digit];

impl Owner {
    fn new(rule: u16, role: Role, before: Edge, after: Edge) -> Owner {
        Owner(u32::from(rule) | (role as u32) << 16 | (before as u32) << 19 | (after as u32) << 21)
    }

    fn rule(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }

    fn role(self) -> Role {
        ROLES[(self.0 >> 16 & 7).min(4) as usize]
    }

    /// Whether the phrase stands at word edges, where its script has them.
    fn at_edges(self, text: &str, found: &Found) -> bool {
        let edge = |shift: u32| EDGES[(self.0 >> shift & 3).min(2) as usize];
        let allows = |edge: Edge, neighbour: Option<char>| neighbour.is_none_or(|c| edge.allows(c));
        self.0 >> 19 & 15 == 0
            || allows(edge(19), text[..found.start].chars().next_back())
                && allows(edge(21), text[found.end..].chars().next())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Edge {
    Open,
    Letter,
    Digit,
}

impl Edge {
    fn of(c: Option<char>) -> Edge {
        match c.map(Class::of) {
            Some(Class::Digit) => Edge::Digit,
            Some(class) if class.has_word_edges() => Edge::Letter,
            _ => Edge::Open,
        }
    }

    fn allows(self, neighbour: char) -> bool {
        match self {
            Edge::Open => true,
            Edge::Letter => !Class::of(neighbour).has_word_edges(),
            Edge::Digit => Class::of(neighbour) != Class::Digit,
        }
    }
}

type Owned<'r> = (&'r str, u16, Role);

impl PackPhrases {
    /// The tables of the phrases of some rules.
    pub(crate) fn build(rules: &[Rule]) -> Result<PackPhrases, BuildError> {
        let (mut telling, mut weak): (Vec<Owned>, Vec<Owned>) = (Vec::new(), Vec::new());
        let mut sought: Vec<(&str, Sought)> = Vec::new();
        let mut literals = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let index = u16::try_from(index).ok().filter(|index| *index != ABSENT).ok_or_else(|| {
                BuildError::new(BuildErrorKind::TooLarge, "more than 65,534 rules in a pack; use several packs")
            })?;
            let (phrases, vocabulary, role): (&[String], _, _) = match &rule.body {
                Body::Phrases { phrases, vocabulary, .. } => (phrases, *vocabulary, Role::Deny),
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
            let seeks = match role {
                Role::Refrain => Some(Sought::Refrain),
                Role::Deny if rule.is_telling() && rule.weight > 0 => Some(Sought::Phrase),
                Role::Deny if vocabulary == Vocabulary::Weak && rule.weight > 0 => Some(Sought::Filling),
                Role::Anchor if rule.is_telling() && vocabulary == Vocabulary::Telling => Some(Sought::Literal),
                _ => None,
            };
            sought
                .extend(seeks.into_iter().flat_map(|seeks| phrases.iter().map(move |phrase| (phrase.as_str(), seeks))));
            if role == Role::Anchor && vocabulary == Vocabulary::Telling {
                literals.extend(phrases.iter().map(|phrase| (phrase.clone(), index)));
            } else {
                target.extend(phrases.iter().map(|phrase| (phrase.as_str(), index, role)));
            }
            weak.extend(rule.allow.iter().map(|phrase| (phrase.as_str(), index, Role::Allow)));
        }
        let (mut arrays, mut owners) = (Vec::new(), Vec::new());
        sought.sort_unstable_by_key(|(phrase, sought)| (*phrase, *sought as u8));
        sought.dedup();
        let anchors = anchors::choose(&sought, &mut arrays);
        let layout = Layout {
            anchors,
            literals,
            telling: vocabularies(telling, &mut arrays, &mut owners),
            weak: vocabularies(weak, &mut arrays, &mut owners),
            owners: append(&mut arrays, owners),
        };
        Ok(PackPhrases { layout, arrays: Arrays::Shared(arrays.into()) })
    }

    /// Whether the layout fits the arrays: true of whatever [`PackPhrases::build`] made.
    pub(crate) fn is_sound(&self) -> bool {
        let layout = &self.layout;
        [&layout.telling.words, &layout.telling.others, &layout.weak.words, &layout.weak.others]
            .iter()
            .all(|part| self.table(part).is_some())
            && self.screen(1).is_some()
            && self.arrays.get(layout.owners.clone()).is_some_and(|owners| owners.last().is_none_or(|o| o & LAST != 0))
    }

    /// The screen of this pack; `None` if its arrays are none.
    pub(crate) fn screen(&self, refrains: u32) -> Option<Screen<'_>> {
        let telling = &self.layout.telling;
        let longest = telling.words.shape.longest().max(telling.others.shape.longest());
        Screen::new(&self.layout.anchors, &self.arrays, longest, refrains)
    }

    fn table(&self, part: &Part) -> Option<Table<'_>> {
        Table::new(part.shape, self.arrays.get(part.slots.clone())?, self.arrays.get(part.seen.clone())?)
    }

    fn find(&self, part: &Part, text: &str, joints: &[usize], mut each: impl FnMut(&Found, Owner)) {
        let Some(table) = self.table(part) else { return };
        let _ = table.find(text, joints, text.len(), |found| {
            self.owners(found.value).for_each(|owner| each(&found, owner));
            ControlFlow::Continue(())
        });
    }

    /// Whether a phrase that begins before a place fits.
    fn any_before(
        &self,
        part: &Part,
        text: &str,
        joints: &[usize],
        before: usize,
        fits: impl Fn(&Found, Owner) -> bool,
    ) -> bool {
        let Some(table) = self.table(part) else { return false };
        let stop_if = |found: Found| match self.owners(found.value).any(|owner| fits(&found, owner)) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        table.find(text, joints, before, stop_if).is_break()
    }

    /// The owners of a phrase, from the value that its table holds.
    fn owners(&self, value: u32) -> impl Iterator<Item = Owner> {
        let several = match value & ONLY {
            0 => self.arrays[self.layout.owners.clone()].get((value - FIRST_VALUE) as usize..).unwrap_or_default(),
            _ => &[],
        };
        let count = several.iter().position(|owner| owner & LAST != 0).map_or(0, |last| last + 1);
        let only = (value & ONLY != 0).then_some(value);
        several[..count].iter().copied().chain(only).map(Owner)
    }
}

fn vocabularies(phrases: Vec<Owned>, arrays: &mut Vec<u32>, owners: &mut Vec<u32>) -> Vocabularies {
    // An anchor may stand anywhere in a word: its pattern says what must stand around it.
    let at_edges = |(phrase, _, role): &Owned| *role != Role::Anchor && table::fits_words(phrase);
    let (words, others): (Vec<Owned>, Vec<Owned>) = phrases.into_iter().partition(at_edges);
    Vocabularies {
        words: part(Steps::Words, words, arrays, owners),
        others: part(Steps::Characters, others, arrays, owners),
    }
}

fn part(steps: Steps, mut phrases: Vec<Owned>, arrays: &mut Vec<u32>, owners: &mut Vec<u32>) -> Part {
    phrases.sort_unstable();
    phrases.dedup();
    let owner = |&(phrase, rule, role): &Owned| match (steps, role) {
        // The table, or the pattern, sees to what stands beside them.
        (Steps::Words, _) | (_, Role::Anchor) => Owner::new(rule, role, Edge::Open, Edge::Open),
        _ => Owner::new(rule, role, Edge::of(phrase.chars().next()), Edge::of(phrase.chars().next_back())),
    };
    let mut values = Vec::new();
    for same in phrases.chunk_by(|one, next| one.0 == next.0) {
        let value = match same {
            [only] => owner(only).0 | ONLY,
            several => {
                let value = owners.len() as u32 + FIRST_VALUE;
                owners.extend(several.iter().map(|one| owner(one).0));
                if let Some(last) = owners.last_mut() {
                    *last |= LAST;
                }
                value
            }
        };
        values.push((same[0].0, value));
    }
    let builder = Builder::new(steps, values.into_iter());
    let (slots, seen) = builder.arrays();
    Part { shape: builder.shape(), slots: append(arrays, slots), seen: append(arrays, seen) }
}

/// Marks the keys of matched texts off from those of phrases.
pub(crate) const MATCHED: u32 = 1 << 31;
/// Marks the keys of weak phrases off from those of telling ones.
const WEAK: u32 = 1 << 30;
/// A rule of a pack that is not in force.
pub(crate) const ABSENT: u16 = u16::MAX;

/// The phrases of all packs in force.
#[derive(Clone, Debug)]
pub(crate) struct Phrases {
    /// Each with the place of its rules among the rules in force.
    pub(crate) packs: Vec<(PackPhrases, Vec<u16>)>,
    /// The pack whose anchors stand beside whatever the model takes for junk, if it is not among them.
    beside: Option<PackPhrases>,
    literals: Literals,
}

/// What patterns look for, in one automaton.
#[derive(Clone, Debug)]
struct Literals {
    automaton: AhoCorasick,
    /// The rule of each.
    rules: Vec<u16>,
}

impl Phrases {
    /// # Errors
    ///
    /// When patterns look for more than an automaton holds.
    pub(crate) fn new(packs: Vec<(PackPhrases, Vec<u16>)>, beside: Option<PackPhrases>) -> Result<Phrases, BuildError> {
        let (mut texts, mut owners) = (Vec::new(), Vec::new());
        for (pack, rules) in &packs {
            for (text, rule) in &pack.layout.literals {
                if let Some(rule) = rules.get(usize::from(*rule)).filter(|rule| **rule != ABSENT) {
                    texts.push(text);
                    owners.push(*rule);
                }
            }
        }
        let automaton = AhoCorasick::new(texts)
            .map_err(|why| BuildError::new(BuildErrorKind::TooLarge, format!("the anchors of patterns: {why}")))?;
        Ok(Phrases { literals: Literals { automaton, rules: owners }, packs, beside })
    }

    /// The screens of all packs; `refrains` words that tell by their number make a line suspect.
    pub(crate) fn screens(&self, refrains: u32) -> impl Iterator<Item = Screen<'_>> {
        let packs = self.packs.iter().map(|(pack, _)| pack).chain(&self.beside);
        packs.filter_map(move |pack| pack.screen(refrains))
    }

    /// The lines that the screen of the first pack lets through, and whether a telling phrase was seen there.
    pub(crate) fn own_lines(&self, text: &str, refrains: u32) -> Vec<(Span, bool)> {
        let tells = |stretch: &str, before: usize| self.tells(stretch, before, |_| true);
        let Some(screen) = self.packs.first().and_then(|(pack, _)| pack.screen(refrains)) else { return Vec::new() };
        screen.lines(text, &tells, Level::best()).map(|(line, seen)| (line, seen.tells)).collect()
    }

    /// Whether a telling phrase of a rule that `counts` begins in a stretch of a text before a place in it.
    pub(crate) fn tells(&self, text: &str, before: usize, counts: impl Fn(u16) -> bool) -> bool {
        let view = View::new(text);
        let text = view.text();
        let joints = view.joints(Span::new(0, text.len()));
        // Where a phrase may begin and end are two things: what follows the place is read, but nothing begins there.
        let last = view.place_of_document(before);
        let mut literals = self.literals.automaton.find_overlapping_iter(text);
        literals.any(|found| found.start() < last)
            || self.packs.iter().any(|(pack, rules)| {
                let in_force = |owner: Owner| {
                    let rule = rules.get(usize::from(owner.rule())).copied().filter(|rule| *rule != ABSENT);
                    rule.is_some_and(|rule| owner.role() == Role::Deny && counts(rule))
                };
                pack.any_before(&pack.layout.telling.words, text, &joints, last, |_, owner| in_force(owner))
                    || pack.any_before(&pack.layout.telling.others, text, &[], last, |found, owner| {
                        in_force(owner) && owner.at_edges(text, found)
                    })
            })
    }

    /// Calls `each` with every phrase that a rule in force has.
    fn find(
        &self,
        part: impl Fn(&Layout) -> &Part,
        text: &str,
        joints: &[usize],
        mut each: impl FnMut(&Found, Owner, u16),
    ) {
        for (pack, rules) in &self.packs {
            pack.find(part(&pack.layout), text, joints, |found, owner| match rules.get(usize::from(owner.rule())) {
                Some(&rule) if rule != ABSENT => each(found, owner, rule),
                _ => {}
            });
        }
    }

    /// All telling phrases of some lines of the text, and what patterns look for in all of them.
    pub(crate) fn telling(&self, view: &View, lines: impl Fn(usize) -> bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (_, line) in view.lines().iter().enumerate().filter(|(number, _)| lines(*number)) {
            self.search(|layout| &layout.telling, 0, view, line.view, &mut hits);
        }
        for found in self.literals.automaton.find_overlapping_iter(view.text()) {
            let rule = self.literals.rules[found.pattern().as_usize()];
            let span = Span::new(found.start(), found.end());
            hits.push(Hit { span, rule, role: Role::Anchor, phrase: 0, respelled: false });
        }
        hits
    }

    /// The telling phrases of a text that is not the view, at word edges.
    pub(crate) fn telling_in(&self, text: &str, mut each: impl FnMut(Span, u16, u32)) {
        self.find(
            |layout| &layout.telling.words,
            text,
            &[],
            |found, owner, rule| {
                if owner.role() == Role::Deny {
                    each(Span::new(found.start, found.end), rule, found.key & !WEAK & !MATCHED);
                }
            },
        );
    }

    /// Adds the telling phrases of a stretch that are glued to their neighbours: of several words, or names of letters and
    /// figures. Dear, so only for lines that are suspect already.
    pub(crate) fn glued(&self, view: &View, within: Span, hits: &mut Vec<Hit>) {
        let text = within.of(view.text());
        let joints: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
        let letter = |c: Option<char>| c.map(Class::of).is_some_and(Class::has_word_edges);
        self.find(
            |layout| &layout.telling.words,
            text,
            &joints,
            |found, owner, rule| {
                if owner.role() != Role::Deny {
                    return;
                }
                let phrase = &text[found.start..found.end];
                let open_before = letter(text[..found.start].chars().next_back()) && letter(phrase.chars().next());
                let open_behind = letter(text[found.end..].chars().next()) && letter(phrase.chars().next_back());
                // What follows may be an ending of the last word, so a phrase that is open behind must be longer.
                let least = if open_behind { GLUED_BYTES_OPEN } else { GLUED_BYTES };
                // Names of letters and figures, as `918kiss`, are no part of ordinary words.
                let mixed = phrase.len() >= MIXED_BYTES
                    && phrase.bytes().any(|byte| byte.is_ascii_digit())
                    && phrase.bytes().any(|byte| byte.is_ascii_alphabetic());
                if (open_before || open_behind) && (mixed || phrase.len() >= least && phrase.contains(' ')) {
                    let span = Span::new(within.start + found.start, within.start + found.end);
                    let phrase = found.key & !WEAK & !MATCHED;
                    hits.push(Hit { span, rule, role: Role::Deny, phrase, respelled: false });
                }
            },
        );
    }

    /// Adds the weak phrases, function words, anchors and allowed phrases of one stretch.
    pub(crate) fn weak(&self, view: &View, within: Span, hits: &mut Vec<Hit>) {
        self.search(|layout| &layout.weak, WEAK, view, within, hits);
    }

    fn search(
        &self,
        vocabularies: impl Fn(&Layout) -> &Vocabularies,
        mark: u32,
        view: &View,
        within: Span,
        hits: &mut Vec<Hit>,
    ) {
        let text = within.of(view.text());
        let hit = |found: &Found, owner: Owner, rule: u16| {
            let span = Span::new(within.start + found.start, within.start + found.end);
            let phrase = found.key & !WEAK & !MATCHED | mark;
            Hit { span, rule, role: owner.role(), phrase, respelled: false }
        };
        self.find(
            |layout| &vocabularies(layout).words,
            text,
            &view.joints(within),
            |found, owner, rule| {
                hits.push(hit(found, owner, rule));
            },
        );
        self.find(
            |layout| &vocabularies(layout).others,
            text,
            &[],
            |found, owner, rule| {
                let whole = Found { start: within.start + found.start, end: within.start + found.end, ..*found };
                if owner.at_edges(view.text(), &whole) {
                    hits.push(hit(found, owner, rule));
                }
            },
        );
    }
}

/// A phrase of several words and at least this many bytes tells by itself where it starts and ends.
const GLUED_BYTES: usize = 10;
const GLUED_BYTES_OPEN: usize = 16;
const MIXED_BYTES: usize = 5;

/// Phrases as a rule writes them, folded: what the matcher is built from. Benches hold other engines against it.
pub fn telling_phrases(rules: &[Rule]) -> Vec<String> {
    let mut phrases: Vec<String> = rules
        .iter()
        .filter_map(|rule| match &rule.body {
            Body::Phrases { phrases, vocabulary: Vocabulary::Telling, .. } => Some(phrases.clone()),
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
