//! What every character of the basic plane beyond ASCII is to the screen.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::view::{Class, Han, Letter, Reading, letter, reading};

/// What a character is, in one number. The most common kinds come first: a letter of a script without word edges is the code
/// point that it reads as, a mark is 0; all others have a kind in the highest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide(u32);

/// It must be looked at closely.
const ODD: u32 = 1 << 30;
/// A letter; see below.
const LETTER: u32 = 2 << 30;
const BLANK: u32 = 3 << 30;
const KINDS: u32 = 3 << 30;

/// Of letters: the bytes they read as, at most three, how many these are, and whether they are Latin, capitals, small.
const LENGTH: u32 = 24;
const LATIN: u32 = 1 << 26;
const CAPITAL: u32 = 1 << 27;
const SMALL: u32 = 1 << 28;

pub(super) enum Known {
    Odd,
    Inner(u32),
    Letter,
    Blank,
    Mark,
}

impl Wide {
    /// What a character of the basic plane is. What was found once is kept.
    #[inline(always)]
    pub(super) fn at(code: usize) -> Wide {
        // What is kept is the complement, so that 0 stands for what nobody asked yet.
        static KNOWN: [AtomicU32; 0x1_0000] = [const { AtomicU32::new(0) }; 0x1_0000];
        let known = &KNOWN[code & 0xFFFF];
        match known.load(Ordering::Relaxed) {
            0 => Wide::find(code, known),
            wide => Wide(!wide),
        }
    }

    /// What the character at a place in a text is, and how many bytes it takes.
    #[inline(always)]
    pub(super) fn read(text: &str, at: usize) -> (Wide, usize) {
        match text.as_bytes()[at..] {
            [first @ 0xE0..=0xEF, second, third, ..] => (Wide::at(three(first, second, third)), 3),
            [first @ 0xC2..=0xDF, second, ..] => {
                (Wide::at(usize::from(first & 0x1F) << 6 | usize::from(second & 0x3F)), 2)
            }
            _ => (text[at..].chars().next().map_or(Wide::ODD, Wide::of), 4),
        }
    }

    #[cold]
    fn find(code: usize, known: &AtomicU32) -> Wide {
        let wide = char::from_u32(code as u32).map_or(Wide::ODD, Wide::of);
        known.store(!wide.0, Ordering::Relaxed);
        wide
    }

    /// Nothing is known of it.
    pub(super) const ODD: Wide = Wide(ODD);

    pub(super) fn of(c: char) -> Wide {
        if let Some(to) = Han::get().read(c as u32) {
            return Wide(to);
        }
        match reading(c) {
            Reading::Inner => Wide(c as u32),
            Reading::Mark => Wide(0),
            Reading::Blank => Wide(BLANK),
            Reading::Other => {
                let mut to = [0; 4];
                let length = match letter(c) {
                    Letter::One(one) if one.len_utf8() <= 3 => one.encode_utf8(&mut to).len(),
                    Letter::Several(several) if (1..=3).contains(&several.len()) => {
                        to[..several.len()].copy_from_slice(several.as_bytes());
                        several.len()
                    }
                    _ => return Wide(ODD),
                };
                let Ok(text) = std::str::from_utf8(&to[..length]) else { return Wide(ODD) };
                let latin = text.chars().all(|c| Class::of(c) == Class::Latin);
                if !latin && text.chars().any(|c| Class::of(c) == Class::Latin) {
                    return Wide(ODD);
                }
                let flag = |is: bool, flag: u32| if is { flag } else { 0 };
                let case = flag(c.is_uppercase(), CAPITAL) | flag(c.is_lowercase(), SMALL);
                let bytes = u32::from_le_bytes(to);
                Wide(LETTER | bytes | (length as u32) << LENGTH | flag(latin, LATIN) | case)
            }
        }
    }

    #[inline(always)]
    pub(super) fn known(self) -> Known {
        match self.0 & KINDS {
            0 if self.0 != 0 => Known::Inner(self.0),
            0 => Known::Mark,
            LETTER => Known::Letter,
            BLANK => Known::Blank,
            _ => Known::Odd,
        }
    }

    /// The code point that a letter of a script without word edges reads as, or 0 for a mark; `None` for other characters.
    #[inline(always)]
    pub(super) fn inner(self) -> Option<u32> {
        (self.0 < ODD).then_some(self.0)
    }

    /// What a letter reads as, in the low bytes, and how many they are.
    #[inline(always)]
    pub(super) fn letters(self) -> (u32, usize) {
        (self.0 & 0xFF_FFFF, (self.0 >> LENGTH & 3) as usize)
    }

    #[inline(always)]
    pub(super) fn is_latin(self) -> bool {
        self.0 & LATIN != 0
    }

    #[inline(always)]
    pub(super) fn is_capital(self) -> bool {
        self.0 & CAPITAL != 0
    }

    #[inline(always)]
    pub(super) fn is_small(self) -> bool {
        self.0 & SMALL != 0
    }
}

/// The code point that three bytes stand for.
#[inline(always)]
pub(super) fn three(first: u8, second: u8, third: u8) -> usize {
    usize::from(first & 0x0F) << 12 | usize::from(second & 0x3F) << 6 | usize::from(third & 0x3F)
}

/// Bytes of the longest word that is folded by itself.
const MOST_FOLDED: usize = 64;

/// A word with letters beyond ASCII, as it reads.
pub(super) struct Folded {
    bytes: [u8; MOST_FOLDED + 8],
    length: usize,
    /// Where it ends in the text.
    pub(super) end: usize,
}

impl Folded {
    #[inline(always)]
    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Folds the word that begins at a place, letter by letter; `None` if the line must be folded to read it.
    #[inline(always)]
    pub(super) fn word(text: &str, start: usize) -> Option<Folded> {
        let mut folded = Folded { bytes: [0; MOST_FOLDED + 8], length: 0, end: start };
        let (mut latin, mut other, mut small) = (false, false, false);
        while let Some(&byte) = text.as_bytes().get(folded.end) {
            let (letters, count, bytes, is_capital, is_small);
            if byte.is_ascii() {
                if !byte.is_ascii_alphabetic() {
                    break;
                }
                (letters, count, bytes) = (u32::from(byte | 0x20), 1, 1);
                (is_capital, is_small) = (byte & 0x20 == 0, byte & 0x20 != 0);
                latin = true;
            } else {
                let wide;
                (wide, bytes) = Wide::read(text, folded.end);
                match wide.known() {
                    Known::Letter => {}
                    Known::Odd => return None,
                    _ => break,
                }
                (letters, count) = wide.letters();
                (is_capital, is_small) = (wide.is_capital(), wide.is_small());
                latin |= wide.is_latin();
                other |= !wide.is_latin();
            }
            folded.bytes[folded.length..folded.length + 4].copy_from_slice(&letters.to_le_bytes());
            folded.length += count;
            // Words begin at capitals, too; which ones is known of the folded line.
            if folded.length > MOST_FOLDED || small && is_capital {
                return None;
            }
            small = is_small;
            folded.end += bytes;
        }
        (folded.length > 0 && !(latin && other)).then_some(folded)
    }
}
