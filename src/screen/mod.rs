//! The screen: which lines of a text can hold junk at all.
//!
//! Nearly all text is genuine, and to say so must cost next to nothing. So every telling phrase is stood for by an *anchor*, a
//! stretch of it that is rare in genuine text (`anchors.rs`); a line without any anchor, and without the traces of words
//! that were glued together or respelled, is passed over as it stands, neither folded nor copied. A text without any other
//! line is clean: what the model of character sequences or lists of common words could say of it does not come to a
//! segment unless an anchor stands beside it. `tests/screen.rs` holds this against the proving set.
//!
//! The screen may let a genuine line through, which costs a look; it must not hold back a line of junk.

pub(crate) mod anchors;
mod background;
pub(crate) mod set;

use crate::detect::respelled;
use crate::document::Span;
use crate::view::{Class, Han, Letter, Reading, View, letter, reading};
use anchors::{Anchors, PART, PARTS, SUFFIX};
use set::{
    BEGINS, CHARACTER, COUNTS, EACH, HIGH, KNOWN, SMALL, Set, WHOLE, WORD, eight, finish, hash_chunk, hash_on,
    hash_word, lower,
};

/// The anchors of one pack, ready for use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen<'s> {
    words: Set<'s>,
    characters: Set<'s>,
    suffixes: Set<'s>,
    trade: Set<'s>,
    han: Han,
    literals: &'s [String],
    everywhere: bool,
    /// A phrase reaches no further than so many bytes from the end of its anchor.
    around: usize,
    /// So many words that tell by their number make a line suspect.
    refrains: u32,
}

/// A word of so many bytes may be several, glued together, if it begins or ends with a word of the trade …
const LONG_WORD: usize = 8;
/// … within the first bytes of its line: what is longer is prose …
const GLUED_WITHIN: usize = 256;
/// … or if one that patterns look for stands anywhere in a word of so many.
const VERY_LONG_WORD: usize = 16;
/// What stands beside a word of the trade is no ending if it has so many bytes.
const LEAST_REST: usize = 3;
/// So may a word in which letters and figures take turns, if it has so many characters.
const LONG_MIXED: usize = 10;
/// Words of fewer letters have no ending that a pattern could look for.
const ENDING: usize = 6;
/// A letter takes at most so many bytes for one that it reads as.
const UNFOLDED: usize = 3;
/// So many single letters set apart may be a word.
const SPACED: u32 = 5;

/// What the screen saw in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// A telling phrase stands in it, or so many words that tell by their number.
    pub(crate) tells: bool,
    /// Anchors whose phrase does not stand there: what is sold is spoken of in other words, or nothing is sold.
    pub(crate) anchors: u32,
    /// Words seem to be glued together.
    pub(crate) glued: bool,
    /// Words may be respelled, or a pattern may match: only a close look can tell.
    pub(crate) respelled: bool,
}

impl Seen {
    fn deserves_a_look(self) -> bool {
        self.tells || self.anchors > 0 || self.glued || self.respelled
    }
}

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

impl<'s> Screen<'s> {
    /// `longest` is the length of the longest phrase, in bytes.
    pub(crate) fn new(anchors: &'s Anchors, arrays: &'s [u32], longest: usize, refrains: u32) -> Option<Screen<'s>> {
        let set = |part: &set::Part| Set::new(arrays.get(part.slots.clone())?, arrays.get(part.seen.clone())?);
        Some(Screen {
            words: set(&anchors.words)?,
            characters: set(&anchors.characters)?,
            suffixes: set(&anchors.suffixes)?,
            trade: set(&anchors.trade)?,
            han: Han::get(),
            literals: &anchors.literals,
            everywhere: anchors.everywhere,
            around: longest * UNFOLDED,
            refrains,
        })
    }

    /// The lines of a text that deserve a look. `tells` says whether a telling phrase stands in a stretch, which may begin
    /// and end inside a word, before a place in it.
    pub(crate) fn lines<'p>(&'p self, text: &'p str, tells: &'p dyn Fn(&str, usize) -> bool) -> Lines<'p> {
        Lines { pass: Pass::new(self, text, &[], tells), literal: self.next_literal(text, 0) }
    }

    /// Where the next of the literals stands that are no words.
    fn next_literal(&self, text: &str, from: usize) -> usize {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let next = |literal: &String| {
            let (signs, before) = signs(literal);
            let fits = |at: &usize| {
                let start = at.checked_sub(before);
                let here = start.and_then(|start| rest.get(start..start + literal.len()));
                here.is_some_and(|here| here.eq_ignore_ascii_case(literal.as_bytes()))
            };
            memchr::memmem::find_iter(rest, signs.as_bytes()).find(fits).map(|at| from + at)
        };
        self.literals.iter().filter_map(next).min().unwrap_or(usize::MAX)
    }
}

