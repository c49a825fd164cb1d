//! One character's folded reading: width, compatibility forms, case, accents, Traditional to Simplified, invisible
//! characters.
//!
//! The pairs stand in `tables.rs`, a generated file; they are laid out as pages of the code space once,
//! so that folding a character is two array reads.

use std::sync::OnceLock;

use super::tables;

/// What a character reads as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    Same,
    Char(char),
    Text(&'static str),
    /// Reads as nothing: zero-width and format characters.
    Drop,
    /// Reads as nothing and belongs to the letter before it: accents and vowel points.
    Attach,
}

/// Which of the two Chinese scripts a character belongs to alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hanzi {
    Either,
    Traditional,
    Simplified,
}

struct Pages {
    /// Code point / 256 → page.
    index: Vec<u16>,
    /// Page × 256 + low byte → entry; 0 stands for `Same`.
    entries: Vec<u16>,
    folds: Vec<(Fold, Hanzi)>,
    /// For each code point from [`HAN`] on: 0 for itself, 1 for itself and Simplified alone, else what it reads as.
    han: Vec<u16>,
}

/// The block of Chinese characters that ordinary text uses.
const HAN: std::ops::RangeInclusive<u32> = 0x4E00..=0x9FFF;

const CODE_POINTS: usize = 0x11_0000;

impl Pages {
    fn build() -> Pages {
        let mut pages = Pages {
            index: vec![0; CODE_POINTS / 256],
            entries: vec![0; 256],
            folds: vec![(Fold::Same, Hanzi::Either)],
            han: Vec::new(),
        };
        for c in tables::INVISIBLE.chars() {
            pages.set(c, Fold::Drop, Hanzi::Either);
        }
        for c in tables::MARKS.chars() {
            pages.set(c, Fold::Attach, Hanzi::Either);
        }
        for &(from, to) in tables::COMPATIBILITY {
            let mut chars = to.chars();
            let fold = match (chars.next(), chars.next()) {
                (Some(only), None) => Fold::Char(only),
                _ => Fold::Text(to),
            };
            for c in from.chars() {
                pages.set(c, fold, Hanzi::Either);
            }
        }
        for (traditional, simplified) in tables::TRADITIONAL.chars().zip(tables::SIMPLIFIED.chars()) {
            pages.set(traditional, Fold::Char(simplified), Hanzi::Traditional);
        }
        // A simplified form that is an old character of its own (后, 里, 干 …) tells nothing about the page.
        for c in tables::SIMPLIFIED.chars().filter(|&c| !tables::ALSO_TRADITIONAL.contains(c)) {
            if pages.entry(c) == 0 {
                pages.set(c, Fold::Same, Hanzi::Simplified);
            }
        }
        pages.han = HAN
            .map(|code| {
                let entry = char::from_u32(code).map_or(0, |c| pages.entry(c));
                match pages.folds[entry as usize] {
                    (Fold::Char(to), _) => to as u16,
                    (_, Hanzi::Simplified) => 1,
                    _ => 0,
                }
            })
            .collect();
        pages
    }

    fn set(&mut self, c: char, fold: Fold, hanzi: Hanzi) {
        let (high, low) = (c as usize >> 8, c as usize & 255);
        if self.index[high] == 0 {
            self.index[high] = (self.entries.len() / 256) as u16;
            self.entries.resize(self.entries.len() + 256, 0);
        }
        self.entries[self.index[high] as usize * 256 + low] = self.folds.len() as u16;
        self.folds.push((fold, hanzi));
    }

    #[inline]
    fn entry(&self, c: char) -> u16 {
        let page = self.index[c as usize >> 8] as usize;
        self.entries[page * 256 + (c as usize & 255)]
    }
}

/// The folding of every character, built once for the whole process.
#[derive(Clone, Copy)]
pub(crate) struct Folder(&'static Pages);

impl Folder {
    pub(crate) fn get() -> Folder {
        static PAGES: OnceLock<Pages> = OnceLock::new();
        Folder(PAGES.get_or_init(Pages::build))
    }

    /// A Chinese character of the common block: what it reads as if not as itself, and which script it belongs to.
    #[inline]
    pub(crate) fn han(self, code: u32) -> Option<(Option<char>, Hanzi)> {
        if !HAN.contains(&code) {
            return None;
        }
        match self.0.han[(code - HAN.start()) as usize] {
            0 => Some((None, Hanzi::Either)),
            1 => Some((None, Hanzi::Simplified)),
            to => char::from_u32(u32::from(to)).map(|to| (Some(to), Hanzi::Traditional)),
        }
    }

    #[inline]
    pub(crate) fn fold(self, c: char) -> (Fold, Hanzi) {
        match self.0.entry(c) {
            0 => (Fold::Same, Hanzi::Either),
            entry => self.0.folds[entry as usize],
        }
    }
}

/// How Chinese characters of the common block read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Han(&'static [u16]);

impl Han {
    pub(crate) fn get() -> Han {
        Han(&Folder::get().0.han)
    }

    /// What a character reads as; `None` for characters of other blocks.
    #[inline]
    pub(crate) fn read(self, code: u32) -> Option<u32> {
        let known = *self.0.get(code.wrapping_sub(*HAN.start()) as usize)?;
        Some(if known > 1 { u32::from(known) } else { code })
    }
}

/// The Latin letter that a Cyrillic or Greek letter imitates, if there is one.
pub(crate) fn imitated_latin(folded: char) -> Option<char> {
    let at = tables::LOOK_ALIKES.binary_search_by_key(&folded, |&(from, _)| from).ok()?;
    Some(tables::LOOK_ALIKES[at].1)
}
