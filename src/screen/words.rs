//! What the letters of a single word tell: an ending that patterns look for, words glued together, another reading.

use super::Screen;
use super::anchors::{self, PART, PARTS, SUFFIX};
use super::hash::{End, Ends, HIGH, WORD, hash_end, hash_on, hash_word};
use super::set::{ANCHOR, COUNTS, KNOWN, WHOLE};
use crate::detect::respelled;

/// A word of so many bytes may be several, glued together, if it begins or ends with a word of the trade …
pub(super) const LONG_WORD: usize = 8;
/// … or if one that patterns look for stands anywhere in a word of so many.
pub(super) const VERY_LONG_WORD: usize = 16;
/// What stands beside a word of the trade is no ending if it has so many bytes.
const LEAST_REST: usize = 3;
/// So may a word in which letters and figures take turns, if it has so many characters.
const LONG_MIXED: usize = 10;
/// Words of fewer letters have no ending that a pattern could look for.
pub(super) const ENDING: usize = 6;

/// A word of more parts deserves a look whatever they are.
const MOST_PARTS: usize = 12;

/// Letters, figures and signs without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mixed {
    /// Words seem to be glued together.
    pub(super) glued: bool,
    /// It may read as another word.
    pub(super) respelled: bool,
}

impl Screen<'_> {
    /// Whether a word may end as a pattern asks, or is so long that another may stand in it: a few instructions that are
    /// wrong once in a while, and never miss either.
    #[inline(always)]
    pub(super) fn may_have_ending(&self, word: Ends) -> bool {
        let last = word.last;
        let doubled = (last >> 56 == last >> 48 & 0xFF) & (self.doubled >> (last >> 56 & 31) & 1 != 0);
        let ending = self.ends.has(hash_end(last >> 32, End::Suffix)) | doubled;
        let very_long = (word.length >= VERY_LONG_WORD) & ((word.first | last) & HIGH == 0);
        (word.length >= ENDING) & ending | very_long
    }

    /// The same of a long word that may begin or end with one of the trade.
    #[inline(always)]
    pub(super) fn may_have_part(&self, word: Ends) -> bool {
        let (first, last) = (word.first & ((1 << (8 * PART)) - 1), word.last >> (64 - 8 * PART));
        let part = self.ends.has(hash_end(first, End::First)) | self.ends.has(hash_end(last, End::Last));
        part && !self.long_words.has(word.hash())
    }

    /// Whether a word ends as a pattern asks.
    pub(super) fn has_ending(&self, word: &[u8]) -> bool {
        word.len() >= ENDING && {
            let doubled = word[word.len() - 1] == word[word.len() - 2];
            self.is_ending(&word[word.len() - SUFFIX..]) || doubled && self.is_ending(&word[word.len() - 2..])
        }
    }

    fn is_ending(&self, letters: &[u8]) -> bool {
        self.suffixes.get(hash_word(letters)) != 0
    }

    /// Whether a long word may be several.
    pub(super) fn is_glued(&self, word: &[u8]) -> bool {
        word.len() >= LONG_WORD && self.may_have_part(Ends::of(word, 0, word.len())) && self.has_part(word)
            || word.len() >= VERY_LONG_WORD && word.is_ascii() && {
                (2..=SUFFIX).any(|length| word.windows(length).any(|part| self.is_ending(part)))
            }
    }

    /// Reads a word with capitals inside, at which words may begin and end: what its parts are known for, one or several in
    /// a row, behind the words before it; and the hash of the last part.
    pub(super) fn parts(&self, word: &[u8], joints: impl Iterator<Item = usize>, before: [u64; 3]) -> (u32, u64) {
        let cuts: Vec<usize> = std::iter::once(0).chain(joints).chain([word.len()]).collect();
        let mut known = if cuts.len() > MOST_PARTS { WHOLE } else { 0 };
        for (first, &from) in cuts.iter().enumerate().take(MOST_PARTS) {
            for &to in cuts[first + 1..].iter().take(MOST_PARTS) {
                let hash = hash_word(&word[from..to]);
                known |= self.words.get(hash_on(WORD, hash));
                for before in before.into_iter().filter(|before| from == 0 && *before != 0) {
                    known |= self.words.get(hash_on(before, hash));
                }
            }
        }
        let last = hash_word(&word[cuts[cuts.len() - 2]..]);
        (known & ANCHOR, hash_on(WORD, last))
    }

    /// Whether a long word begins or ends with one of the trade.
    fn has_part(&self, word: &[u8]) -> bool {
        let flags = |part: &[u8]| self.trade.get(hash_word(part));
        // What stands beside it must be a word, too: else it is an ending.
        let known =
            |part: &[u8]| flags(part) & WHOLE != 0 || self.trade.get(hash_on(WORD, hash_word(part))) & KNOWN != 0;
        let glued = |part: &[u8], rest: &[u8]| match flags(part) {
            flags if flags & COUNTS != 0 => true,
            flags => flags & WHOLE != 0 && rest.len() >= LEAST_REST && known(rest),
        };
        PARTS.filter(|length| *length < word.len()).any(|length| {
            let (first, behind) = word.split_at(length);
            let (before, last) = word.split_at(word.len() - length);
            glued(first, behind) || glued(last, before)
        })
    }

    /// What letters, figures and signs without a gap tell in which `turns` words follow each other.
    #[cold]
    pub(super) fn mixed(&self, word: &[u8], turns: u32) -> Mixed {
        let glued = word.len() >= LONG_MIXED && turns >= 2;
        let mut ends = (1..word.len()).filter(|at| word[*at].is_ascii_digit() && word[at - 1].is_ascii_alphabetic());
        let ending = |end: usize| (2..=SUFFIX.min(end)).any(|letters| self.is_ending(&word[end - letters..end]));
        Mixed { glued, respelled: ends.any(ending) || self.has_another_reading(word) }
    }

    /// Only ASCII is respelled; other letters may stand beside it.
    fn has_another_reading(&self, word: &[u8]) -> bool {
        let mut readings = word.split(|byte| !byte.is_ascii()).flat_map(respelled::readings);
        readings.any(|reading| {
            let known = |word: &[u8]| {
                let hash = hash_on(WORD, hash_word(word));
                self.words.get(hash) != 0 || self.trade.get(hash) & KNOWN != 0
            };
            std::str::from_utf8(&reading).is_ok_and(|reading| anchors::words(reading).into_iter().any(known))
        })
    }
}
