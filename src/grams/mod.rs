//! A likelihood that knows no words: how much a stretch looks like junk by its character sequences alone.
//!
//! A linear model over hashed character sequences, in integers: the same text gives the same figure everywhere.
//! `learn` fits it, `dechaff learn` is the command for that, and `models/README.md` the card of the built-in one.

mod learn;
mod profile;
mod sum;

pub use learn::{Options, Sample, fit};
pub(crate) use profile::Profile;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use crate::error::{BuildError, BuildErrorKind};
use crate::rules::{FNV_START, fnv};
use crate::view::{self, Class};

/// The model that comes with this crate.
static BUILTIN: &[u8] = include_bytes!("../../models/grams.bin");

const MAGIC: &[u8; 8] = b"dechaffG";
const FORMAT: u32 = 1;
/// Magic, format, bits, scale, checksum.
const HEADER: usize = 8 + 4 + 4 + 4 + 8;
/// Tables between these sizes, as powers of two, are read.
const BITS: std::ops::RangeInclusive<u32> = 8..=21;

/// Weights of hashed character sequences.
///
/// A file is a header of 28 bytes (magic, format, size as a power of two, scale, checksum; little endian) and one signed
/// byte for each weight.
#[derive(Clone)]
pub struct Model {
    bits: u32,
    /// What a weight of 1 is worth, in 1/1024 points.
    scale: u32,
    weights: Cow<'static, [i8]>,
    checksum: u64,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({} weights, {:016x})", self.weights.len(), self.checksum)
    }
}

impl Model {
    /// The model that comes with this crate.
    ///
    /// # Errors
    ///
    /// None in a released crate: its own tests read this model.
    pub fn builtin() -> Result<Model, BuildError> {
        let (model, weights) = Model::header(BUILTIN)?;
        // A test sees to the checksum, so that what is not needed is not read.
        Ok(Model { weights: Cow::Borrowed(bytemuck::cast_slice(weights)), ..model })
    }

    /// A model that `dechaff learn` wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no such model.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Model, BuildError> {
        let shown = path.as_ref().display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|why| BuildError::new(BuildErrorKind::Read, format!("cannot be read: {why}")).at(&shown, 0))?;
        Model::from_bytes(&bytes).map_err(|why| why.at(&shown, 0))
    }

    /// A model from memory.
    ///
    /// # Errors
    ///
    /// When the bytes are not a model of this version, or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, BuildError> {
        let (model, weights) = Model::header(bytes)?;
        if digest(model.bits, model.scale, weights) != model.checksum {
            return Err(wrong("the model is damaged: its checksum does not fit"));
        }
        Ok(Model { weights: Cow::Owned(bytemuck::cast_slice(weights).to_vec()), ..model })
    }

    /// A model still without its weights, and these.
    fn header(bytes: &[u8]) -> Result<(Model, &[u8]), BuildError> {
        let word = |at: usize| bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
        let header =
            || Some((word(8)?, word(12)?, word(16)?, bytes.get(20..28)?.try_into().ok().map(u64::from_le_bytes)?));
        let Some((format, bits, scale, checksum)) = header().filter(|_| bytes.starts_with(MAGIC)) else {
            return Err(wrong("this is no model of character sequences"));
        };
        if format != FORMAT {
            return Err(wrong(&format!("model format {format}, but this version of dechaff reads {FORMAT}")));
        }
        let weights = &bytes[HEADER..];
        if !BITS.contains(&bits) || weights.len() != 1 << bits {
            return Err(wrong("the model is not as long as it says"));
        }
        Ok((Model { bits, scale, weights: Cow::Borrowed(&[]), checksum }, weights))
    }

    /// The model as a file holds it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.checksum.to_le_bytes());
        bytes.extend(self.weights.iter().map(|weight| *weight as u8));
        bytes
    }

    /// How much a text looks like junk, in points: positive for junk, negative for genuine text, near 0 for what the
    /// model does not know. Short texts get small figures.
    pub fn score(&self, text: &str) -> i32 {
        self.score_folded(&view::fold_text(text))
    }

    pub(crate) fn score_folded(&self, folded: &str) -> i32 {
        let (sum, count) = sum::sum(self, folded);
        if count == 0 {
            return 0;
        }
        // By the square root of their number: many weak signs are stronger than one, but not as many times stronger.
        (sum * i64::from(self.scale) / (count.isqrt() as i64 * 1024)) as i32
    }

    fn weight(&self, hash: u32) -> i8 {
        self.weights[(hash >> (32 - self.bits)) as usize]
    }

    pub(crate) fn checksum(&self) -> u64 {
        self.checksum
    }

    /// A model that knows nothing: every text is worth 0.
    pub fn neutral() -> Model {
        Model::new(*BITS.start(), 1, vec![0; 1 << BITS.start()])
    }

    pub(crate) fn new(bits: u32, scale: u32, weights: Vec<i8>) -> Model {
        let bytes: Vec<u8> = weights.iter().map(|weight| *weight as u8).collect();
        Model { bits, scale, checksum: digest(bits, scale, &bytes), weights: Cow::Owned(weights) }
    }
}