/// The longest run of signs in a literal, and how much stands before it: signs have no capitals, and most text has few.
fn signs(literal: &str) -> (&str, usize) {
    let is_sign = |c: char| !c.is_ascii_alphanumeric() && c != ' ';
    let runs = literal.split(|c| !is_sign(c));
    let longest = runs.max_by_key(|run| run.len()).filter(|run| !run.is_empty()).unwrap_or(literal);
    (longest, longest.as_ptr() as usize - literal.as_ptr() as usize)
}

/// The lines of a text that deserve a look: without their breaks, in bytes of the text.
pub(crate) struct Lines<'p> {
    pass: Pass<'p, false>,
    literal: usize,
}

impl Iterator for Lines<'_> {
    type Item = (Span, Seen);

    fn next(&mut self) -> Option<(Span, Seen)> {
        let (screen, text) = (self.pass.screen, self.pass.text);
        while self.pass.at < text.len() {
            let start = self.pass.at;
            let mut seen = self.pass.line().unwrap_or_else(|| {
                let line = self.pass.rest_of_line(start);
                let view = View::new(line);
                let joints = view.joints(Span::new(0, view.text().len()));
                Pass::<true>::new(screen, view.text(), &joints, self.pass.tells).line().unwrap_or_default()
            });
            let line = Span::new(start, self.pass.at);
            self.pass.at += 1;
            if self.literal < line.end {
                seen.respelled = true;
                self.literal = screen.next_literal(text, self.pass.at);
            }
            seen.respelled |= screen.everywhere;
            if seen.deserves_a_look() {
                return Some((line, seen));
            }
        }
        None
    }
}

/// What a character is to the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Mark,
    Break,
    Blank,
    Digit,
    Letter,
    Wide,
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
            _ => Kind::Mark,
        };
        byte += 1;
    }
    kinds
};

/// Whether a character beyond ASCII belongs to the word before it.
fn goes_on(c: char, kind: Kind) -> bool {
    match letter(c) {
        Letter::None => false,
        Letter::Odd => true,
        _ => kind == Kind::Letter,
    }
}

/// Bytes of the longest word that is folded by itself.
const MOST_FOLDED: usize = 64;

/// Of which words a character beyond ASCII is part.
fn kind_of(c: char) -> Option<Kind> {
    match Class::of(c) {
        Class::Digit => Some(Kind::Digit),
        class => class.has_word_edges().then_some(Kind::Letter),
    }
}

/// A text that is read line by line, as it stands or folded.
struct Pass<'p, const FOLDED: bool> {
    screen: &'p Screen<'p>,
    tells: &'p dyn Fn(&str, usize) -> bool,
    seen: Seen,
    text: &'p str,
    /// The same text.
    line: &'p [u8],
    /// What is read next, and where its line begins.
    at: usize,
    start: usize,
    joints: &'p [usize],
    /// Hashes of the words just read: of the last, of its last part, and of the last two if an anchor may go on behind them.
    /// 0 for none, as below: a hash is 0 once in more lines than there are.
    one: u64,
    part: u64,
    two: u64,
    /// The character just read, if an anchor may begin with it, marked with [`INNER`] if it is of a script without word edges.
    last: u32,
    /// Hashes of the last two characters, and of the last three if an anchor may go on behind them.
    pair: u64,
    three: u64,
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
    hash: u64,
    /// Whether a capital follows a small letter.
    joined: bool,
}

impl<'p, const FOLDED: bool> Pass<'p, FOLDED> {
    fn new(screen: &'p Screen, text: &'p str, joints: &'p [usize], tells: &'p dyn Fn(&str, usize) -> bool) -> Self {
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
            last: 0,
            pair: 0,
            three: 0,
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
    fn line(&mut self) -> Option<Seen> {
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
        (self.last, self.pair, self.three) = (0, 0, 0);
        (self.refrains, self.stretched) = (0, false);
        (self.singles, self.single_end) = (0, usize::MAX);
        (self.glued, self.turns, self.signs) = (Span::new(0, usize::MAX), 0, false);
        seen
    }

    /// The line that was read last, if it begins at `start`.
    fn rest_of_line(&self, start: usize) -> &'p str {
        &self.text[start..self.at]
    }

