//! Which words and characters are common in genuine text: hashes of those that stand more than a few times in some thirty
//! megabytes of openly licensed pages in a hundred languages.
//!
//! What is not here is not proven rare: two hashes may share a bit, and a word taken for common only makes the anchor longer.

use std::borrow::Cow;

/// One bit a hash. Written by `DECHAFF_WRITE=1 cargo test background`.
static BUILTIN: &[u8] = include_bytes!("../../models/background.bin");

#[derive(Clone, Debug)]
pub(crate) struct Background(Cow<'static, [u8]>);

impl Background {
    pub(crate) fn builtin() -> Background {
        Background(Cow::Borrowed(BUILTIN))
    }

    pub(crate) fn contains(&self, hash: u64) -> bool {
        let bit = (hash >> 8) as usize % (self.0.len() * 8).max(1);
        self.0.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Read;
    use std::path::Path;

    use super::super::anchors;
    use super::*;

    /// So often a word or a character sequence may stand in the texts and still be rare.
    const RARE: u8 = 1;
    const BYTES: usize = 1 << 19;
    /// Texts that may be counted, as for the model.
    const LICENCES: [&str; 8] = ["public domain", "CC0", "MIT", "Apache", "BSD", "Unicode", "CC BY", "CC-BY"];

    /// With `DECHAFF_WRITE` set and the genuine texts of the proving set there, writes the file anew.
    #[test]
    fn background_is_of_common_words() {
        let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/proving/data/clean.jsonl.gz");
        if std::env::var_os("DECHAFF_WRITE").is_some() && texts.exists() {
            let mut lines = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(texts).unwrap()).read_to_string(&mut lines).unwrap();
            let mut counts: HashMap<u64, u8> = HashMap::new();
            for line in lines.lines() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = |field: &str| row[field].as_str().unwrap_or_default();
                if LICENCES.iter().any(|licence| text("licence").starts_with(licence)) {
                    for line in crate::view::fold_text(text("text")).lines() {
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
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/background.bin"), &bits).unwrap();
            return;
        }
        let background = Background::builtin();
        let (mut common, mut rare) = (0, 0);
        anchors::count("the county council met on monday and the minutes of the meeting", |hash| {
            common += u32::from(background.contains(hash));
        });
        anchors::count("qxzvkw pfffzq wuxgrty kkqzzv", |hash| rare += u32::from(background.contains(hash)));
        assert!(common >= 10 && rare <= 4, "{common} common, {rare} rare");
    }
}
