//! Sixty-four bytes at a time: which of them are letters, figures, signs, or parts of characters beyond ASCII.
//!
//! The same masks come from every implementation; the widest that the processor has is chosen at run time. This is the only
//! module with `unsafe`, see [`dispatch`] and the loads.

#![allow(unsafe_code)]

/// A bit for each of 64 bytes, the first byte's the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// ASCII letters, and the capitals among them.
    pub(super) letters: u64,
    pub(super) capitals: u64,
    pub(super) figures: u64,
    /// `@` and `$`, which stand for letters wherever they touch a word.
    pub(super) signs: u64,
    /// `!`, which does so before one.
    pub(super) calls: u64,
    /// Bytes of characters beyond ASCII.
    pub(super) wide: u64,
}

/// A way to read masks.
pub(super) trait Lanes: Copy {
    fn masks(self, block: &[u8; 64]) -> Masks;
}

/// What is done with the masks of a text, whichever way they are read.
pub(super) trait Work {
    type Output;
    /// Must be inlined into the function that is compiled for the processor.
    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}

/// Which instructions masks are read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All that this processor has, the widest last.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Level> {
        let mut levels = vec![Level::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx2() {
                levels.push(Level::Avx2);
            }
            if x86::has_avx512() {
                levels.push(Level::Avx512);
            }
        }
        levels
    }

    #[inline]
    pub(crate) fn best() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx512() {
                return Level::Avx512;
            }
            if x86::has_avx2() {
                return Level::Avx2;
            }
        }
        Level::Portable
    }
}

/// Does the work with the instructions of a level; with those that every processor has if it lacks them.
#[inline]
pub(super) fn dispatch<W: Work>(level: Level, work: W) -> W::Output {
    match level {
        // SAFETY: the functions only need the features that are asked for right here.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 if x86::has_avx512() => unsafe { x86::avx512(work) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 if x86::has_avx2() => unsafe { x86::avx2(work) },
        _ => work.run(Portable),
    }
}

/// Eight bytes at a time, with the instructions that every processor has.
#[derive(Clone, Copy)]
struct Portable;

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

impl Lanes for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; 64]) -> Masks {
        let mut masks = Masks::default();
        for (n, chunk) in block.as_chunks::<8>().0.iter().enumerate() {
            let chunk = u64::from_le_bytes(*chunk);
            let low = chunk & !HIGH;
            // The high bit of each byte: whether its low bits are at least `first` and at most `last`; then whether it is ASCII.
            let between = |low: u64, first: u8, last: u8| {
                (low + u64::from(0x80 - first) * EACH) & !(low + u64::from(0x7F - last) * EACH)
            };
            let ascii = !chunk & HIGH;
            let put = |mask: u64| ((mask & ascii) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * n);
            masks.letters |= put(between(low | (0x20 * EACH), b'a', b'z'));
            masks.capitals |= put(between(low, b'A', b'Z'));
            masks.figures |= put(between(low, b'0', b'9'));
            masks.signs |= put(between(low, b'@', b'@') | between(low, b'$', b'$'));
            masks.calls |= put(between(low, b'!', b'!'));
            masks.wide |= ((chunk & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * n);
        }
        masks
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Lanes, Masks, Work};

