//! Compiled packs: rules and tables as they lie in memory, so that nothing is parsed or built when a filter starts.
//!
//! A file is a header, a description of the rules, and the arrays of the tables; numbers are little endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `dechaffP` |
//! | 4 | format |
//! | 4 | length of the description, in bytes |
//! | 8 | checksum of everything behind the header |
//! | … | the description (postcard), filled up with zeros to a multiple of four |
//! | … | the arrays, four bytes a number |

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::{FNV_START, Pack, Rule};
use crate::detect::phrases::{Arrays, Layout, PackPhrases};
use crate::error::{BuildError, BuildErrorKind};

/// To be raised whenever hashes, folding or the description change.
const FORMAT: u32 = 2;
const HEADER: usize = 24;

/// A pack ready for use.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) about: About,
    pub(crate) phrases: PackPhrases,
}

/// Everything but the tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    /// The version of the crate that compiled it: another may fold or hash differently.
    engine: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: String,
    /// Of the sources.
    pub(crate) digest: u64,
    pub(crate) policy: Option<Policy>,
    /// Sorted by id.
    pub(crate) rules: Vec<Rule>,
    layout: Layout,
}

impl Compiled {
    /// How such files begin.
    pub(crate) const MAGIC: &[u8; 8] = b"dechaffP";

    pub(crate) fn from_pack(pack: &Pack) -> Result<Compiled, BuildError> {
        if let Some(ready) = pack.compiled() {
            return Ok(ready.clone());
        }
        let mut rules = pack.rules()?;
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let phrases = PackPhrases::build(&rules)?;
        rules.iter_mut().for_each(Rule::slim);
        let about = About {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            name: pack.name().to_owned(),
            version: pack.version().to_owned(),
            license: pack.license().to_owned(),
            digest: pack.digest(),
            policy: pack.policy().cloned(),
            rules,
            layout: phrases.layout.clone(),
        };
        Ok(Compiled { about, phrases })
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, BuildError> {
        let mut about = postcard::to_allocvec(&self.about)
            .map_err(|why| BuildError::new(BuildErrorKind::TooLarge, format!("the rules cannot be written: {why}")))?;
        let length = about.len() as u32;
        about.resize(about.len().next_multiple_of(4), 0);
        let mut bytes = Compiled::MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(about);
        self.phrases.arrays.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        let checksum = checksum(&bytes[HEADER..]);
        bytes[16..HEADER].copy_from_slice(&checksum.to_le_bytes());
        Ok(bytes)
    }

    /// A pack from a file's bytes; everything about them is checked.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Compiled, BuildError> {
        let (_, sum, body) = header(bytes)?;
        if checksum(body) != sum {
            return Err(wrong("the compiled pack is damaged: its checksum does not fit"));
        }
        Compiled::decode(bytes, |arrays| {
            let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_le_bytes);
            Arrays::Shared(arrays.chunks_exact(4).map(number).collect::<Arc<[u32]>>())
        })
    }

    /// The pack that is part of the program. Its checksum is a test's concern, so that what is not needed is not read.
    pub(crate) fn from_static(bytes: &'static [u8]) -> Result<Compiled, BuildError> {
        Compiled::decode(bytes, |arrays| match bytemuck::try_cast_slice(arrays) {
            Ok(numbers) if cfg!(target_endian = "little") => Arrays::Static(numbers),
            _ => {
                let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_le_bytes);
                Arrays::Shared(arrays.chunks_exact(4).map(number).collect())
            }
        })
    }

    fn decode<'b>(bytes: &'b [u8], arrays: impl FnOnce(&'b [u8]) -> Arrays) -> Result<Compiled, BuildError> {
        let (length, _, body) = header(bytes)?;
        let about = body.get(..length).ok_or_else(|| wrong("the compiled pack is cut off"))?;
        let numbers = body.get(length.next_multiple_of(4)..).ok_or_else(|| wrong("the compiled pack is cut off"))?;
        let about: About =
            postcard::from_bytes(about).map_err(|_| wrong("the compiled pack is not of this version of dechaff"))?;
        if about.engine != env!("CARGO_PKG_VERSION") {
            let message = format!("the compiled pack is of dechaff {}", about.engine);
            return Err(wrong(&message));
        }
        let phrases = PackPhrases { layout: about.layout.clone(), arrays: arrays(numbers) };
        if !phrases.is_sound() {
            return Err(wrong("the tables of the compiled pack do not fit its rules"));
        }
        Ok(Compiled { about, phrases })
    }
}

/// Length of the description, checksum, and what follows the header.
fn header(bytes: &[u8]) -> Result<(usize, u64, &[u8]), BuildError> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
    let sum = bytes.get(16..HEADER).and_then(|sum| sum.try_into().ok()).map(u64::from_le_bytes);
    let (Some(format), Some(length), Some(sum)) = (word(8), word(12), sum) else {
        return Err(wrong("this is no compiled pack"));
    };
    if !bytes.starts_with(Compiled::MAGIC) {
        return Err(wrong("this is no compiled pack"));
    }
    if format != FORMAT {
        let message = format!("the compiled pack has format {format}, but this version of dechaff reads {FORMAT}");
        return Err(wrong(&message));
    }
    Ok((length as usize, sum, &bytes[HEADER..]))
}

fn wrong(what: &str) -> BuildError {
    let message = format!("{what}; write it anew with `dechaff rules compile`");
    BuildError::new(BuildErrorKind::Compiled, message)
}

/// FNV-1a over words of eight bytes, folded after each: a damaged byte anywhere changes it.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ hash >> 32
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(FNV_START, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(step(hash, bytes.len() as u64), |hash, byte| step(hash, u64::from(*byte)))
}
