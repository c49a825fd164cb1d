//! Reads lines closely, as they stand or folded: the second reading, of lines at which the gate stopped.

use super::anchors;
use super::characters::{BLANK, Characters};
use super::hash::{EACH, HIGH, SMALL, WORD, eight, hash_on, hash_word};
use super::set::{ANCHOR, BEGINS, COUNTS, LEADS, WHOLE};
use super::wide::{Folded, Known, Wide};
use super::{Screen, Seen};
use crate::document::Span;
use crate::view::Class;

/// So many single letters set apart may be a word.
pub(super) const SPACED: u32 = 5;
/// Words are glued together within the first bytes of their line: what is longer is prose.
pub(super) const GLUED_WITHIN: usize = 256;

/// Whether to read on.
type Goes = std::ops::ControlFlow<Stop>;
const ON: Goes = Goes::Continue(());

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// There is nothing more to know.
    Tells,
    /// The line must be folded to be read.
    Odd,
}

/// What a character is to the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Mark,
    /// It may stand for a letter.
    Sign,
    Break,
    Blank,
    Digit,
    Letter,
    Wide,
}

#[inline]
pub(super) fn kind(byte: u8) -> Kind {
    KINDS[byte as usize]
}

static KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'\n' => Kind::Break,
            b' ' | b'\t' | b'\r' | 0x0B | 0x0C => Kind::Blank,
            b'0'..=b'9' => Kind::Digit,
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Letter,
            0x80.. => Kind::Wide,
            b'@' | b'$' | b'!' => Kind::Sign,
            _ => Kind::Mark,
        };
        byte += 1;
    }
    kinds
};

/// Whether a character beyond ASCII belongs to the word before it.
pub(super) fn goes_on(c: char, kind: Kind) -> bool {
    match Wide::of(c).known() {
        Known::Letter => kind == Kind::Letter,
        known => matches!(known, Known::Odd),
    }
}

/// Of which words a character beyond ASCII is part.
fn kind_of(c: char) -> Option<Kind> {
    match Class::of(c) {
        Class::Digit => Some(Kind::Digit),
        class => class.has_word_edges().then_some(Kind::Letter),
    }
}

/// A text that is read line by line, as it stands or folded.
pub(super) struct Pass<'p, const FOLDED: bool> {
    pub(super) screen: &'p Screen<'p>,
    pub(super) tells: &'p dyn Fn(&str, usize) -> bool,
    seen: Seen,
    pub(super) text: &'p str,
    /// The same text.
    line: &'p [u8],
    /// What is read next, and where its line begins.
    pub(super) at: usize,
    start: usize,
    joints: &'p [usize],
    /// Hashes of the words just read: of the last, of its last part, and of the last two if an anchor may go on behind them.
    /// 0 for none, as below: a hash is 0 once in more lines than there are.
    one: u64,
    part: u64,
    two: u64,
    characters: Characters,
    refrains: u32,
    /// Whether several blanks stand in a row: then phrases may reach as far as they like.
    stretched: bool,
    /// Single letters set apart: how many, and where the last one ends.
    singles: u32,
    single_end: usize,
    /// Letters, figures and signs without a gap: where they begin and end, how often letters and figures took turns, and
    /// whether a sign is among them.
    glued: Span,
    turns: u32,
    signs: bool,
}

/// What a word of ASCII letters or figures is found to be while its end is looked for.
struct Word {
    end: usize,
    /// Whether a capital follows a small letter.
    joined: bool,
}

impl<'p, const FOLDED: bool> Pass<'p, FOLDED> {
    pub(super) fn new(
        screen: &'p Screen,
        text: &'p str,
        joints: &'p [usize],
        tells: &'p dyn Fn(&str, usize) -> bool,
    ) -> Self {
        Pass {
            screen,
            tells,
            seen: Seen::default(),
            text,
            line: text.as_bytes(),
            at: 0,
            start: 0,
            joints,
            one: 0,
            part: 0,
            two: 0,
            characters: Characters::default(),
            refrains: 0,
            stretched: false,
            singles: 0,
            single_end: usize::MAX,
            glued: Span::new(0, usize::MAX),
            turns: 0,
            signs: false,
        }
    }

    /// Reads one line, up to its break; `None` if it must be folded to be read.
    pub(super) fn line(&mut self) -> Option<Seen> {
        self.start = self.at;
        let seen = match self.read() {
            Goes::Continue(()) => {
                self.end_glued();
                // Where words may end inside others is known of the line as it was only.
                self.seen.respelled |= self.seen.anchors > 0 && (self.stretched || !self.joints.is_empty());
                Some(self.seen)
            }
            Goes::Break(stop) => {
                self.at += memchr::memchr(b'\n', &self.line[self.at..]).unwrap_or(self.line.len() - self.at);
                (stop == Stop::Tells).then_some(Seen { tells: true, ..self.seen })
            }
        };
        self.seen = Seen::default();
        (self.one, self.part, self.two) = (0, 0, 0);
        self.characters = Characters::default();
        (self.refrains, self.stretched) = (0, false);
        (self.singles, self.single_end) = (0, usize::MAX);
        (self.glued, self.turns, self.signs) = (Span::new(0, usize::MAX), 0, false);
        seen
    }