    #[inline]
    pub(super) fn has_avx2() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
    }

    #[inline]
    pub(super) fn has_avx512() -> bool {
        has_avx2() && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
    }

    // What is done with the masks is compiled without the wide registers: the compiler would try to hash two words at once
    // in them, and be slower.
    #[target_feature(enable = "bmi1,bmi2,lzcnt")]
    pub(super) fn avx2<W: Work>(work: W) -> W::Output {
        work.run(Avx2)
    }

    #[target_feature(enable = "bmi1,bmi2,lzcnt")]
    pub(super) fn avx512<W: Work>(work: W) -> W::Output {
        work.run(Avx512)
    }

    /// Made only where the processor has AVX2.
    #[derive(Clone, Copy)]
    struct Avx2;

    impl Lanes for Avx2 {
        #[inline(always)]
        fn masks(self, block: &[u8; 64]) -> Masks {
            // SAFETY: `Avx2` stands for the feature; an unaligned load reads 32 bytes of 64.
            let halves = [0, 32].map(|at| unsafe { avx2_masks(block.as_ptr().add(at)) });
            let both = |mask: fn(&[u32; 6]) -> u32| u64::from(mask(&halves[0])) | u64::from(mask(&halves[1])) << 32;
            Masks {
                letters: both(|half| half[0]),
                capitals: both(|half| half[1]),
                figures: both(|half| half[2]),
                signs: both(|half| half[3]),
                calls: both(|half| half[4]),
                wide: both(|half| half[5]),
            }
        }
    }

    /// The masks of the 32 bytes at `at`, in the order of their fields.
    ///
    /// # Safety
    /// 32 bytes can be read there.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn avx2_masks(at: *const u8) -> [u32; 6] {
        // SAFETY: as the caller says.
        let bytes = unsafe { _mm256_loadu_si256(at.cast()) };
        let mask = |lanes: __m256i| _mm256_movemask_epi8(lanes) as u32;
        let below = |bytes: __m256i, first: u8, count: u8| {
            let from = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first as i8));
            mask(_mm256_cmpeq_epi8(_mm256_min_epu8(from, _mm256_set1_epi8(count as i8 - 1)), from))
        };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
        [
            below(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), b'a', 26),
            below(bytes, b'A', 26),
            below(bytes, b'0', 10),
            mask(_mm256_or_si256(is(b'@'), is(b'$'))),
            mask(is(b'!')),
            mask(bytes),
        ]
    }

    /// Made only where the processor has AVX-512 BW.
    #[derive(Clone, Copy)]
    struct Avx512;

    impl Lanes for Avx512 {
        #[inline(always)]
        fn masks(self, block: &[u8; 64]) -> Masks {
            // SAFETY: `Avx512` stands for the features.
            unsafe { avx512_masks(block) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn avx512_masks(block: &[u8; 64]) -> Masks {
        // SAFETY: an unaligned load of the 64 bytes of the block.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let splat = |byte: u8| _mm512_set1_epi8(byte as i8);
        let below = |bytes: __m512i, first: u8, count: u8| {
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, splat(first)), splat(count))
        };
        let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, splat(byte));
        Masks {
            letters: below(_mm512_or_si512(bytes, splat(0x20)), b'a', 26),
            capitals: below(bytes, b'A', 26),
            figures: below(bytes, b'0', 10),
            signs: is(b'@') | is(b'$'),
            calls: is(b'!'),
            wide: _mm512_movepi8_mask(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Read<'b>(&'b [u8; 64]);

    impl Work for Read<'_> {
        type Output = Masks;

        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Masks {
            lanes.masks(self.0)
        }
    }

    fn plainly(block: &[u8; 64]) -> Masks {
        let mask = |is: fn(&u8) -> bool| {
            block.iter().enumerate().filter(|(_, byte)| is(byte)).map(|(at, _)| 1u64 << at).sum::<u64>()
        };
        Masks {
            letters: mask(u8::is_ascii_alphabetic),
            capitals: mask(u8::is_ascii_uppercase),
            figures: mask(u8::is_ascii_digit),
            signs: mask(|byte| matches!(byte, b'@' | b'$')),
            calls: mask(|byte| *byte == b'!'),
            wide: mask(|byte| !byte.is_ascii()),
        }
    }

    #[test]
    fn every_byte_is_read_alike_on_every_path() {
        for first in (0..=255u8).step_by(64) {
            let block = std::array::from_fn(|at| first + at as u8);
            for level in Level::all() {
                assert_eq!(dispatch(level, Read(&block)), plainly(&block), "{level:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_block_is_read_alike_on_every_path(block: [u8; 64]) {
            for level in Level::all() {
                prop_assert_eq!(dispatch(level, Read(&block)), plainly(&block), "{:?}", level);
            }
        }
    }
}
