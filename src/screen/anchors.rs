//! By what a text is screened: for every telling phrase a stretch of it that is rare in genuine text.
//!
//! A stretch is one to three words, or two to four characters of scripts written without blanks. Hundreds of thousands of
//! phrases share some ten thousand of them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::background;
use super::hash::{End, Ends, WORD, hash_end, hash_on, hash_pair, hash_word};
use super::set::{ANCHOR, BEGINS, COUNTS, Filter, KNOWN, Part, Set, WHOLE, append};
use crate::view::Class;

/// Most words, and most characters, of an anchor.
pub(crate) const MOST_WORDS: usize = 3;
pub(crate) const MOST_CHARACTERS: usize = 4;
/// So many of the last letters of a word are compared with what patterns ask for.
pub(crate) const SUFFIX: usize = 4;

/// The anchors of a pack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Anchors {
    pub(crate) words: Part,
    pub(crate) characters: Part,
    /// Ends of words that patterns look for, hashed.
    pub(crate) suffixes: Part,
    /// A bit for each letter that ends a word for patterns if it is doubled, by the low five bits of its code.
    pub(crate) doubled: u32,
    /// Words of many phrases, which may be glued to others; and the words of all phrases.
    pub(crate) trade: Part,
    /// A filter of the ends of words: those that patterns look for, and those of words of the trade.
    pub(crate) ends: std::ops::Range<usize>,
    /// What patterns look for that is no word: sought as it stands, and in capitals.
    pub(crate) literals: Vec<String>,
    /// Whether a phrase has no anchor, so that every line deserves a look.
    pub(crate) everywhere: bool,
}

/// What a text is screened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    Phrase,
    /// A common word, which fills the space between phrases: of use only if some of it is rare.
    Filling,
    /// A word that tells by its number.
    Refrain,
    /// Stands anywhere in a word, where a pattern may match.
    Literal,
}

/// Chooses the anchors of phrases; gives their sets as arrays and where these lie.
pub(crate) fn choose(phrases: &[(&str, Sought)], arrays: &mut Vec<u32>) -> Anchors {
    let (mut words, mut characters) = (Chooser::default(), Chooser::default());
    let mut anchors = Anchors::default();
    let mut suffixes = Vec::new();
    for &(phrase, sought) in phrases {
        let has_inner = phrase.chars().map(Class::of).any(|class| class.is_letter() && !class.has_word_edges());
        if sought == Sought::Literal && !has_inner {
            if phrase.chars().map(Class::of).all(|class| class.has_word_edges()) {
                let letters = &phrase.as_bytes()[phrase.len().saturating_sub(SUFFIX)..];
                suffixes.push(letters);
            } else {
                anchors.literals.push(phrase.to_owned());
            }
        } else if has_inner {
            let windows = character_windows(phrase);
            anchors.everywhere |= windows.is_empty() && sought != Sought::Filling;
            characters.add(windows, sought);
        } else {
            let windows = word_windows(phrase);
            anchors.everywhere |= windows.is_empty() && sought != Sought::Filling;
            words.add(windows, sought);
        }
    }
    suffixes.sort_unstable();
    suffixes.dedup();
    let mut ends: Vec<u64> = suffixes.iter().filter_map(|letters| suffix_end(letters)).collect();
    let mut trade = trade_words(phrases, &mut ends);
    for (phrase, _) in phrases.iter().filter(|(_, sought)| *sought == Sought::Phrase) {
        for word in self::words(phrase) {
            *trade.entry(hash_on(WORD, hash_word(word))).or_insert(0) |= KNOWN;
        }
    }
    let trade: Vec<(u64, u32)> = trade.into_iter().collect();
    anchors.words = put(arrays, &words.choose());
    anchors.characters = put(arrays, &characters.choose());
    anchors.trade = put(arrays, &trade);
    let doubled = suffixes.iter().filter(|letters| letters.len() == 2 && letters[0] == letters[1]);
    anchors.doubled = doubled.map(|letters| 1 << (letters[0] & 31)).fold(0, |bits, bit: u32| bits | bit);
    let suffixes: Vec<(u64, u32)> = suffixes.iter().map(|letters| (hash_word(letters), WHOLE)).collect();
    anchors.suffixes = put(arrays, &suffixes);
    anchors.ends = append(arrays, Filter::array(ends.into_iter()));
    anchors
}

/// A word of so many phrases is a word of the trade …
const MANY: u32 = 8;
/// … one of so many whatever it is glued to, …
const MOST: u32 = 150;
/// … if it is rare elsewhere, has one of these lengths, in bytes …
pub(crate) const PARTS: std::ops::RangeInclusive<usize> = PART..=12;
/// … and so many bytes at either end are compared first.
pub(crate) const PART: usize = 5;

/// How the last letters of a word are known that patterns look for. Of endings of two letters, only doubled ones tell.
fn suffix_end(letters: &[u8]) -> Option<u64> {
    let last = Ends::of(letters, 0, letters.len()).first;
    (letters.len() == SUFFIX).then(|| hash_end(last, End::Suffix))
}

