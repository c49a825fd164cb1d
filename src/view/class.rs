//! What kind of character a folded character is.

use std::sync::atomic::{AtomicU8, Ordering};

/// Class of a folded character: its script if it is a letter, else its part in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Class {
    Blank = 0,
    Break,
    Digit,
    /// `. ! ? 。` and their like, wherever they stand.
    Stop,
    Mark,
    Latin,
    Cyrillic,
    Greek,
    Han,
    Kana,
    Hangul,
    Thai,
    Arabic,
    Indic,
    OtherLetter,
}

/// How many classes there are; counts of a line are indexed by class.
pub(crate) const CLASSES: usize = 15;

/// The classes, each at its number.
const ALL: [Class; CLASSES] = [
    Class::Blank,
    Class::Break,
    Class::Digit,
    Class::Stop,
    Class::Mark,
    Class::Latin,
    Class::Cyrillic,
    Class::Greek,
    Class::Han,
    Class::Kana,
    Class::Hangul,
    Class::Thai,
    Class::Arabic,
    Class::Indic,
    Class::OtherLetter,
];

impl Class {
    /// The scripts, in the order of their numbers.
    pub(crate) const SCRIPTS: &[Class] = ALL.split_at(Class::Latin as usize).1;

    pub(crate) const fn is_letter(self) -> bool {
        self as u8 >= Class::Latin as u8
    }

    /// Scripts whose words are set apart by blanks and are matched at word edges.
    /// Hangul is not among them: particles are glued to its words.
    pub(crate) const fn has_word_edges(self) -> bool {
        matches!(self, Class::Latin | Class::Cyrillic | Class::Greek | Class::Arabic | Class::Indic)
    }

    /// Scripts written without blanks between words.
    pub(crate) const fn is_dense(self) -> bool {
        matches!(self, Class::Han | Class::Kana | Class::Thai)
    }

    #[inline]
    pub(crate) fn of(c: char) -> Class {
        if c.is_ascii() { ASCII[c as usize] } else { Class::known(c) }
    }

    /// What was found once of a character of the basic plane is kept.
    #[inline]
    fn known(c: char) -> Class {
        static KNOWN: [AtomicU8; 0x1_0000] = [const { AtomicU8::new(u8::MAX) }; 0x1_0000];
        let Some(known) = KNOWN.get(c as usize) else { return Class::of_wide(c) };
        match ALL.get(known.load(Ordering::Relaxed) as usize) {
            Some(class) => *class,
            None => {
                let class = Class::of_wide(c);
                known.store(class as u8, Ordering::Relaxed);
                class
            }
        }
    }

    #[cold]
    fn of_wide(c: char) -> Class {
        match c as u32 {
            0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x323AF | 0xF900..=0xFAFF | 0x3005..=0x3007 => Class::Han,
            0x3041..=0x30FA | 0x30FC..=0x30FF | 0x31F0..=0x31FF => Class::Kana,
            0xAC00..=0xD7A3 | 0x1100..=0x11FF | 0x3131..=0x318E => Class::Hangul,
            0x0E01..=0x0E3A | 0x0E40..=0x0E4E | 0x0E80..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17D3 => Class::Thai,
            0x0E50..=0x0E59 => Class::Digit,
            0x0400..=0x052F => Class::Cyrillic,
            0x0370..=0x03FF | 0x1F00..=0x1FFF => Class::Greek,
            0x0600..=0x0605 | 0x060C | 0x061B | 0x066A..=0x066D => Class::Mark,
            0x061F | 0x06D4 | 0x0964 | 0x0965 => Class::Stop,
            0x0660..=0x0669 | 0x06F0..=0x06F9 | 0x0966..=0x096F | 0x09E6..=0x09EF => Class::Digit,
            0x0610..=0x06FF | 0x0750..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => Class::Arabic,
            0x0900..=0x0DFF => Class::Indic,
            0x00AA
            | 0x00BA
            | 0x00C0..=0x00D6
            | 0x00D8..=0x00F6
            | 0x00F8..=0x02AF
            | 0x0300..=0x036F
            | 0x1E00..=0x1EFF => Class::Latin,
            0x3002 | 0xFF0E | 0xFF61 => Class::Stop,
            0x2028 | 0x2029 => Class::Blank,
            0x2010..=0x2BFF | 0x3001..=0x303F => Class::Mark,
            _ if c.is_whitespace() => Class::Blank,
            _ if c.is_numeric() => Class::Digit,
            _ if c.is_alphabetic() => Class::OtherLetter,
            _ => Class::Mark,
        }
    }
}

static ASCII: [Class; 128] = {
    let mut table = [Class::Mark; 128];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        table[i] = match c {
            b'\n' => Class::Break,
            b' ' | b'\t' | b'\r' | 0x0B | 0x0C => Class::Blank,
            b'0'..=b'9' => Class::Digit,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Latin,
            b'.' | b'!' | b'?' => Class::Stop,
            _ => Class::Mark,
        };
        i += 1;
    }
    table
};
