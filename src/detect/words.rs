//! Phrases of scripts that set words apart, in a table of hashes: they can begin and end only where words do, so text
//! is looked up word by word. Hundreds of thousands of phrases cost a few bytes each, and build in a moment.
//!
//! A word that begins no phrase costs one lookup. Every beginning of a phrase that ends with a word is in the table,
//! too, so that a lookup goes on only where a phrase may follow.

use crate::view::Class;

/// What a slot says: nothing, that phrases go on from here, or a phrase (which may also go on).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    /// The high half of the hash; the low half names the slot.
    tag: u32,
    /// 0 for an empty slot, [`PREFIX`] for a beginning, else the number of the phrase and one more.
    value: u32,
}

const PREFIX: u32 = u32::MAX;
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// Phrases by the hashes of their texts. Two texts are taken for one if 53 bits or more of their hashes agree, which
/// happens once in some quadrillion lookups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    slots: Vec<Slot>,
    used: usize,
    /// Bytes of the longest phrase: no lookup goes on beyond, however long a word without end is.
    longest: usize,
    /// One bit for some hashes: what is not here is not in the table, and this fits the processor's cache.
    seen: Vec<u64>,
}

/// Bits of [`Words::seen`] at most, as a power of two.
const SEEN_BITS: u32 = 23;

impl Words {
    /// Whether a phrase can be looked up here: all letters are of scripts with word edges, and it starts and ends with
    /// a letter or figure.
    pub(crate) fn fits(phrase: &str) -> bool {
        let solid = |c: Option<char>| c.map(Class::of).is_some_and(is_solid);
        solid(phrase.chars().next())
            && solid(phrase.chars().next_back())
            && phrase.chars().map(Class::of).all(|class| !class.is_letter() || class.has_word_edges())
    }

    /// Adds a phrase with its number, which must be smaller than 2³² − 2; gives the number it has already, if any.
    pub(crate) fn insert(&mut self, phrase: &str, number: u32) -> Option<u32> {
        self.longest = self.longest.max(phrase.len());
        let mut hash = START;
        let mut before = Class::Break;
        for (at, c) in phrase.char_indices() {
            let class = Class::of(c);
            if at > 0 && is_solid(before) && is_edge(before, class) {
                self.set(finish(hash), PREFIX);
            }
            hash = mix(hash, &phrase.as_bytes()[at..at + c.len_utf8()]);
            before = class;
        }
        self.set(finish(hash), number + 1)
    }

    fn set(&mut self, hash: u64, value: u32) -> Option<u32> {
        debug_assert!((self.used + 1) * 10 < self.slots.len() * 9, "the table was made too small");
        let slot = self.place(hash);
        let known = self.slots[slot];
        if known.value == 0 {
            self.slots[slot] = Slot { tag: (hash >> 32) as u32, value };
            self.used += 1;
            let bit = self.bit(hash);
            self.seen[bit / 64] |= 1 << (bit % 64);
            None
        } else if known.value == PREFIX {
            self.slots[slot].value = value;
            None
        } else {
            (value != PREFIX).then(|| known.value - 1)
        }
    }

    #[inline]
    fn bit(&self, hash: u64) -> usize {
        (hash >> 40) as usize & (self.seen.len() * 64 - 1)
    }

    #[inline]
    fn look_up(&self, hash: u64) -> u32 {
        let bit = self.bit(hash);
        if self.seen[bit / 64] >> (bit % 64) & 1 == 0 { 0 } else { self.slots[self.place(hash)].value }
    }

    /// The slot of a hash, or the empty one where it belongs.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot].value != 0 && self.slots[slot].tag != (hash >> 32) as u32 {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// A table for phrases of so many beginnings and ends together.
    pub(crate) fn with_capacity(entries: usize) -> Words {
        let bits = (entries * 8).next_power_of_two().clamp(1 << 8, 1 << SEEN_BITS);
        Words {
            slots: vec![Slot::default(); (entries * 2).next_power_of_two().max(1 << 8)],
            used: 0,
            longest: 0,
            seen: vec![0; bits / 64],
        }
    }

