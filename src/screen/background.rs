//! Which words and characters are common in genuine text: hashes of those that stand more than a few times in some thirty
//! megabytes of openly licensed pages in a hundred languages.

use super::set::Filter;

/// Aligned as the words that it is read as.
#[repr(C, align(4))]
struct Aligned<B: ?Sized>(B);

static ALIGNED: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/background.bin"));

/// Bytes of the first part of the file: one bit a hash, of words, characters and sequences of them. The second part is a
/// filter of long words. Both are written by `DECHAFF_WRITE=1 cargo test background`.
const BYTES: usize = 1 << 19;

/// Whether a word or sequence is common. What is not is not proven rare: two hashes may share a bit, and what is taken for
/// common only makes the anchor longer.
pub(super) fn is_common(hash: u64) -> bool {
    let bit = (hash >> 8) as usize % (BYTES * 8);
    ALIGNED.0.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 != 0)
}

/// Long words that are common: none of them is two words glued together.
pub(super) fn long_words() -> Option<Filter<'static>> {
    Filter::new(bytemuck::try_cast_slice(ALIGNED.0.get(BYTES..)?).ok()?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Read;
    use std::path::Path;

    use super::super::hash::hash_word;
    use super::super::{anchors, words};
    use super::*;

    /// So often a word or a character sequence may stand in the texts and still be rare.
    const RARE: u8 = 1;
    /// So often a long word must stand there to be common.
    const OFTEN: u8 = 3;
    /// Texts that may be counted, as for the model.
    const LICENCES: [&str; 8] = ["public domain", "CC0", "MIT", "Apache", "BSD", "Unicode", "CC BY", "CC-BY"];

    /// With `DECHAFF_WRITE` set and the genuine texts of the proving set there, writes the file anew.
    #[test]
    fn background_is_of_common_words() {
        let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/proving/data/clean.jsonl.gz");
        if std::env::var_os("DECHAFF_WRITE").is_some() && texts.exists() {
            let mut lines = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(texts).unwrap()).read_to_string(&mut lines).unwrap();
            let (mut counts, mut long): (HashMap<u64, u8>, HashMap<u64, u8>) = Default::default();
            for line in lines.lines() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = |field: &str| row[field].as_str().unwrap_or_default();
                if LICENCES.iter().any(|licence| text("licence").starts_with(licence)) {
                    for line in crate::view::fold_text(text("text")).lines() {
                        for word in anchors::words(line).into_iter().filter(|word| word.len() >= words::LONG_WORD) {
                            let count = long.entry(hash_word(word)).or_insert(0);
                            *count = count.saturating_add(1);
                        }
                        anchors::count(line, |hash| {
                            let count = counts.entry(hash).or_insert(0);
                            *count = count.saturating_add(1);
                        });
                    }
                }
            }
            let mut bits = vec![0u8; BYTES];
            for hash in counts.iter().filter(|(_, count)| **count > RARE).map(|(hash, _)| hash) {
                let bit = (hash >> 8) as usize % (BYTES * 8);
                bits[bit / 8] |= 1 << (bit % 8);
            }
            let mut long: Vec<u64> =
                long.into_iter().filter(|(_, count)| *count >= OFTEN).map(|(hash, _)| hash).collect();
            long.sort_unstable();
            bits.extend(Filter::array(long.into_iter()).into_iter().flat_map(u32::to_le_bytes));
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/background.bin"), &bits).unwrap();
            return;
        }
        let (mut common, mut rare) = (0, 0);
        anchors::count("the county council met on monday and the minutes of the meeting", |hash| {
            common += u32::from(is_common(hash));
        });
        anchors::count("qxzvkw pfffzq wuxgrty kkqzzv", |hash| rare += u32::from(is_common(hash)));
        let long = long_words().unwrap();
        assert!(long.has(hash_word(b"government")) && !long.has(hash_word(b"spinquokka")));
        assert!(common >= 10 && rare <= 4, "{common} common, {rare} rare");
    }
}
