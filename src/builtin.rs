//! The rules that come with this crate, compiled when the crate is built (`build.rs`).

use crate::error::BuildError;
use crate::rules::Pack;
use crate::rules::compile::Compiled;

include!(concat!(env!("OUT_DIR"), "/builtin_files.rs"));

/// Numbers in it are read where they lie, so they must lie at multiples of four.
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

static COMPILED: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/builtin.pack")));

/// Ready for use.
pub(crate) fn compiled() -> Result<Compiled, BuildError> {
    Compiled::from_static(&COMPILED.0)
}

impl Pack {
    /// The rules that come with this crate, as they are written: with summaries, sources and proofs.
    ///
    /// # Errors
    ///
    /// None in a released crate: its own tests read this pack.
    pub fn builtin() -> Result<Pack, BuildError> {
        let files = BUILTIN_FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Pack::from_texts("rules", files.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_is_whole_and_what_the_sources_say() {
        let embedded = Compiled::from_bytes(&COMPILED.0).unwrap();
        let fresh = Compiled::from_pack(&Pack::builtin().unwrap()).unwrap();
        assert_eq!(embedded.to_bytes().unwrap(), fresh.to_bytes().unwrap());
        assert_eq!(fresh.to_bytes().unwrap(), COMPILED.0);
    }
}
