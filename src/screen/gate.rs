//! The gate: the first of two readings of a text. It passes over genuine text in few instructions, without a look at what kind
//! of line it stands in, and stops wherever the second one, `Pass`, might see something.
//!
//! It stops too often rather than too seldom: words follow each other across lines here, and what must be folded to be read
//! is left to `Pass`.

use super::Screen;
use super::characters::{BLANK, Characters};
use super::hash::{Ends, WORD, hash_on, hash_word};
use super::masks::{Lanes, Level, Masks, Work, dispatch};
use super::pass::{GLUED_WITHIN, Kind, SPACED, goes_on, kind};
use super::set::{ANCHOR, BEGINS, COUNTS, WHOLE};
use super::wide::{Folded, Known, Wide, three};
use super::words::LONG_WORD;
use crate::view::Class;

/// So many ASCII characters behind one of a script without word edges go into windows with it.
const BESIDE: usize = 3;

pub(super) struct Gate<'g> {
    screen: &'g Screen<'g>,
    level: Level,
    text: &'g str,
    line: &'g [u8],
    at: usize,
    /// Hashes of the words just read: of the last, of its last part, and of the last two if an anchor may go on behind them.
    one: u64,
    part: u64,
    two: u64,
    /// Words that tell by their number: how many of a line, and where the last one stands.
    refrains: u32,
    refrain: usize,
    characters: Characters,
    /// Where the window of characters ends.
    window_end: usize,
}

/// Letters and figures that go on for so many bytes are read once, by `Pass`: here they would be read in every block.
const MOST_MIXED: usize = 256;
/// Bytes before and behind a single letter in which others are looked for.
const AROUND: usize = 64;

/// The gate stops here.
type Stop = Option<usize>;

impl<'g> Gate<'g> {
    pub(super) fn new(screen: &'g Screen, text: &'g str, level: Level) -> Self {
        Gate {
            screen,
            level,
            text,
            line: text.as_bytes(),
            at: 0,
            one: 0,
            part: 0,
            two: 0,
            refrains: 0,
            refrain: 0,
            characters: Characters::default(),
            window_end: usize::MAX,
        }
    }

    /// Somewhere in the next line that deserves another reading.
    pub(super) fn stop(&mut self) -> Stop {
        dispatch(self.level, Scan(self))
    }

    /// Goes on at the start of a line.
    pub(super) fn go_on(&mut self, at: usize) {
        (self.one, self.part, self.two) = (0, 0, 0);
        self.window_end = usize::MAX;
        self.at = at;
    }

    #[inline(always)]
    fn scan<L: Lanes>(&mut self, lanes: L) -> Stop {
        while self.at < self.line.len() {
            let masks = match self.line[self.at..].first_chunk::<64>() {
                Some(block) => lanes.masks(block),
                None => lanes.masks(&last_block(&self.line[self.at..])),
            };
            let stop = self.block(masks);
            if stop.is_some() {
                return stop;
            }
        }
        None
    }