    /// How many entries a phrase takes at most.
    pub(crate) fn entries(phrase: &str) -> usize {
        // Every character beyond ASCII might end a word only if it is a mark, and those are rare: twice for each is plenty.
        let inside = |byte: &u8| byte.is_ascii() && !byte.is_ascii_lowercase();
        1 + phrase.bytes().filter(inside).count()
            + phrase.matches(|c: char| !c.is_ascii() && !c.is_alphabetic()).count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Calls `each` with start, end and number of every phrase in a folded text. `joints` are places inside words
    /// (sorted bytes of `text`) where one may begin or end all the same.
    pub(crate) fn find(&self, text: &str, joints: &[usize], mut each: impl FnMut(usize, usize, u32)) {
        if self.is_empty() {
            return;
        }
        let mut before = Class::Break;
        let mut joint = joints.iter().copied().peekable();
        for (start, c) in text.char_indices() {
            let class = Class::of(c);
            while joint.peek().is_some_and(|place| *place < start) {
                joint.next();
            }
            if (class.has_word_edges() || class == Class::Digit)
                && (is_edge(before, class) || joint.peek() == Some(&start))
            {
                self.follow(text, start, joints, &mut each);
            }
            before = class;
        }
    }

    /// All phrases that begin at `start`.
    #[inline]
    fn follow(&self, text: &str, start: usize, joints: &[usize], each: &mut impl FnMut(usize, usize, u32)) {
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
                match self.look_up(finish(hash)) {
                    0 => {
                        // A joint is no end that a phrase must have.
                        if is_edge(before, class) {
                            return;
                        }
                    }
                    PREFIX => {}
                    number => each(start, at, number - 1),
                }
            }
            let Some((_, c)) = next.filter(|_| class != Class::Break && at - start < self.longest) else { return };
            hash = mix(hash, &text.as_bytes()[at..at + c.len_utf8()]);
            before = class;
        }
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
fn mix(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
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

    fn table(phrases: &[&str]) -> Words {
        let mut words = Words::with_capacity(phrases.iter().map(|phrase| Words::entries(phrase)).sum());
        for (number, phrase) in phrases.iter().enumerate() {
            words.insert(phrase, number as u32);
        }
        words
    }

    fn found(words: &Words, text: &str) -> Vec<(usize, usize, u32)> {
        let mut found = Vec::new();
        words.find(text, &[], |start, end, number| found.push((start, end, number)));
        found
    }

    #[test]
    fn phrases_stand_at_word_edges() {
        let words = table(&["casino", "casino online", "88 bet", "retin-a"]);
        assert_eq!(found(&words, "a casino online, casinos"), [(2, 8, 0), (2, 15, 1)]);
        assert_eq!(found(&words, "casino88 bet retin-a"), [(0, 6, 0), (6, 12, 2), (13, 20, 3)]);
    }

    #[test]
    fn a_word_without_end_costs_no_more_than_its_length() {
        let words = table(&["casino online"]);
        let text = "aB".repeat(500_000).to_lowercase();
        let joints: Vec<usize> = (1..text.len()).collect();
        let before = std::time::Instant::now();
        words.find(&text, &joints, |_, _, _| panic!("there is nothing to find"));
        assert!(before.elapsed().as_secs() < 10, "quadratic");
    }

    proptest! {
        /// Held against a plain search with a look at the neighbours.
        #[test]
        fn finds_what_a_plain_search_finds(
            phrases in proptest::collection::btree_set("[ab1я]([ab1я -]{0,4}[ab1я])?", 1..8),
            text in "[ab1я \\n-]{0,30}",
        ) {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            let mut plain = Vec::new();
            for (number, phrase) in phrases.iter().enumerate() {
                for (start, _) in text.char_indices().filter(|(at, _)| text[*at..].starts_with(phrase)) {
                    let end = start + phrase.len();
                    let class = |c: Option<char>| c.map_or(Class::Break, Class::of);
                    let first = class(phrase.chars().next());
                    let last = class(phrase.chars().next_back());
                    if is_edge(class(text[..start].chars().next_back()), first)
                        && is_edge(last, class(text[end..].chars().next()))
                    {
                        plain.push((start, end, number as u32));
                    }
                }
            }
            let mut hits = found(&table(&phrases), &text);
            hits.sort_unstable();
            plain.sort_unstable();
            prop_assert_eq!(hits, plain);
        }
    }
}
