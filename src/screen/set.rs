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
const FLAGS: u32 = WHOLE | BEGINS | COUNTS | KNOWN;

/// Bits of the filter for every entry; few enough to stay in the processor's cache.
const BITS_EACH: usize = 32;

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
    /// One bit for some hashes: nearly everything that is not in the set is told by this alone.
    seen: &'s [u32],
}

impl<'s> Set<'s> {
    /// The set that lies in the arrays; `None` if they are none.
    pub(crate) fn new(slots: &'s [u32], seen: &'s [u32]) -> Option<Set<'s>> {
        let sound = seen.len().is_power_of_two() && slots.contains(&0);
        sound.then_some(Set { slots, seen })
    }

    /// Slots and filter of a set of these hashes; flags of the same hash add up.
    pub(crate) fn arrays(entries: &[(u64, u32)]) -> (Vec<u32>, Vec<u32>) {
        let count = entries.len() * 10 / 7 + 2;
        let words = (entries.len() * BITS_EACH / 32).next_power_of_two().max(32);
        let (mut slots, mut seen) = (vec![0u32; count], vec![0u32; words]);
        for &(hash, flags) in entries {
            debug_assert!(flags & !FLAGS == 0 && flags != 0);
            let set = Set { slots: &slots, seen: &seen };
            let (slot, bit) = (set.place(hash), set.bit(hash));
            slots[slot] |= tag(hash) | flags;
            seen[bit / 32] |= 1 << (bit % 32);
        }
        (slots, seen)
    }

    #[inline]
    fn bit(&self, hash: u64) -> usize {
        (hash >> 16) as usize & (self.seen.len() * 32 - 1)
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        let mut slot = (((hash & 0xFFFF_FFFF) * self.slots.len() as u64) >> 32) as usize;
        while self.slots[slot] != 0 && self.slots[slot] & !FLAGS != tag(hash) {
            slot = if slot + 1 == self.slots.len() { 0 } else { slot + 1 };
        }
        slot
    }

    /// The flags of a hash; 0 if it is not in the set.
    #[inline]
    pub(crate) fn get(&self, hash: u64) -> u32 {
        if self.may_have(hash) { self.slots[self.place(hash)] & FLAGS } else { 0 }
    }

    /// Whether a hash may be in the set.
    #[inline]
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let bit = self.bit(hash);
        self.seen[bit / 32] >> (bit % 32) & 1 != 0
    }
}

/// Never 0 in its high bits, so that an empty slot is told from a taken one.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !FLAGS | (FLAGS + 1)
}

const MULTIPLIER: u64 = 0xd6e8_feb8_6659_fd93;

/// The hash of a word: its bytes eight at a time, the last of them filled up with zeros.
#[inline]
pub(crate) fn hash_chunk(hash: u64, chunk: u64) -> u64 {
    (hash.rotate_left(29) ^ chunk).wrapping_mul(MULTIPLIER)
}

/// In every byte of a word of eight: 1, its high bit, the bit that makes a letter small.
pub(crate) const EACH: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGH: u64 = 0x80 * EACH;
pub(crate) const SMALL: u64 = 0x20 * EACH;

/// Eight bytes from `at` on, zeros behind the end.
#[inline]
pub(crate) fn eight(line: &[u8], at: usize) -> u64 {
    match line.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => {
            let rest = line.get(at..).unwrap_or_default();
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(last)
        }
    }
}

/// Capitals as small letters; bytes beyond ASCII stay.
#[inline]
pub(crate) fn lower(chunk: u64) -> u64 {
    chunk | (SMALL ^ (chunk & HIGH) >> 2)
}

/// The hash of a word, capitals read as small letters.
#[inline]
pub(crate) fn hash_word(word: &[u8]) -> u64 {
    let mut hash = WORD;
    let mut at = 0;
    while at == 0 || at < word.len() {
        let length = (word.len() - at).min(8);
        let mask = if length == 8 { u64::MAX } else { (1u64 << (length * 8)).wrapping_sub(1) };
        hash = hash_chunk(hash, lower(eight(word, at)) & mask);
        at += 8;
    }
    hash
}

/// The hash of words or characters one after the other.
#[inline]
pub(crate) fn hash_on(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(MULTIPLIER)
}

/// Spreads a hash over all its bits.
#[inline]
pub(crate) fn finish(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 32).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 32
}

/// Where hashes of words and of characters begin.
pub(crate) const WORD: u64 = 0x9E37_79B9_7F4A_7C15;
pub(crate) const CHARACTER: u64 = 0xC2B2_AE3D_27D4_EB4F;
