//! Sets of hashes with a few flags each, flat enough to lie in a compiled pack.

use serde::{Deserialize, Serialize};

/// The anchor is complete: its line deserves a look.
pub(crate) const WHOLE: u32 = 1;
/// The anchor goes on behind it.
pub(crate) const BEGINS: u32 = 2;
/// It tells by its number.
pub(crate) const COUNTS: u32 = 4;
/// It is a word of a phrase, not an anchor.
pub(crate) const KNOWN: u32 = 8;
/// The anchor, complete, is one of a phrase that tells, not only of words that fill the space between such.
pub(crate) const LEADS: u32 = 16;
/// What is known of a complete anchor.
pub(crate) const ANCHOR: u32 = WHOLE | LEADS;
const FLAGS: u32 = WHOLE | BEGINS | COUNTS | KNOWN | LEADS;

/// Bits of the filter for every entry; few enough to stay in the processor's cache.
const BITS_EACH: usize = 32;

/// A filter of hashes: what it does not hold is in no set, and one thing in some hundred that is in none seems to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter<'s>(&'s [u32]);

impl<'s> Filter<'s> {
    /// The filter that lies in an array; `None` if it is none.
    pub(crate) fn new(words: &'s [u32]) -> Option<Filter<'s>> {
        words.len().is_power_of_two().then_some(Filter(words))
    }

    pub(crate) fn array(hashes: impl ExactSizeIterator<Item = u64>) -> Vec<u32> {
        let mut words = vec![0u32; (hashes.len() * BITS_EACH / 32).next_power_of_two().max(32)];
        for hash in hashes {
            let at = Filter(&words).place(hash);
            words[at] |= 1 << (hash >> FIRST_BIT & 31) | 1 << (hash >> SECOND_BIT & 31);
        }
        words
    }

    #[inline(always)]
    fn place(self, hash: u64) -> usize {
        (hash >> 44) as usize & (self.0.len() - 1)
    }

    /// Whether a hash may be in the set.
    #[inline(always)]
    pub(crate) fn has(self, hash: u64) -> bool {
        let word = self.0[self.place(hash)];
        word >> (hash >> FIRST_BIT & 31) & word >> (hash >> SECOND_BIT & 31) & 1 != 0
    }
}

/// Which two bits of a word of a filter stand for a hash.
const FIRST_BIT: u32 = 39;
const SECOND_BIT: u32 = 34;

/// Adds numbers to the arrays of a pack; gives where they lie.
pub(crate) fn append(arrays: &mut Vec<u32>, numbers: Vec<u32>) -> std::ops::Range<usize> {
    let start = arrays.len();
    arrays.extend(numbers);
    start..arrays.len()
}

/// Where in the arrays of a pack a set lies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) slots: std::ops::Range<usize>,
    pub(crate) seen: std::ops::Range<usize>,
}

/// A set, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set<'s> {
    /// The high bits of the hash, and the flags in the low ones.
    slots: &'s [u32],
    /// Tells nearly everything that is not in the set.
    pub(crate) seen: Filter<'s>,
}

impl<'s> Set<'s> {
    /// The set that lies in the arrays; `None` if they are none.
    pub(crate) fn new(slots: &'s [u32], seen: &'s [u32]) -> Option<Set<'s>> {
        Some(Set { slots: slots.contains(&0).then_some(slots)?, seen: Filter::new(seen)? })
    }

    /// Slots and filter of a set of these hashes; flags of the same hash add up.
    pub(crate) fn arrays(entries: &[(u64, u32)]) -> (Vec<u32>, Vec<u32>) {
        let mut slots = vec![0u32; entries.len() * 10 / 7 + 2];
        for &(hash, flags) in entries {
            debug_assert!(flags & !FLAGS == 0 && flags != 0);
            let slot = slot(&slots, hash);
            slots[slot] |= tag(hash) | flags;
        }
        (slots, Filter::array(entries.iter().map(|(hash, _)| *hash)))
    }

    /// The flags of a hash; 0 if it is not in the set.
    #[inline]
    pub(crate) fn get(&self, hash: u64) -> u32 {
        if self.seen.has(hash) { self.slots[slot(self.slots, hash)] & FLAGS } else { 0 }
    }
}

/// The slot that holds a hash, or the free one where it would stand.
#[inline]
fn slot(slots: &[u32], hash: u64) -> usize {
    let mut slot = (((hash & 0xFFFF_FFFF) * slots.len() as u64) >> 32) as usize;
    while slots[slot] != 0 && slots[slot] & !FLAGS != tag(hash) {
        slot = if slot + 1 == slots.len() { 0 } else { slot + 1 };
    }
    slot
}

/// Never 0 in its high bits, so that an empty slot is told from a taken one.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !FLAGS | (FLAGS + 1)
}
