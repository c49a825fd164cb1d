//! Hashes of words and characters, the same for what a text is screened for and for the text.

const MULTIPLIER: u64 = 0xd6e8_feb8_6659_fd93;

/// Where hashes of words and of characters begin.
pub(crate) const WORD: u64 = 0x9E37_79B9_7F4A_7C15;
const CHARACTER: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// In every byte of a word of eight: 1, its high bit, the bit that makes a letter small.
pub(crate) const EACH: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGH: u64 = 0x80 * EACH;
pub(crate) const SMALL: u64 = 0x20 * EACH;

/// The first and the last eight bytes of a word, small: of a shorter one, its bytes with zeros behind or before them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) length: usize,
}

impl Ends {
    /// The word that lies at `start..end` in a line, which is not empty.
    #[inline(always)]
    pub(crate) fn of(line: &[u8], start: usize, end: usize) -> Ends {
        debug_assert!(start < end);
        let length = end - start;
        let missing = 8 * 8usize.saturating_sub(length) as u32;
        let first = lower(eight(line, start)) << missing >> missing;
        // Both are read, since a guess which it is would be wrong too often.
        let long = lower(eight(line, end.max(8) - 8));
        let last = if length > 8 { long } else { first << missing };
        Ends { first, last, length }
    }

    /// The same of a word of ASCII letters or figures.
    #[inline(always)]
    pub(crate) fn of_ascii(line: &[u8], start: usize, end: usize) -> Ends {
        let length = end - start;
        let kept = if length < 8 { (1u64 << (8 * length)) - 1 } else { u64::MAX };
        let first = (eight(line, start) | SMALL) & kept;
        // Both are read, since a guess which it is would be wrong too often.
        let long = eight(line, end.max(8) - 8) | SMALL;
        let last = if length > 8 { long } else { first << (64 - 8 * length.min(8)) };
        Ends { first, last, length }
    }

    /// The hash of the word. What stands between the ends of a long one is not told apart.
    #[inline(always)]
    pub(crate) fn hash(self) -> u64 {
        let short = hash_chunk(WORD, self.first);
        let long = hash_chunk(short ^ self.length as u64, self.last);
        let hash = if self.length > 8 { long } else { short };
        // Only its high bits depend on all letters.
        hash ^ hash >> 32
    }
}

/// The hash of a word, capitals read as small letters.
#[inline]
pub(crate) fn hash_word(word: &[u8]) -> u64 {
    Ends::of(word, 0, word.len()).hash()
}

#[inline]
pub(crate) fn hash_chunk(hash: u64, chunk: u64) -> u64 {
    (hash.rotate_left(29) ^ chunk).wrapping_mul(MULTIPLIER)
}

/// Eight bytes from `at` on, zeros behind the end.
#[inline(always)]
pub(crate) fn eight(line: &[u8], at: usize) -> u64 {
    match line.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => last_bytes(line, at),
    }
}

/// The same of fewer than eight bytes: two reads that overlap.
#[inline]
fn last_bytes(line: &[u8], at: usize) -> u64 {
    let rest = line.get(at..).unwrap_or_default();
    match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
            first | last << (8 * (rest.len() - 4))
        }
        _ => rest.iter().rev().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    }
}

/// Capitals as small letters; bytes beyond ASCII stay.
#[inline]
pub(crate) fn lower(chunk: u64) -> u64 {
    chunk | (SMALL ^ (chunk & HIGH) >> 2)
}

/// The hash of words or characters one after the other.
#[inline]
pub(crate) fn hash_on(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(MULTIPLIER)
}

/// The hash of the first two characters of a window.
#[inline]
pub(crate) fn hash_pair(first: u32, second: u32) -> u64 {
    hash_on(u64::from(first).wrapping_mul(CHARACTER), u64::from(second))
}

/// A few letters at an end of a word, spread over all bits but the low ones.
#[inline]
pub(crate) fn hash_end(letters: u64, end: End) -> u64 {
    (letters ^ (end as u64) << 48).wrapping_mul(MULTIPLIER)
}

/// Which letters of a word: the last ones that patterns look for, the first or last ones of words of the trade.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum End {
    Suffix = 1,
    First,
    Last,
}