    fn read(&mut self) -> Goes {
        while let Some(&byte) = self.line.get(self.at) {
            let kind = KINDS[byte as usize];
            match kind {
                Kind::Letter | Kind::Digit => self.word(kind)?,
                Kind::Wide => self.wide()?,
                Kind::Blank => {
                    self.at += 1;
                    self.blank(self.at)?;
                }
                Kind::Break => break,
                Kind::Mark => {
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
                    word = Word { end, hash: hash_word(&self.line[start..end]), joined: false };
                }
            } else if next.is_some_and(|c| goes_on(c, kind)) {
                return self.foreign_word();
            }
        }
        self.at = word.end;
        self.read_word(start, word, &self.line[start..self.at], kind)
    }

    /// Reads a word with letters beyond ASCII, folding it letter by letter.
    fn foreign_word(&mut self) -> Goes {
        const ODD: Goes = Goes::Break(Stop::Odd);
        let start = self.at;
        let mut folded = [0; MOST_FOLDED];
        let (mut length, mut end) = (0, start);
        let (mut latin, mut alike, mut small) = (false, false, false);
        for c in self.text[start..].chars() {
            let mut put = |c: char| {
                let class = Class::of(c);
                (latin, alike) = (latin || class == Class::Latin, alike || class != Class::Latin);
                let fits = class.has_word_edges() && length + c.len_utf8() <= MOST_FOLDED;
                if fits {
                    length += c.encode_utf8(&mut folded[length..]).len();
                }
                fits
            };
            let fits = match letter(c) {
                Letter::None => break,
                Letter::One(to) => put(to),
                Letter::Several(to) => to.chars().all(&mut put),
                // Accents that stand by themselves may be many.
                Letter::Dropped | Letter::Odd => false,
            };
            // Words begin at capitals, too; which ones is known of the folded line.
            if !fits || small && c.is_uppercase() {
                return ODD;
            }
            small = c.is_lowercase();
            end += c.len_utf8();
        }
        if latin && alike {
            return ODD;
        }
        self.at = end;
        let word = Word { end, hash: hash_word(&folded[..length]), joined: false };
        self.read_word(start, word, &folded[..length], Kind::Letter)
    }

