//! Phrases in a table of hashes, flat enough to be loaded as it lies in a file. Text is looked up from the places where a
//! phrase may begin; every beginning of a phrase that ends where a lookup may go on is in the table, too, so that one goes
//! on only where a phrase may follow.
//!
//! Scripts that set words apart are looked up from word to word, the others from character to character.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::view::Class;

/// Where a phrase may begin, go on and end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Steps {
    #[default]
    Words,
    Characters,
}

/// What a slot holds of a phrase: 0 for none, [`PREFIX`] for its beginning, else what the caller gave.
const PREFIX: u32 = 1;
const START: u64 = 0x9E37_79B9_7F4A_7C15;

/// A word of more parts than this is data, not words that were joined: where these would begin is not looked up.
const MOST_JOINED: usize = 64;

/// Bits of the filter at most, as a power of two.
const SEEN_BITS: u32 = 23;

/// What is known of a table besides its arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    steps: Steps,
    /// Bytes of the longest phrase: no lookup goes on beyond, however long a word without end is.
    longest: u32,
    /// Characters of the shortest phrase: fewer are not looked up.
    shortest: u32,
}

impl Shape {
    /// Bytes of the longest phrase.
    pub(crate) fn longest(self) -> usize {
        self.longest as usize
    }
}

/// Phrases by the hashes of their texts, borrowed. Two texts are taken for one if the 32 bits of their tags agree and
/// they fall into one run of slots, behind a filter that sees 23 further bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Table<'t> {
    shape: Shape,
    /// Two words a slot: the high half of the hash, and the value.
    slots: &'t [u32],
    /// One bit for some hashes: what is not here is not in the table, and this fits the processor's cache.
    seen: &'t [u32],
}

/// A phrase that was found: where, what the table holds of it, and a name that only equal phrases share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: u32,
    pub(crate) key: u32,
}

/// A table being built.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    shape: Shape,
    entries: Vec<(u64, u32)>,
}

impl Builder {
    /// `phrases` are different from each other, and their values greater than 1.
    pub(crate) fn new<'p>(steps: Steps, phrases: impl Iterator<Item = (&'p str, u32)> + Clone) -> Builder {
        let chars = phrases.clone().map(|(phrase, _)| phrase.chars().count());
        let shape = Shape {
            steps,
            longest: phrases.clone().map(|(phrase, _)| phrase.len()).max().unwrap_or(0) as u32,
            shortest: chars.min().unwrap_or(0) as u32,
        };
        let mut builder = Builder { shape, entries: Vec::new() };
        for (phrase, value) in phrases {
            debug_assert!(value > PREFIX);
            builder.insert(phrase, value);
        }
        // Of a phrase and a beginning that read the same, the phrase stays.
        builder.entries.sort_unstable_by_key(|(hash, value)| (*hash, std::cmp::Reverse(*value)));
        builder.entries.dedup_by_key(|(hash, _)| *hash);
        builder
    }

    fn insert(&mut self, phrase: &str, value: u32) {
        let mut hash = START;
        let mut before = Class::Break;
        for (read, c) in phrase.chars().enumerate() {
            let class = Class::of(c);
            let goes_on = match self.shape.steps {
                Steps::Words => is_solid(before) && is_edge(before, class),
                Steps::Characters => read >= self.shape.shortest as usize,
            };
            if read > 0 && goes_on {
                self.entries.push((finish(hash), PREFIX));
            }
            hash = mix(hash, c);
            before = class;
        }
        self.entries.push((finish(hash), value));
    }

    /// What the arrays are about.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Slots and filter.
    pub(crate) fn arrays(&self) -> (Vec<u32>, Vec<u32>) {
        if self.entries.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let count = self.entries.len() * 10 / 7 + 1;
        let bits = (self.entries.len() * 8).next_power_of_two().clamp(1 << 8, 1 << SEEN_BITS);
        let (mut slots, mut seen) = (vec![0u32; count * 2], vec![0u32; bits / 32]);
        for &(hash, value) in &self.entries {
            let table = Table { shape: self.shape, slots: &slots, seen: &seen };
            let (slot, bit) = (table.place(hash), table.bit(hash));
            slots[slot * 2] = (hash >> 32) as u32;
            slots[slot * 2 + 1] = value;
            seen[bit / 32] |= 1 << (bit % 32);
        }
        (slots, seen)
    }
}

/// Whether a phrase can be looked up from word to word: all letters are of scripts with word edges, and it starts and ends
/// with a letter or figure.
pub(crate) fn fits_words(phrase: &str) -> bool {
    let solid = |c: Option<char>| c.map(Class::of).is_some_and(is_solid);
    solid(phrase.chars().next())
        && solid(phrase.chars().next_back())
        && phrase.chars().map(Class::of).all(|class| !class.is_letter() || class.has_word_edges())
}