    /// Reads the words of a block up to the first character beyond ASCII, and what that begins.
    #[inline(always)]
    fn block(&mut self, masks: Masks) -> Stop {
        let at = self.at;
        let mut limit = masks.wide.trailing_zeros();
        let mut inside = below(limit);
        let solid = (masks.letters | masks.figures) & inside;
        let is_open = limit > 0 && solid >> (limit - 1) & 1 != 0;
        let foreign = limit < 64;
        if is_open {
            // The last word goes on behind the block, or does so beyond ASCII: it is read from its start.
            let kind = if masks.letters >> (limit - 1) & 1 != 0 { masks.letters } else { masks.figures };
            let length = (kind << (64 - limit)).leading_ones();
            if length == 64 {
                return self.endless(at);
            }
            limit -= length;
            inside = below(limit);
        }
        self.at = at + limit as usize;
        let (letters, figures) = (masks.letters & inside, masks.figures & inside);
        let mut starts = letters & !(letters << 1) | figures & !(figures << 1);
        let mut ends = letters & !(letters >> 1) | figures & !(figures >> 1);
        let small = letters & !masks.capitals;
        let joints = masks.capitals & small << 1 & inside;
        // Behind what stands before the block.
        let before = if at > 0 { self.line[at - 1] } else { b'\n' };
        let behind = |mask: u64, first: bool| mask << 1 | u64::from(first);
        let behind_letter = behind(masks.letters, before.is_ascii_alphabetic());
        let behind_figure = behind(masks.figures, before.is_ascii_digit());
        let behind_sign = behind(masks.signs | masks.calls, matches!(before, b'@' | b'$' | b'!'));
        let open = below(limit + u32::from(limit < 64));
        let mixed = (masks.letters & (behind_figure | behind_sign)
            | masks.figures & (behind_letter | behind_sign)
            | masks.signs & (behind_letter | behind_figure))
            & open;
        // Single letters set apart: behind two of them in a row there may be more.
        let single = letters & !behind_letter & !(masks.letters >> 1);
        let spaced = single & single >> 2;
        // Words before it may stand in an earlier line.
        let mut stop = None;
        if spaced | mixed != 0 {
            stop = self.mixed(mixed, at);
            let spaced_at = at + spaced.trailing_zeros() as usize;
            if spaced != 0 && stop.is_none_or(|stop| spaced_at < stop) && self.is_spaced(spaced_at) {
                stop = Some(spaced_at);
            }
        }
        while starts != 0 {
            let (start, end) = (at + starts.trailing_zeros() as usize, at + ends.trailing_zeros() as usize + 1);
            let joint = joints & (ends ^ (ends - 1));
            starts &= starts - 1;
            ends &= ends - 1;
            let word = Ends::of_ascii(self.line, start, end);
            // Joints of words before this one are no longer among the ends.
            let is_joined = joint >> (start - at) != 0;
            if self.word(word, is_joined) && self.looks(&self.line[start..end], is_joined, start, end) {
                return Some(stop.map_or(start, |stop| stop.min(start)));
            }
        }
        if stop.is_some() || !foreign { stop } else { self.wide() }
    }

    /// Reads a word; gives whether [`Gate::looks`] must read it instead.
    #[inline(always)]
    fn word(&mut self, word: Ends, is_joined: bool) -> bool {
        let hash = word.hash();
        let one = hash_on(WORD, hash);
        let two = hash_on(self.one, hash);
        let known = self.screen.words.seen.has(one) | self.screen.words.seen.has(two);
        let more = (self.part | self.two != 0) | is_joined;
        if known | more | self.screen.may_have_ending(word) {
            return true;
        }
        if word.length >= LONG_WORD && self.screen.may_have_part(word) {
            return true;
        }
        self.one = one;
        false
    }

    /// What [`Gate::word`] was not sure of, for a word that may be folded.
    #[cold]
    #[inline(never)]
    fn looks(&mut self, word: &[u8], is_joined: bool, start: usize, end: usize) -> bool {
        let words = &self.screen.words;
        let (before, part, before_two) = (self.one, self.part, self.two);
        let hash = hash_word(word);
        let on = |before: u64| if before == 0 { 0 } else { words.get(hash_on(before, hash)) };
        let one = hash_on(WORD, hash);
        let pairs = [before, part].map(|before| (hash_on(before, hash), on(before)));
        let mut flags = words.get(one) | (pairs[0].1 | pairs[1].1 | on(before_two)) & ANCHOR;
        let two = pairs.iter().rfind(|(_, flags)| flags & BEGINS != 0).map_or(0, |(hash, _)| *hash);
        let is_letters = !word[0].is_ascii_digit();
        let suspicious =
            is_letters && (self.screen.has_ending(word) || self.is_early(start) && self.screen.is_glued(word));
        (self.one, self.part, self.two) = (one, 0, two);
        if is_joined {
            let joint = |at: &usize| word[*at].is_ascii_uppercase() && word[at - 1].is_ascii_lowercase();
            let known;
            (known, self.part) = self.screen.parts(word, (1..word.len()).filter(joint), [before, part, before_two]);
            flags |= known;
        }
        suspicious || self.heeds(flags, start, end)
    }

    /// Whether a word stands at the beginning of its line.
    fn is_early(&self, start: usize) -> bool {
        start < GLUED_WITHIN || memchr::memrchr(b'\n', &self.line[start - GLUED_WITHIN..start]).is_some()
    }

    /// Whether what the flags say is enough to stop.
    fn heeds(&mut self, flags: u32, start: usize, end: usize) -> bool {
        if flags & COUNTS != 0 {
            let between = self.line.get(self.refrain..start).filter(|_| self.refrains > 0);
            let same = between.is_some_and(|between| memchr::memchr(b'\n', between).is_none());
            self.refrains = if same { self.refrains + 1 } else { 1 };
            self.refrain = end;
        }
        flags & WHOLE != 0 || flags & COUNTS != 0 && self.refrains >= self.screen.refrains
    }