    fn read(&mut self) -> Goes {
        while let Some(&byte) = self.line.get(self.at) {
            let kind = kind(byte);
            match kind {
                Kind::Letter | Kind::Digit => self.word(kind)?,
                Kind::Wide => self.wide()?,
                Kind::Blank => {
                    self.at += 1;
                    self.blank(self.at)?;
                }
                Kind::Break => break,
                Kind::Mark | Kind::Sign => {
                    self.mark(self.at);
                    self.at += 1;
                }
            }
        }
        ON
    }

    /// What the flags of the sets say, for an anchor that ends at `end`.
    #[inline]
    fn heed(&mut self, flags: u32, end: usize) -> Goes {
        if flags & (WHOLE | COUNTS) == 0 { ON } else { self.heed_anchor(flags, end) }
    }

    #[cold]
    fn heed_anchor(&mut self, flags: u32, end: usize) -> Goes {
        self.refrains += u32::from(flags & COUNTS != 0);
        if self.refrains >= self.screen.refrains {
            return Goes::Break(Stop::Tells);
        }
        if flags & WHOLE != 0 {
            self.seen.anchors += 1;
            if flags & LEADS == 0 {
                return ON;
            }
            // The phrase reaches no further than this.
            let border =
                |at: usize| (0..4).map(|more| at.saturating_sub(more)).find(|at| self.text.is_char_boundary(*at));
            let from = border(end.saturating_sub(self.screen.around)).unwrap_or(0).max(self.start);
            let to = border((end + self.screen.around).min(self.text.len())).unwrap_or(end);
            let around = self.text[from..to].lines().next().unwrap_or_default();
            if (self.tells)(around, end - from) {
                return Goes::Break(Stop::Tells);
            }
        }
        ON
    }

    /// Reads letters, or figures, up to the next character of another kind.
    #[inline]
    fn word(&mut self, kind: Kind) -> Goes {
        let start = self.at;
        let mut word = match kind {
            Kind::Digit => figures(self.line, start),
            _ => letters(self.line, start),
        };
        if self.line.get(word.end).is_some_and(|byte| *byte >= 0x80) {
            // A letter of the same word may follow: accents, Cyrillic.
            let next = self.text[word.end..].chars().next();
            if FOLDED {
                let same = |c: &char| kind_of(*c) == Some(kind);
                if next.is_some_and(|c| same(&c)) {
                    let end = start + self.text[start..].chars().take_while(same).map(char::len_utf8).sum::<usize>();
                    word = Word { end, joined: false };
                }
            } else if next.is_some_and(|c| goes_on(c, kind)) {
                return self.foreign_word();
            }
        }
        self.at = word.end;
        self.read_word(start, word, &self.line[start..self.at], kind)
    }

    /// Reads a word with letters beyond ASCII.
    fn foreign_word(&mut self) -> Goes {
        let start = self.at;
        let Some(folded) = Folded::word(self.text, start) else { return Goes::Break(Stop::Odd) };
        self.at = folded.end;
        self.read_word(start, Word { end: folded.end, joined: false }, folded.text(), Kind::Letter)
    }

    #[inline]
    fn read_word(&mut self, start: usize, word: Word, text: &[u8], kind: Kind) -> Goes {
        let Word { end, joined } = word;
        if self.glued.end == start {
            self.turns += 1;
        } else {
            self.end_glued();
            self.glued.start = start;
            (self.turns, self.signs) = (0, false);
        }
        self.glued.end = end;
        let length = text.len();
        let hash = hash_word(text);
        let first = hash_on(WORD, hash);
        let mut flags = self.screen.words.get(first);
        let mut part = 0;
        if kind == Kind::Letter {
            if length == 1 {
                let follows = self.single_end != usize::MAX && start <= self.single_end + 1;
                self.singles = if follows { self.singles + 1 } else { 1 };
                self.single_end = end;
                self.seen.respelled |= self.singles >= SPACED;
            } else {
                self.seen.respelled |= self.screen.has_ending(text);
                self.seen.glued |= start < self.start + GLUED_WITHIN && self.screen.is_glued(text);
            }
            let joint_inside = || {
                let next = self.joints.partition_point(|joint| *joint <= start);
                self.joints.get(next).is_some_and(|joint| *joint < end)
            };
            if joined || FOLDED && joint_inside() {
                let known;
                (known, part) = self.joined(start, end);
                flags |= known;
            }
        }
        let mut two = 0;
        let mut second = |one: u64| {
            let hash = hash_on(one, hash);
            let more = self.screen.words.get(hash);
            if more & BEGINS != 0 {
                two = hash;
            }
            flags |= more & ANCHOR;
        };
        if self.one != 0 {
            second(self.one);
        }
        if self.part != 0 {
            second(self.part);
        }
        if self.two != 0 {
            flags |= self.screen.words.get(hash_on(self.two, hash)) & ANCHOR;
        }
        self.one = first;
        (self.part, self.two) = (part, two);
        // At the border to a script without word edges, characters count.
        if self.characters.is_open() {
            for &byte in text.iter().take(anchors::MOST_CHARACTERS) {
                let code = u32::from(byte.to_ascii_lowercase());
                flags |= self.characters.read(&self.screen.characters, code, false);
            }
        }
        // What was not read of a long word stands between.
        if !self.characters.is_open() || length > anchors::MOST_CHARACTERS {
            let last = text[length - 1];
            let last = if last.is_ascii() { u32::from(last.to_ascii_lowercase()) } else { 0 };
            self.characters = Characters::after(last);
        }
        self.heed(flags, end)
    }

