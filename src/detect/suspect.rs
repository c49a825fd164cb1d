//! Which lines deserve a close look. Everything else is genuine, and this must be cheap to say.

use super::items::{self, Separators};
use super::phrases::{Hit, Role};
use crate::document::Span;
use crate::rules::policy::Suspect;
use crate::view::{Class, Line, View};

/// Consecutive lines that are judged together: first and last, both inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// Lines with a telling phrase, lines that look like a list, long runs of short lines; and the few short lines between.
///
/// `speaks` says whether anything in a stretch, common words included, speaks for junk: a list without that is a menu.
/// `likely` says whether a whole line looks like junk without any known word.
pub(crate) fn blocks(
    view: &View,
    telling: &[Hit],
    policy: &Suspect,
    separators: &Separators,
    mut speaks: impl FnMut(Span) -> bool,
    likely: impl Fn(&Line) -> bool,
) -> Vec<Block> {
    let lines = view.lines();
    let mut suspect = vec![false; lines.len()];
    let mut refrains = vec![0; lines.len()];
    for hit in telling {
        let line = view.line_at(hit.span.start);
        refrains[line] += u32::from(hit.role == Role::Refrain);
        suspect[line] |= hit.role != Role::Refrain || refrains[line] >= policy.refrains;
    }
    for (number, line) in lines.iter().enumerate() {
        if !suspect[number] && is_list_line(view, number, policy, separators) {
            suspect[number] = speaks(line.view);
        }
        suspect[number] = suspect[number] || likely(line);
    }
    mark_line_lists(lines, policy, &mut suspect);

    let mut blocks: Vec<Block> = Vec::new();
    for number in (0..lines.len()).filter(|number| suspect[*number]) {
        match blocks.last_mut() {
            Some(block) if bridges(&lines[block.last + 1..number], policy) => block.last = number,
            _ => blocks.push(Block { first: number, last: number }),
        }
    }
    blocks
}

/// Whether the lines between two suspect ones are few and short: they belong to the same list, or they do not,
/// and then the walk will say so.
fn bridges(between: &[Line], policy: &Suspect) -> bool {
    between.iter().filter(|line| !line.is_blank()).count() <= policy.bridge_lines as usize
        && between.iter().all(|line| is_short(line, policy))
}

/// A first look at the counts alone: a list has many marks or blanks for its letters, and hardly a sentence.
fn may_be_list(line: &Line, policy: &Suspect) -> bool {
    let counts = &line.counts;
    let (stops, marks) = (counts.of(Class::Stop), counts.of(Class::Mark) + counts.of(Class::Blank));
    // A capital I, a letter, may join Chinese items.
    let joints = if counts.of(Class::Latin) > 0 { marks + counts.dense() / 8 } else { marks };
    joints + stops + 1 >= policy.list_items
        && stops * SENTENCE_SHARE <= marks + stops + 1
        && counts.letters() <= (joints + 1) * item_letters(line, policy)
}

/// Whether a line has the shape of a list.
pub(crate) fn is_list_line(view: &View, number: usize, policy: &Suspect, separators: &Separators) -> bool {
    may_be_list(&view.lines()[number], policy) && is_list(view, number, policy, separators)
}

/// Letters of a line that is not short, whatever its script, and of a word.
const SURELY_LONG: usize = 60;

/// Whether a line as it stands in the document is long and has too many sentence ends for a list: said without folding it,
/// and not said of every such line.
pub(crate) fn is_surely_prose(line: &str) -> bool {
    let (mut letters, mut marks, mut stops) = (0, 0, 0);
    let mut before = 0;
    for &byte in line.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | 0xE4..=0xE9 => letters += 1,
            b'!' | b'?' if before > b'@' => stops += 1,
            // Before a blank, behind a word.
            b' ' if before == b'.' => stops += 1,
            b'0'..=b'9' | b' ' | b'.' | 0x80..0xC0 => {}
            _ => marks += 1,
        }
        before = byte;
    }
    // 。 in a Chinese text ends a sentence wherever it stands.
    stops += memchr::memmem::find_iter(line.as_bytes(), "。".as_bytes()).count();
    letters > SURELY_LONG && stops * SENTENCE_SHARE as usize > marks + stops + 1
}

/// A list has at most one sentence end for so many pieces.
const SENTENCE_SHARE: u32 = 10;

fn is_list(view: &View, number: usize, policy: &Suspect, separators: &Separators) -> bool {
    let pieces = items::pieces(view, number, separators);
    let sentences = pieces.iter().filter(|piece| piece.ends_sentence).count();
    if pieces.len() < policy.list_items as usize || sentences * SENTENCE_SHARE as usize > pieces.len() {
        return false;
    }
    let short = pieces.iter().filter(|piece| piece.letters <= item_letters(&view.lines()[number], policy)).count();
    short * 4 >= pieces.len() * 3
}

/// How many letters an item of a list has at most: scripts without blanks say more with fewer.
fn item_letters(line: &Line, policy: &Suspect) -> u32 {
    if line.counts.dense() * 2 >= line.counts.letters() {
        policy.dense_item_letters
    } else {
        policy.spaced_item_letters
    }
}

pub(crate) fn is_short(line: &Line, policy: &Suspect) -> bool {
    line.counts.letters() <= item_letters(line, policy)
}

/// Runs of short lines without sentence ends.
fn mark_line_lists(lines: &[Line], policy: &Suspect, suspect: &mut [bool]) {
    let mut run: Vec<usize> = Vec::new();
    for number in 0..=lines.len() {
        match lines.get(number) {
            Some(line) if line.is_blank() => {}
            Some(line) if is_short(line, policy) && line.counts.of(Class::Stop) == 0 => run.push(number),
            _ => {
                if run.len() >= policy.list_lines as usize {
                    run.iter().for_each(|number| suspect[*number] = true);
                }
                run.clear();
            }
        }
    }
}