    /// Whether many single letters stand around a place, each set apart by a single sign or blank.
    #[cold]
    #[inline(never)]
    fn is_spaced(&self, at: usize) -> bool {
        let border = |at: usize| (0..4).map(|more| at.saturating_sub(more)).find(|at| self.text.is_char_boundary(*at));
        let from = border(at.saturating_sub(AROUND)).unwrap_or(0);
        let to = border((at + AROUND).min(self.text.len())).unwrap_or(at);
        let (mut singles, mut end) = (0, usize::MAX);
        let mut chars = self.text[from..to].char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let is_letter = |c: char| Class::of(c).has_word_edges();
            if !is_letter(c) {
                continue;
            }
            let mut letters = 1;
            let mut last = start + c.len_utf8();
            while let Some((next, c)) = chars.next_if(|(_, c)| is_letter(*c)) {
                letters += 1;
                last = next + c.len_utf8();
            }
            if letters == 1 {
                singles = if end != usize::MAX && start <= end + 1 { singles + 1 } else { 1 };
                end = last;
                if singles >= SPACED {
                    return true;
                }
            }
        }
        false
    }

    /// Letters, figures and signs that touch each other.
    #[cold]
    #[inline(never)]
    fn mixed(&mut self, mut places: u64, at: usize) -> Stop {
        while places != 0 {
            let place = at + places.trailing_zeros() as usize;
            places &= places - 1;
            let part = |byte: &u8| matches!(kind(*byte), Kind::Letter | Kind::Digit | Kind::Sign);
            let before = self.line[..place].iter().rev().take(MOST_MIXED).take_while(|byte| part(byte)).count();
            let behind = self.line[place..].iter().take(MOST_MIXED).take_while(|byte| part(byte)).count();
            if before.max(behind) == MOST_MIXED {
                return Some(place);
            }
            let (start, end) = (place - before, place + behind);
            // Of signs before a word only the last belongs to it.
            let signs = self.line[start..end].iter().take_while(|byte| kind(**byte) == Kind::Sign).count();
            let run = &self.line[start + signs.saturating_sub(1)..end];
            let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && goes_on(c, Kind::Digit));
            if foreign(self.text[end..].chars().next()) || foreign(self.text[..start].chars().next_back()) {
                return Some(place);
            }
            let starts = |at: &usize| {
                matches!(kind(run[*at]), Kind::Letter | Kind::Digit)
                    && (*at == 0 || kind(run[*at]) != kind(run[at - 1]))
            };
            let turns = (0..run.len()).filter(starts).count() as u32 - u32::from(signs == 0);
            let found = self.screen.mixed(run, turns);
            if found.glued || found.respelled {
                return Some(place);
            }
            // The rest of the run was seen with it.
            let seen = (end - at).min(64) as u32;
            places &= !below(seen);
        }
        None
    }

    /// A word without end.
    #[cold]
    #[inline(never)]
    fn endless(&mut self, start: usize) -> Stop {
        let is_figure = self.line[start].is_ascii_digit();
        let same = |byte: &u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_figure;
        let end = start + self.line[start..].iter().take_while(|byte| same(byte)).count();
        if self.line.get(end).is_some_and(|byte| *byte >= 0x80) {
            return Some(start);
        }
        self.at = end;
        self.looks(&self.line[start..end], true, start, end).then_some(start)
    }

    /// Reads on from a character beyond ASCII, or from the ASCII word before one, to where ASCII begins again.
    // Apart from the reading of words, so that both find their registers free.
    #[inline(never)]
    fn wide(&mut self) -> Stop {
        if self.line[self.at].is_ascii() {
            let stop = self.bordering_word();
            if stop.is_some() {
                return stop;
            }
        }
        if self.window_end != self.at {
            self.characters = Characters::after(match self.at.checked_sub(1).map(|at| self.line[at]) {
                Some(byte) if byte.is_ascii_alphanumeric() => u32::from(byte.to_ascii_lowercase()),
                Some(byte) if kind(byte) == Kind::Blank => BLANK,
                _ => 0,
            });
        }
        loop {
            self.inner();
            if self.line.get(self.at).is_none_or(|byte| *byte < 0x80) {
                break;
            }
            let (wide, length) = Wide::read(self.text, self.at);
            match wide.known() {
                Known::Inner(code) => {
                    let flags = self.characters.read(&self.screen.characters, code, true);
                    if flags != 0 && self.heeds(flags, self.at, self.at + length) {
                        return Some(self.at);
                    }
                    self.at += length;
                }
                Known::Mark => {
                    self.characters = Characters::default();
                    self.at += length;
                }
                Known::Blank => {
                    if self.characters.last != BLANK && self.beside(BLANK) {
                        return Some(self.at);
                    }
                    self.at += length;
                }
                Known::Letter => {
                    self.window_end = self.at;
                    let stop = self.foreign_word();
                    if stop.is_some() {
                        return stop;
                    }
                }
                Known::Odd => return Some(self.at),
            }
        }
        if self.characters.is_open() { self.beyond() } else { None }
    }

    /// Reads letters of scripts without word edges, and marks, up to where an anchor may end.
    #[inline(never)]
    fn inner(&mut self) {
        let (mut at, mut characters, filter) = (self.at, self.characters, self.screen.characters.seen);
        while let Some(&[first @ 0xE0..=0xEF, second, third]) = self.line.get(at..).and_then(|rest| rest.first_chunk())
        {
            let Some(code) = Wide::at(three(first, second, third)).inner() else { break };
            if !characters.pass(filter, code) {
                break;
            }
            at += 3;
        }
        (self.at, self.characters) = (at, characters);
    }

    /// Reads what stands behind characters of scripts without word edges: a window may end there.
    fn beyond(&mut self) -> Stop {
        let mut left = BESIDE;
        self.window_end = self.at;
        while self.characters.is_open() && left > 0 {
            let Some(&byte) = self.line.get(self.window_end) else { break };
            let code = match byte {
                _ if kind(byte) == Kind::Blank => BLANK,
                _ if byte.is_ascii_alphanumeric() => u32::from(byte.to_ascii_lowercase()),
                _ => break,
            };
            if code != BLANK || self.characters.last != BLANK {
                if self.beside(code) {
                    return Some(self.at);
                }
                left -= 1;
            }
            self.window_end += 1;
        }
        None
    }

    /// A character beside those of a script without word edges; gives whether the gate stops.
    fn beside(&mut self, code: u32) -> bool {
        let flags = self.characters.read(&self.screen.characters, code, false);
        flags != 0 && self.heeds(flags, self.at, self.at)
    }

    /// Reads an ASCII word before a character beyond ASCII.
    #[inline(always)]
    fn bordering_word(&mut self) -> Stop {
        let start = self.at;
        let end = start + self.line[start..].iter().take_while(|byte| byte.is_ascii()).count();
        if matches!(Wide::read(self.text, end).0.known(), Known::Letter | Known::Odd) {
            // Figures and letters make one run.
            return if self.line[start].is_ascii_digit() { Some(start) } else { self.foreign_word() };
        }
        self.at = end;
        let text = &self.line[start..end];
        let is_joined = text.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
        let word = Ends::of(self.line, start, end);
        (self.word(word, is_joined) && self.looks(text, is_joined, start, end)).then_some(start)
    }

    /// Reads a word with letters beyond ASCII.
    #[inline(never)]
    fn foreign_word(&mut self) -> Stop {
        let start = self.at;
        let Some(folded) = Folded::word(self.text, start) else { return Some(start) };
        let (at, text, length) = (folded.end, folded.text(), folded.text().len());
        // Beside figures or signs it is part of more.
        let touches = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(kind(*byte), Kind::Digit | Kind::Sign));
        if touches(self.line.get(at)) || start > 0 && touches(self.line.get(start - 1)) {
            return Some(start);
        }
        self.at = at;
        if length == 1 && self.is_spaced(start) {
            return Some(start);
        }
        if self.word(Ends::of(text, 0, length), false) && self.looks(text, false, start, at) {
            return Some(start);
        }
        // What an open window did not see of it yet.
        let from = self.window_end.wrapping_sub(start);
        if self.characters.is_open() && from < length.min(BESIDE) {
            for &byte in &text[from..length.min(BESIDE + 1)] {
                if self.beside(u32::from(byte)) {
                    return Some(start);
                }
            }
        }
        if from >= length || length > BESIDE || !self.characters.is_open() {
            let last = text[length - 1];
            self.characters = Characters::after(if last.is_ascii() { u32::from(last) } else { 0 });
        }
        self.window_end = at;
        None
    }
}

/// What scans a text, for [`dispatch`].
struct Scan<'s, 'g>(&'s mut Gate<'g>);

impl Work for Scan<'_, '_> {
    type Output = Stop;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Stop {
        self.0.scan(lanes)
    }
}

/// The lowest bits, so many.
#[inline(always)]
fn below(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

#[cold]
fn last_block(rest: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    block
}