impl<'t> Table<'t> {
    /// The table that the arrays hold; `None` if they do not fit each other.
    pub(crate) fn new(shape: Shape, slots: &'t [u32], seen: &'t [u32]) -> Option<Table<'t>> {
        let fits = slots.len().is_multiple_of(2)
            && slots.len() / 2 <= u32::MAX as usize
            && (seen.len().is_power_of_two() || seen.is_empty())
            && seen.is_empty() == slots.is_empty();
        // A search for an empty slot must end.
        let ends = slots.is_empty() || slots.chunks_exact(2).rev().take(1 << 16).any(|slot| slot[1] == 0);
        (fits && ends).then_some(Table { shape, slots, seen })
    }

    #[inline]
    fn bit(&self, hash: u64) -> usize {
        (hash >> 40) as usize & (self.seen.len() * 32 - 1)
    }

    #[inline]
    fn look_up(&self, hash: u64) -> u32 {
        let bit = self.bit(hash);
        if self.seen[bit / 32] >> (bit % 32) & 1 == 0 { 0 } else { self.slots[self.place(hash) * 2 + 1] }
    }

    /// The slot of a hash, or the empty one where it belongs.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let count = self.slots.len() / 2;
        let mut slot = (((hash & 0xFFFF_FFFF) * count as u64) >> 32) as usize;
        while self.slots[slot * 2 + 1] != 0 && self.slots[slot * 2] != (hash >> 32) as u32 {
            slot = if slot + 1 == count { 0 } else { slot + 1 };
        }
        slot
    }

    /// Calls `each` for every phrase in a folded text that begins before a place, until it breaks. `joints` are places
    /// inside words (sorted bytes of `text`) where one may begin or end all the same.
    pub(crate) fn find(
        &self,
        text: &str,
        joints: &[usize],
        before: usize,
        mut each: impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.slots.is_empty() {
            return ControlFlow::Continue(());
        }
        match self.shape.steps {
            Steps::Words => self.find_words(text, joints, before, &mut each),
            Steps::Characters => {
                let mut starts = text.char_indices().map(|(start, _)| start).take_while(|start| *start < before);
                starts.try_for_each(|start| self.follow_characters(text, start, &mut each))
            }
        }
    }

    fn find_words(
        &self,
        text: &str,
        joints: &[usize],
        last: usize,
        each: &mut impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut before = Class::Break;
        let mut joint = joints.iter().copied().peekable();
        let mut joined = 0;
        for (start, c) in text.char_indices().take_while(|(start, _)| *start < last) {
            let class = Class::of(c);
            while joint.peek().is_some_and(|place| *place < start) {
                joint.next();
            }
            if class.has_word_edges() || class == Class::Digit {
                let edge = is_edge(before, class);
                joined = if edge { 0 } else { joined + usize::from(joint.peek() == Some(&start)) };
                if edge || joint.peek() == Some(&start) && joined <= MOST_JOINED {
                    self.follow_words(text, start, joints, each)?;
                }
            }
            before = class;
        }
        ControlFlow::Continue(())
    }

    /// All phrases that begin at `start`.
    #[inline]
    fn follow_words(
        &self,
        text: &str,
        start: usize,
        joints: &[usize],
        each: &mut impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut hash = START;
        let mut before = Class::Break;
        let mut chars = text[start..].char_indices();
        loop {
            let next = chars.next();
            let at = start + next.map_or(text.len() - start, |(offset, _)| offset);
            let class = next.map_or(Class::Break, |(_, c)| Class::of(c));
            let ends =
                is_solid(before) && (is_edge(before, class) || !joints.is_empty() && joints.binary_search(&at).is_ok());
            if ends {
                let hash = finish(hash);
                match self.look_up(hash) {
                    0 => {
                        // A joint is no end that a phrase must have.
                        if is_edge(before, class) {
                            return ControlFlow::Continue(());
                        }
                    }
                    PREFIX => {}
                    value => each(Found { start, end: at, value, key: hash as u32 })?,
                }
            }
            let more = next.filter(|_| class != Class::Break && at - start < self.shape.longest as usize);
            let Some((_, c)) = more else { return ControlFlow::Continue(()) };
            hash = mix(hash, c);
            before = class;
        }
    }

    /// The same, where a phrase may end behind any character.
    #[inline]
    fn follow_characters(
        &self,
        text: &str,
        start: usize,
        each: &mut impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut hash = START;
        for (read, (offset, c)) in text[start..].char_indices().enumerate() {
            hash = mix(hash, c);
            if read + 1 < self.shape.shortest as usize {
                continue;
            }
            let finished = finish(hash);
            match self.look_up(finished) {
                0 => break,
                PREFIX => {}
                value => each(Found { start, end: start + offset + c.len_utf8(), value, key: finished as u32 })?,
            }
        }
        ControlFlow::Continue(())
    }
}