/// The words of the trade; their ends go to `ends`.
fn trade_words(phrases: &[(&str, Sought)], ends: &mut Vec<u64>) -> BTreeMap<u64, u32> {
    let mut counts: HashMap<&[u8], u32> = HashMap::new();
    for (phrase, _) in phrases.iter().filter(|(_, sought)| *sought == Sought::Phrase) {
        let mut words = words(phrase);
        words.sort_unstable();
        words.dedup();
        words.retain(|word| PARTS.contains(&word.len()));
        words.into_iter().for_each(|word| *counts.entry(word).or_insert(0) += 1);
    }
    let mut entries: BTreeMap<u64, u32> = BTreeMap::new();
    let rare = |word: &[u8]| !background::is_common(hash_on(WORD, hash_word(word)));
    for (&word, &count) in counts.iter().filter(|(word, count)| **count >= if rare(word) { MANY } else { MOST }) {
        let alone = if count >= MOST && rare(word) { COUNTS } else { 0 };
        *entries.entry(hash_word(word)).or_insert(0) |= WHOLE | alone;
        let letters = |from: usize| Ends::of(word, from, from + PART).first;
        ends.push(hash_end(letters(0), End::First));
        ends.push(hash_end(letters(word.len() - PART), End::Last));
    }
    entries
}

fn put(arrays: &mut Vec<u32>, entries: &[(u64, u32)]) -> Part {
    let (slots, seen) = Set::arrays(entries);
    Part { slots: append(arrays, slots), seen: append(arrays, seen) }
}

/// The hashes of a stretch, growing from its first word or character on.
type Window = Vec<u64>;

/// All stretches of whole words, short ones first.
fn word_windows(phrase: &str) -> Vec<Window> {
    let words: Vec<u64> = words(phrase).into_iter().map(hash_word).collect();
    let mut all = Vec::new();
    for length in 1..=MOST_WORDS.min(words.len()) {
        for window in words.windows(length) {
            let mut hash = WORD;
            let grown = window.iter().map(|word| {
                hash = hash_on(hash, *word);
                hash
            });
            all.push(grown.collect());
        }
    }
    all
}

/// Calls `each` with the hash of every stretch of a folded line that could be an anchor.
#[cfg(test)]
pub(super) fn count(line: &str, mut each: impl FnMut(u64)) {
    let all = word_windows(line).into_iter().chain(character_windows(line));
    all.filter_map(|window| window.last().copied()).for_each(&mut each);
}

/// The words of a folded text: runs of letters of scripts with word edges, and runs of figures.
pub(crate) fn words(text: &str) -> Vec<&[u8]> {
    let kind = |c: char| match Class::of(c) {
        Class::Digit => 1,
        class if class.has_word_edges() => 2,
        _ => 0,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = 0;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        let kind = kind(c);
        if kind != before {
            if before != 0 {
                words.push(&text.as_bytes()[start..at]);
            }
            start = at;
            before = kind;
        }
    }
    words
}

/// All stretches of characters without marks that hold one of a script without word edges, short ones first.
fn character_windows(phrase: &str) -> Vec<Window> {
    let classes: Vec<(u32, Class)> = phrase.chars().map(|c| (c as u32, Class::of(c))).collect();
    let mut all = Vec::new();
    for run in classes.split(|(_, class)| !class.is_letter() && !matches!(class, Class::Digit | Class::Blank)) {
        for length in 2..=MOST_CHARACTERS.min(run.len()) {
            for window in run.windows(length) {
                if window[..2].iter().any(|(_, class)| class.is_letter() && !class.has_word_edges()) {
                    let mut hashes = vec![hash_pair(window[0].0, window[1].0)];
                    for (code, _) in &window[2..] {
                        hashes.push(hash_on(hashes[hashes.len() - 1], u64::from(*code)));
                    }
                    all.push(hashes);
                }
            }
        }
    }
    all.sort_by_key(Vec::len);
    all
}

/// Phrases wait for how many others share a stretch with them.
#[derive(Default)]
struct Chooser {
    waiting: Vec<(Vec<Window>, Sought)>,
    shared: HashMap<u64, u32>,
}

impl Chooser {
    /// Of the stretches that are rare, the shortest come into question; if none is rare, the longest.
    fn add(&mut self, windows: Vec<Window>, sought: Sought) {
        let Some(longest) = windows.last().map(Vec::len) else { return };
        let rare = |window: &&Window| window.last().is_some_and(|hash| !background::is_common(*hash));
        let length = windows.iter().filter(rare).map(Vec::len).min();
        if sought == Sought::Filling && length.is_none() {
            return;
        }
        let fits = |window: &Window| match length {
            Some(length) => window.len() == length && rare(&window),
            None => window.len() == longest,
        };
        let mut windows: Vec<Window> = match sought {
            // They are counted, so each must be found whole.
            Sought::Refrain => windows.into_iter().rev().take(1).collect(),
            _ => windows.into_iter().filter(fits).collect(),
        };
        windows.sort_unstable();
        windows.dedup();
        for window in &windows {
            *self.shared.entry(window.last().copied().unwrap_or(0)).or_insert(0) += 1;
        }
        self.waiting.push((windows, sought));
    }

    /// Every phrase takes the stretch that most others have, too.
    fn choose(self) -> Vec<(u64, u32)> {
        let mut entries: BTreeMap<u64, u32> = BTreeMap::new();
        for (windows, sought) in &self.waiting {
            let last = |window: &&Window| window.last().copied().unwrap_or(0);
            let best = windows.iter().max_by_key(|window| (self.shared[&last(window)], last(window)));
            if let Some((whole, beginnings)) = best.and_then(|window| window.split_last()) {
                let flag = match sought {
                    Sought::Refrain => COUNTS,
                    Sought::Filling => WHOLE,
                    Sought::Phrase | Sought::Literal => ANCHOR,
                };
                *entries.entry(*whole).or_insert(0) |= flag;
                // Every second stretch is looked up, whatever the first is: most first ones are common.
                for hash in beginnings.iter().skip(1) {
                    *entries.entry(*hash).or_insert(0) |= BEGINS;
                }
            }
        }
        entries.into_iter().collect()
    }
}