    #[inline]
    fn read_word(&mut self, start: usize, word: Word, text: &[u8], kind: Kind) -> Goes {
        let Word { end, hash, joined } = word;
        if self.glued.end == start {
            self.turns += 1;
        } else {
            self.end_glued();
            self.glued.start = start;
            (self.turns, self.signs) = (0, false);
        }
        self.glued.end = end;
        let length = text.len();
        let first = hash_on(WORD, hash);
        let mut flags = self.screen.words.get(finish(first));
        let mut part = 0;
        if kind == Kind::Letter {
            if length == 1 {
                let follows = self.single_end != usize::MAX && start <= self.single_end + 1;
                self.singles = if follows { self.singles + 1 } else { 1 };
                self.single_end = end;
                self.seen.respelled |= self.singles >= SPACED;
            } else if length >= ENDING {
                let doubled = text[length - 1] == text[length - 2];
                self.seen.respelled |= self.has_ending(text, SUFFIX) || doubled && self.has_ending(text, 2);
                self.seen.glued |= length >= LONG_WORD && start < self.start + GLUED_WITHIN && self.is_long(text);
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
            let more = self.screen.words.get(finish(hash));
            if more & BEGINS != 0 {
                two = hash;
            }
            flags |= more & WHOLE;
        };
        if self.one != 0 {
            second(self.one);
        }
        if self.part != 0 {
            second(self.part);
        }
        if self.two != 0 {
            flags |= self.screen.words.get(finish(hash_on(self.two, hash))) & WHOLE;
        }
        self.one = first;
        (self.part, self.two) = (part, two);
        // At the border to a script without word edges, characters count.
        if self.last & INNER != 0 || self.pair | self.three != 0 {
            for &byte in text.iter().take(anchors::MOST_CHARACTERS) {
                flags |= self.character(u32::from(byte.to_ascii_lowercase()), false);
            }
            // What was not read of a long word stands between.
            if length > anchors::MOST_CHARACTERS {
                (self.pair, self.three) = (0, 0);
            }
        }
        let last = text[length - 1];
        self.last = if last.is_ascii() { u32::from(last.to_ascii_lowercase()) } else { 0 };
        self.heed(flags, end)
    }

    /// Reads one character more of a script without word edges, or beside one; gives what stands ready there.
    #[inline]
    fn character(&mut self, code: u32, inner: bool) -> u32 {
        let mut flags = 0;
        let set = &self.screen.characters;
        let (mut pair, mut three) = (0, 0);
        if self.three != 0 {
            flags |= set.get(finish(hash_on(self.three, u64::from(code)))) & WHOLE;
        }
        if self.pair != 0 {
            let hash = hash_on(self.pair, u64::from(code));
            let more = set.get(finish(hash));
            flags |= more & WHOLE;
            three = if more & BEGINS != 0 { hash } else { 0 };
        }
        if self.last != 0 && (inner || self.last & INNER != 0) {
            let hash = hash_pair(self.last, code);
            let more = set.get(finish(hash));
            flags |= more & (WHOLE | COUNTS);
            pair = hash;
        }
        (self.pair, self.three) = (pair, three);
        self.last = code | if inner { INNER } else { 0 };
        flags
    }

    #[inline]
    fn blank(&mut self, end: usize) -> Goes {
        const BLANK: u32 = b' ' as u32;
        if self.last == BLANK {
            self.stretched = true;
            return ON;
        }
        if self.last & INNER != 0 || self.pair | self.three != 0 {
            let flags = self.character(BLANK, false);
            return self.heed(flags, end);
        }
        self.last = BLANK;
        ON
    }

    #[inline]
    fn mark(&mut self, at: usize) {
        (self.last, self.pair, self.three) = (0, 0, 0);
        let byte = self.line[at];
        if !matches!(byte, b'@' | b'$' | b'!') {
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
        while let Some(&byte) = self.line.get(self.at).filter(|byte| **byte >= 0x80) {
            if matches!(byte, 0xE4..=0xE9) {
                self.han()?;
                if self.line.get(self.at).is_none_or(|byte| *byte < 0x80) {
                    break;
                }
            }
            let Some(c) = self.text[self.at..].chars().next() else { break };
            let behind = self.at + c.len_utf8();
            match reading(c) {
                Reading::Inner => {
                    let flags = self.character(c as u32, true);
                    self.heed(flags, behind)?;
                }
                Reading::Blank => self.blank(behind)?,
                Reading::Mark => (self.last, self.pair, self.three) = (0, 0, 0),
                Reading::Other if FOLDED => {
                    let Some(kind) = kind_of(c) else { return Goes::Break(Stop::Odd) };
                    self.word(kind)?;
                    continue;
                }
                Reading::Other => {
                    self.foreign_word()?;
                    continue;
                }
            }
            self.at = behind;
        }
        ON
    }

    /// Reads a run of Chinese characters, of which nearly all Chinese text consists.
    #[inline]
    fn han(&mut self) -> Goes {
        let set = &self.screen.characters;
        let line = self.line;
        let mut at = self.at;
        let mut last = self.last;
        let (mut pair, mut three) = (self.pair, self.three);
        while let Some(&[first @ 0xE4..=0xE9, second, third]) = line[at..].first_chunk::<3>() {
            let code = u32::from(first & 0x0F) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            let Some(code) = self.screen.han.read(code) else { break };
            at += 3;
            let both = hash_pair(last, code);
            let stands_ready = last != 0 && set.may_have(finish(both))
                || pair != 0 && set.may_have(finish(hash_on(pair, u64::from(code))))
                || three != 0;
            if !stands_ready {
                pair = if last != 0 { both } else { 0 };
                last = code | INNER;
                continue;
            }
            (self.last, self.pair, self.three) = (last, pair, three);
            let flags = self.character(code, true);
            (last, pair, three) = (self.last, self.pair, self.three);
            self.at = at;
            self.heed(flags, at)?;
        }
        (self.at, self.last, self.pair, self.three) = (at, last, pair, three);
        ON
    }

    /// Whether a word ends as a pattern asks.
    #[inline]
    fn has_ending(&self, word: &[u8], letters: usize) -> bool {
        let from = word.len().saturating_sub(letters);
        self.screen.suffixes.get(finish(hash_end(word, from, word.len()))) != 0
    }

    /// Whether a long word begins or ends with one of the trade.
    #[inline]
    fn is_long(&self, word: &[u8]) -> bool {
        let ends = |from: usize| self.screen.trade.get(finish(hash_end(word, from, from + PART))) & BEGINS != 0;
        (ends(0) || ends(word.len() - PART)) && self.has_part(word)
            || word.len() >= VERY_LONG_WORD && word.is_ascii() && self.holds_an_ending(word)
    }

    #[cold]
    fn has_part(&self, word: &[u8]) -> bool {
        let flags = |part: &[u8]| self.screen.trade.get(finish(hash_word(part)));
        // What stands beside it must be a word, too: else it is an ending.
        let known = |part: &[u8]| {
            flags(part) & WHOLE != 0 || self.screen.trade.get(finish(hash_on(WORD, hash_word(part)))) & KNOWN != 0
        };
        let glued = |part: &[u8], rest: &[u8]| match flags(part) {
            flags if flags & COUNTS != 0 => true,
            flags => flags & WHOLE != 0 && rest.len() >= LEAST_REST && known(rest),
        };
        PARTS.filter(|length| *length < word.len()).any(|length| {
            let (first, behind) = word.split_at(length);
            let (before, last) = word.split_at(word.len() - length);
            glued(first, behind) || glued(last, before)
        })
    }

    #[cold]
    fn holds_an_ending(&self, word: &[u8]) -> bool {
        let ending = |part: &[u8]| self.screen.suffixes.get(finish(hash_word(part))) != 0;
        (2..=SUFFIX).any(|length| word.windows(length).any(ending))
    }

    /// Reads a word with capitals inside: what its parts are known for, and the hash of the last part if an anchor may go on
    /// behind it, else 0.
    #[cold]
    fn joined(&self, start: usize, end: usize) -> (u32, u64) {
        let word = &self.line[start..end];
        let joint = |at: &usize| {
            if FOLDED {
                self.joints.binary_search(&(start + at)).is_ok()
            } else {
                word[*at].is_ascii_uppercase() && word[at - 1].is_ascii_lowercase()
            }
        };
        let words = &self.screen.words;
        let (mut from, mut known, mut last) = (0, 0, 0);
        for to in (1..word.len()).filter(joint).chain([word.len()]) {
            let hash = hash_word(&word[from..to]);
            let flags = words.get(finish(hash_on(WORD, hash)));
            let on = |before: u64| if from == 0 && before != 0 { words.get(finish(hash_on(before, hash))) } else { 0 };
            let behind = on(self.one) | on(self.part) | on(self.two);
            known |= (flags | behind) & WHOLE;
            last = hash_on(WORD, hash);
            from = to;
        }
        (known, last)
    }

    /// Letters and figures without a gap end: they may be several words, or another reading of one.
    #[inline]
    fn end_glued(&mut self) {
        if self.turns > 0 || self.signs {
            self.seen.respelled |= self.holds_another_reading();
        }
    }

    #[cold]
    fn holds_another_reading(&mut self) -> bool {
        let word = &self.line[self.glued.start..self.glued.end.min(self.line.len())];
        self.seen.glued |= word.len() >= LONG_MIXED && self.turns >= 2;
        let endings = (1..word.len()).filter(|at| word[*at].is_ascii_digit() && word[at - 1].is_ascii_alphabetic());
        let mut ends = endings.map(|at| self.glued.start + at);
        if ends.any(|end| (2..=SUFFIX).any(|letters| self.has_ending(&self.line[self.glued.start..end], letters))) {
            return true;
        }
        // Only ASCII is respelled; other letters may stand beside it.
        let mut readings = word.split(|byte| !byte.is_ascii()).flat_map(respelled::readings);
        readings.any(|reading| {
            let known = |word: &[u8]| {
                let hash = finish(hash_on(WORD, hash_word(word)));
                self.screen.words.get(hash) != 0 || self.screen.trade.get(hash) & KNOWN != 0
            };
            std::str::from_utf8(&reading).is_ok_and(|reading| anchors::words(reading).into_iter().any(known))
        })
    }
}

/// Marks a character of a script without word edges.
const INNER: u32 = 1 << 31;

#[inline]
fn hash_pair(last: u32, code: u32) -> u64 {
    hash_on(hash_on(CHARACTER, u64::from(last & !INNER)), u64::from(code))
}

/// The hash of a few letters at the end of a word.
#[inline]
fn hash_end(line: &[u8], from: usize, end: usize) -> u64 {
    let mask = (1u64 << ((end - from) * 8)).wrapping_sub(1);
    hash_chunk(WORD, lower(eight(line, from)) & mask)
}

/// Reads ASCII letters from `start` on, eight at a time.
#[inline]
fn letters(line: &[u8], start: usize) -> Word {
    let (mut hash, mut end, mut joined) = (WORD, start, false);
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
        if length > 0 || end == start {
            hash = hash_chunk(hash, small & inside);
        }
        if length < 8 {
            return Word { end, hash, joined };
        }
    }
}

/// Reads figures from `start` on.
#[inline]
fn figures(line: &[u8], start: usize) -> Word {
    let end = start + line[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Word { end, hash: hash_word(&line[start..end]), joined: false }
}