fn wrong(what: &str) -> BuildError {
    BuildError::new(BuildErrorKind::Model, format!("{what}; write it anew with `dechaff learn`"))
}

fn digest(bits: u32, scale: u32, weights: &[u8]) -> u64 {
    fnv(fnv(fnv(FNV_START, &bits.to_le_bytes()), &scale.to_le_bytes()), weights)
}

/// Longest sequence, in characters.
const LONGEST: usize = 5;
/// Characters beyond these say nothing new.
const MOST_CHARS: usize = 400;

/// The hashes of all character sequences of a folded text: one to three characters of scripts written without blanks,
/// three to five of others, and whole words.
pub(crate) fn sequences(folded: &str, mut each: impl FnMut(u32)) {
    sequences_of(&read(folded, MOST_CHARS), |hash, _, _| each(hash));
}

/// At most so many characters of a text as the model reads them, each with its offset: digits as one digit, marks and
/// blanks as one blank, a blank before and behind.
fn read(folded: &str, most: usize) -> Vec<(char, usize)> {
    let mut chars = Vec::with_capacity(folded.len().min(most) / 2 + 2);
    let mut last = ' ';
    chars.push((' ', 0));
    for (offset, c) in folded.char_indices().take(most) {
        let read = match Class::of(c) {
            Class::Digit => '0',
            class if class.is_letter() => c,
            _ => ' ',
        };
        if read != ' ' || last != ' ' {
            chars.push((read, offset));
        }
        last = read;
    }
    if last != ' ' {
        chars.push((' ', folded.len()));
    }
    chars
}

/// The hash of every sequence, with the places of its first character and behind its last.
fn sequences_of(chars: &[(char, usize)], mut each: impl FnMut(u32, usize, usize)) {
    let mut word = WORD;
    let mut word_start = 0;
    for (n, &(c, _)) in chars.iter().enumerate() {
        if c == ' ' {
            if word != WORD {
                each(finish(word), word_start, n);
            }
            (word, word_start) = (WORD, n + 1);
        } else {
            word = mix(word, c as u32);
        }
        let class = Class::of(c);
        let (shortest, longest) = if class.is_dense() { (1, 3) } else { (3, LONGEST) };
        let mut hash = START;
        for (length, &(c, _)) in chars[n..].iter().take(longest).enumerate() {
            hash = mix(hash, c as u32);
            if length + 1 >= shortest {
                each(finish(hash), n, n + length + 1);
            }
        }
    }
}

const START: u32 = 0x9E37_79B9;
const WORD: u32 = 0x85EB_CA6B;

fn mix(hash: u32, c: u32) -> u32 {
    (hash ^ c).wrapping_mul(0x0100_0193).rotate_left(13)
}

fn finish(hash: u32) -> u32 {
    let hash = (hash ^ hash >> 16).wrapping_mul(0x7FEB_352D);
    let hash = (hash ^ hash >> 15).wrapping_mul(0x846C_A68B);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_whole() {
        let whole = Model::from_bytes(BUILTIN).unwrap();
        let quick = Model::builtin().unwrap();
        assert_eq!((whole.weights.as_ref(), whole.checksum), (quick.weights.as_ref(), quick.checksum));
    }
}
