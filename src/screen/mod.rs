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
mod characters;
mod gate;
mod hash;
pub(crate) mod masks;
mod pass;
pub(crate) mod set;
mod wide;
mod words;

use crate::document::Span;
use crate::view::View;
use anchors::Anchors;
use gate::Gate;
use masks::Level;
use pass::Pass;
use set::{Filter, Set};

/// The anchors of one pack, ready for use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen<'s> {
    words: Set<'s>,
    characters: Set<'s>,
    suffixes: Set<'s>,
    trade: Set<'s>,
    ends: Filter<'s>,
    /// See [`Anchors::doubled`].
    doubled: u32,
    /// Common long words.
    long_words: Filter<'static>,
    literals: &'s [String],
    everywhere: bool,
    /// A phrase reaches no further than so many bytes from the end of its anchor.
    around: usize,
    /// So many words that tell by their number make a line suspect.
    refrains: u32,
}

/// A letter takes at most so many bytes for one that it reads as.
const UNFOLDED: usize = 3;
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

impl<'s> Screen<'s> {
    /// `longest` is the length of the longest phrase, in bytes.
    pub(crate) fn new(anchors: &'s Anchors, arrays: &'s [u32], longest: usize, refrains: u32) -> Option<Screen<'s>> {
        let set = |part: &set::Part| Set::new(arrays.get(part.slots.clone())?, arrays.get(part.seen.clone())?);
        Some(Screen {
            words: set(&anchors.words)?,
            characters: set(&anchors.characters)?,
            suffixes: set(&anchors.suffixes)?,
            doubled: anchors.doubled,
            trade: set(&anchors.trade)?,
            ends: Filter::new(arrays.get(anchors.ends.clone())?)?,
            long_words: background::long_words()?,
            literals: &anchors.literals,
            everywhere: anchors.everywhere,
            around: longest * UNFOLDED,
            refrains,
        })
    }

    /// The lines of a text that deserve a look. `tells` says whether a telling phrase stands in a stretch, which may begin
    /// and end inside a word, before a place in it.
    pub(crate) fn lines<'p>(
        &'p self,
        text: &'p str,
        tells: &'p dyn Fn(&str, usize) -> bool,
        level: Level,
    ) -> Lines<'p> {
        let mut lines = Lines {
            gate: Gate::new(self, text, level),
            stop: usize::MAX,
            pass: Pass::new(self, text, &[], tells),
            literals: self.literals.iter().map(|literal| next_literal(literal, text, 0)).collect(),
        };
        lines.go_on(0);
        lines
    }
}

/// Where a literal that is no word stands next.
fn next_literal(literal: &str, text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let (signs, before) = signs(literal);
    let fits = |at: &usize| {
        let start = at.checked_sub(before);
        let here = start.and_then(|start| rest.get(start..start + literal.len()));
        here.is_some_and(|here| here.eq_ignore_ascii_case(literal.as_bytes()))
    };
    memchr::memmem::find_iter(rest, signs.as_bytes()).find(fits).map_or(usize::MAX, |at| from + at)
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
    gate: Gate<'p>,
    /// Where the gate stops.
    stop: usize,
    pass: Pass<'p, false>,
    /// Where each literal stands next.
    literals: Vec<usize>,
}

impl Lines<'_> {
    /// Looks for the next line from the start of one on.
    fn go_on(&mut self, at: usize) {
        self.stop = if self.pass.screen.everywhere {
            at
        } else {
            self.gate.go_on(at);
            self.gate.stop().unwrap_or(usize::MAX)
        };
    }
}

impl Lines<'_> {
    /// Reads the line that begins at a place, folded if it must be.
    fn read(&mut self, start: usize) -> (Span, Seen) {
        self.pass.at = start;
        let seen = self.pass.line();
        let line = Span::new(start, self.pass.at);
        let seen = seen.unwrap_or_else(|| {
            let view = View::new(line.of(self.pass.text));
            let joints = view.joints(Span::new(0, view.text().len()));
            Pass::<true>::new(self.pass.screen, view.text(), &joints, self.pass.tells).line().unwrap_or_default()
        });
        (line, seen)
    }

    /// The same lines, found without the gate, except those that hold a literal.
    #[cfg(test)]
    pub(crate) fn plainly(mut self) -> Vec<(Span, Seen)> {
        let mut lines = Vec::new();
        let mut start = 0;
        while start < self.pass.text.len() {
            let (line, seen) = self.read(start);
            if seen.deserves_a_look() {
                lines.push((line, seen));
            }
            start = line.end + 1;
        }
        lines
    }
}

impl Iterator for Lines<'_> {
    type Item = (Span, Seen);

    fn next(&mut self) -> Option<(Span, Seen)> {
        let (screen, text) = (self.pass.screen, self.pass.text);
        loop {
            let literal = self.literals.iter().copied().min().unwrap_or(usize::MAX);
            let place = self.stop.min(literal);
            if place >= text.len() {
                return None;
            }
            let start = memchr::memrchr(b'\n', &text.as_bytes()[..place]).map_or(0, |at| at + 1);
            let (line, mut seen) = self.read(start);
            if self.stop <= line.end {
                self.go_on(line.end + 1);
            }
            if literal < line.end {
                seen.respelled = true;
                for (next, literal) in
                    self.literals.iter_mut().zip(screen.literals).filter(|(next, _)| **next < line.end)
                {
                    *next = next_literal(literal, text, line.end + 1);
                }
            }
            seen.respelled |= screen.everywhere;
            if seen.deserves_a_look() {
                return Some((line, seen));
            }
        }
    }
}