    #[inline]
    fn blank(&mut self, end: usize) -> Goes {
        if self.characters.last == BLANK {
            self.stretched = true;
            return ON;
        }
        let flags = self.characters.read(&self.screen.characters, BLANK, false);
        self.heed(flags, end)
    }

    #[inline]
    fn mark(&mut self, at: usize) {
        self.characters = Characters::default();
        let byte = self.line[at];
        if kind(byte) != Kind::Sign {
            return;
        }
        // A sign may stand for a letter inside a word.
        let letter_follows = self.line.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        if self.glued.end == at {
            self.glued.end = at + 1;
            self.signs |= byte != b'!' || letter_follows;
        } else if letter_follows {
            self.end_glued();
            (self.glued, self.turns, self.signs) = (Span::new(at, at + 1), 0, true);
        }
    }

    /// Reads a run of characters beyond ASCII.
    #[inline]
    fn wide(&mut self) -> Goes {
        while self.line.get(self.at).is_some_and(|byte| *byte >= 0x80) {
            let (wide, length) = Wide::read(self.text, self.at);
            let behind = self.at + length;
            match wide.known() {
                Known::Inner(code) => {
                    if !self.characters.pass(self.screen.characters.seen, code) {
                        let flags = self.characters.read(&self.screen.characters, code, true);
                        self.heed(flags, behind)?;
                    }
                }
                Known::Blank => self.blank(behind)?,
                Known::Mark => self.characters = Characters::default(),
                Known::Letter | Known::Odd => {
                    if FOLDED {
                        let kind = self.text[self.at..].chars().next().and_then(kind_of);
                        let Some(kind) = kind else { return Goes::Break(Stop::Odd) };
                        self.word(kind)?;
                    } else {
                        self.foreign_word()?;
                    }
                    continue;
                }
            }
            self.at = behind;
        }
        ON
    }

    /// Reads a word with capitals inside.
    #[cold]
    fn joined(&self, start: usize, end: usize) -> (u32, u64) {
        let word = &self.line[start..end];
        let is_joint = |at: &usize| {
            if FOLDED {
                self.joints.binary_search(&(start + at)).is_ok()
            } else {
                word[*at].is_ascii_uppercase() && word[at - 1].is_ascii_lowercase()
            }
        };
        self.screen.parts(word, (1..word.len()).filter(is_joint), [self.one, self.part, self.two])
    }

    /// Letters and figures without a gap end: they may be several words, or another reading of one.
    #[inline]
    fn end_glued(&mut self) {
        if self.turns > 0 || self.signs {
            let word = &self.line[self.glued.start..self.glued.end.min(self.line.len())];
            let mixed = self.screen.mixed(word, self.turns);
            self.seen.glued |= mixed.glued;
            self.seen.respelled |= mixed.respelled;
        }
    }
}

/// Reads ASCII letters from `start` on, eight at a time.
#[inline]
fn letters(line: &[u8], start: usize) -> Word {
    let (mut end, mut joined) = (start, false);
    let mut before_is_small = 0;
    loop {
        let chunk = eight(line, end);
        let small = chunk | SMALL;
        let low = small & !HIGH;
        // The high bit of each byte: whether it is a letter; then whether it is a capital.
        let letter = (low + (0x80 - b'a' as u64) * EACH) & !(low + (0x80 - b'z' as u64 - 1) * EACH) & !chunk & HIGH;
        let length = ((letter ^ HIGH).trailing_zeros() / 8) as usize;
        let inside = if length == 8 { u64::MAX } else { (1u64 << (length * 8)).wrapping_sub(1) };
        let capital = letter & !(chunk << 2) & inside;
        let lower = letter & !capital & inside;
        joined |= capital & (lower << 8 | before_is_small) != 0;
        before_is_small = lower >> 56;
        end += length;
        if length < 8 {
            return Word { end, joined };
        }
    }
}

/// Reads figures from `start` on.
#[inline]
fn figures(line: &[u8], start: usize) -> Word {
    let end = start + line[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Word { end, joined: false }
}