fn is_solid(class: Class) -> bool {
    class.is_letter() || class == Class::Digit
}

/// Whether a word may begin or end between two characters.
fn is_edge(before: Class, after: Class) -> bool {
    !(before.has_word_edges() && after.has_word_edges() || before == Class::Digit && after == Class::Digit)
}

#[inline]
fn mix(hash: u64, c: char) -> u64 {
    (hash.rotate_left(23) ^ c as u64).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[inline]
fn finish(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Starts, ends and numbers of what is found.
    fn found(steps: Steps, phrases: &[&str], text: &str) -> Vec<(usize, usize, u32)> {
        let builder = Builder::new(steps, phrases.iter().enumerate().map(|(n, phrase)| (*phrase, n as u32 + 2)));
        let (slots, seen) = builder.arrays();
        let table = Table::new(builder.shape(), &slots, &seen).unwrap();
        let mut all = Vec::new();
        let _ = table.find(text, &[], text.len(), |found| {
            all.push((found.start, found.end, found.value - 2));
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn phrases_stand_at_word_edges() {
        let phrases = ["casino", "casino online", "88 bet", "retin-a"];
        assert_eq!(found(Steps::Words, &phrases, "a casino online, casinos"), [(2, 8, 0), (2, 15, 1)]);
        assert_eq!(found(Steps::Words, &phrases, "casino88 bet retin-a"), [(0, 6, 0), (6, 12, 2), (13, 20, 3)]);
    }

    #[test]
    fn a_word_without_end_costs_no_more_than_its_length() {
        let builder = Builder::new(Steps::Words, [("casino online", 2)].into_iter());
        let (slots, seen) = builder.arrays();
        let text = "aB".repeat(500_000).to_lowercase();
        let joints: Vec<usize> = (1..text.len()).collect();
        let before = std::time::Instant::now();
        let table = Table::new(builder.shape(), &slots, &seen).unwrap();
        assert!(table.find(&text, &joints, text.len(), |_| ControlFlow::Break(())).is_continue());
        assert!(before.elapsed().as_secs() < 10, "quadratic");
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let builder = Builder::new(Steps::Words, [("casino online", 2)].into_iter());
        let (slots, seen) = builder.arrays();
        assert!(Table::new(builder.shape(), &slots[1..], &seen).is_none());
        assert!(Table::new(builder.shape(), &slots, &seen[1..]).is_none());
        assert!(Table::new(builder.shape(), &slots, &[]).is_none());
        assert!(Table::new(builder.shape(), &[7; 64], &seen).is_none(), "no empty slot");
    }

    /// Every place where a phrase stands, by plain search.
    fn plain(phrases: &[&str], text: &str, fits: impl Fn(&str, usize, usize) -> bool) -> Vec<(usize, usize, u32)> {
        let mut plain = Vec::new();
        for (number, phrase) in phrases.iter().enumerate() {
            for (start, _) in text.char_indices().filter(|(at, _)| text[*at..].starts_with(phrase)) {
                if fits(text, start, start + phrase.len()) {
                    plain.push((start, start + phrase.len(), number as u32));
                }
            }
        }
        plain.sort_unstable();
        plain
    }

    proptest! {
        /// Held against a plain search with a look at the neighbours.
        #[test]
        fn finds_what_a_plain_search_finds(
            phrases in proptest::collection::btree_set("[ab1я]([ab1я -]{0,4}[ab1я])?", 1..8),
            text in "[ab1я \\n-]{0,30}",
        ) {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            let class = |c: Option<char>| c.map_or(Class::Break, Class::of);
            let at_edges = |text: &str, start: usize, end: usize| {
                is_edge(class(text[..start].chars().next_back()), class(text[start..].chars().next()))
                    && is_edge(class(text[..end].chars().next_back()), class(text[end..].chars().next()))
            };
            let mut hits = found(Steps::Words, &phrases, &text);
            hits.sort_unstable();
            prop_assert_eq!(hits, plain(&phrases, &text, at_edges));
        }

        #[test]
        fn finds_what_a_plain_search_finds_character_by_character(
            phrases in proptest::collection::btree_set("[中文网a ]{1,4}", 1..8),
            text in "[中文网a \\n]{0,30}",
        ) {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            let mut hits = found(Steps::Characters, &phrases, &text);
            hits.sort_unstable();
            prop_assert_eq!(hits, plain(&phrases, &text, |_, _, _| true));
        }
    }
}
