//! The two-state walk: every item is genuine or junk, and a change of mind costs something.
//!
//! So a list that is glued to a genuine title loses only the list, one odd word in an article costs nothing, and an
//! item that nobody knows is judged by its neighbours.

use crate::detect::foreign;
use crate::detect::items::{Boundary, Item, is_refrain};
use crate::grams::Model;
use crate::rules::policy::Walk;
use crate::view::{Counts, View};

/// The cheapest sequence of states: whether each item is junk.
pub(crate) fn junk(view: &View, items: &[Item], model: &Model, walk: &Walk) -> Vec<bool> {
    // Gain of the best path that ends in (genuine, junk); and where each came from.
    let mut gain = [0, -walk.switch_line];
    let mut from = Vec::with_capacity(items.len());
    let mut around = Around::of_line(view, items.first().map_or(0, |item| item.line));
    for (n, item) in items.iter().enumerate() {
        if item.line != around.line {
            around = Around::of_line(view, item.line);
        }
        let cost = switch(items, n, walk);
        let worth = worth(view, item, &around, is_whole_line(items, n), model, walk);
        let genuine = if gain[1] - cost > gain[0] { (gain[1] - cost, true) } else { (gain[0], false) };
        let junk = if gain[0] - cost > gain[1] { (gain[0] - cost, false) } else { (gain[1], true) };
        let junk = if n == 0 { (worth - cost, false) } else { (junk.0 + worth, junk.1) };
        gain = [genuine.0, junk.0];
        from.push([genuine.1, junk.1]);
    }
    let mut state = gain[1] - walk.switch_line > gain[0];
    let mut states = vec![false; items.len()];
    for n in (0..items.len()).rev() {
        states[n] = state;
        state = from[n][usize::from(state)];
    }
    states
}

/// A list whose pieces are mostly junk is junk: the few among them that nobody knows belong to it, the first and the
/// last included. What a title glued to its ends has of it stays.
pub(crate) fn complete_lists(view: &View, items: &[Item], states: &mut [bool], model: &Model, walk: &Walk) {
    let mut first = 0;
    for line in items.chunk_by(|one, next| one.line == next.line) {
        let range = first..first + line.len();
        first = range.end;
        // Piece by piece: the items between two separators.
        let mut pieces: Vec<std::ops::Range<usize>> = Vec::new();
        for (n, item) in line.iter().enumerate() {
            match pieces.last_mut() {
                Some(piece) if item.boundary == Boundary::Edge => piece.end = n + 1,
                _ => pieces.push(n..n + 1),
            }
        }
        let mut at = 0;
        while at < pieces.len() {
            let joined = |piece: &std::ops::Range<usize>| line[piece.start].boundary;
            let run = match pieces.get(at + 1).map(joined) {
                Some(separator @ Boundary::Separator(_)) => {
                    1 + pieces[at + 1..].iter().take_while(|piece| joined(piece) == separator).count()
                }
                _ => 1,
            };
            if run >= walk.list_pieces {
                let here = &mut states[range.clone()];
                complete(line, &pieces[at..at + run], here, walk, |item| {
                    model.score_folded(item.span.of(view.text())) >= walk.list_end
                });
            }
            at += run.max(2) - 1;
        }
    }
}

fn complete(
    line: &[Item],
    pieces: &[std::ops::Range<usize>],
    states: &mut [bool],
    walk: &Walk,
    fits: impl Fn(&Item) -> bool,
) {
    let letters = |piece: &std::ops::Range<usize>| line[piece.clone()].iter().map(|item| item.letters).sum::<u32>();
    let before: Vec<bool> = states.to_vec();
    let junk = |n: usize| if before[n] { line[n].letters } else { 0 };
    let all: u32 = pieces.iter().map(letters).sum();
    let known: u32 = pieces.iter().flat_map(|piece| piece.clone()).map(junk).sum();
    if known * 100 < all * walk.list_share {
        return;
    }
    let last = pieces.len() - 1;
    for (n, piece) in pieces.iter().enumerate() {
        let prose =
            line[piece.clone()].iter().any(|item| item.ends_sentence || item.function_words > walk.free_function_words);
        // A piece at an end with a part of junk and a longer part of another kind is where something else is glued on;
        // so is one that is much longer than the others.
        let known: u32 = piece.clone().map(junk).sum();
        let usual = if known > 0 { known } else { (all - letters(piece)) / last as u32 };
        let at_end = n == 0 || n == last;
        let glued = at_end && (letters(piece) > 2 * usual || known == 0 && !line[piece.clone()].iter().all(&fits));
        if !prose && !glued {
            states[piece.clone()].fill(true);
        }
    }
}

/// A few short lines that nobody knows, within a run of short lines that are mostly junk, are junk as well. Between
/// blank lines only: a heading is no item.
pub(crate) fn complete_lines(items: &[Item], states: &mut [bool], walk: &Walk) {
    let is_break = |item: &Item| item.boundary == Boundary::BlankLine;
    let mut first = 0;
    for run in items.chunk_by(|_, next| !is_break(next)) {
        let range = first..first + run.len();
        first = range.end;
        let states = &mut states[range];
        let (Some(from), Some(to)) = (states.iter().position(|junk| *junk), states.iter().rposition(|junk| *junk))
        else {
            continue;
        };
        let all: u32 = run[from..=to].iter().map(|item| item.letters).sum();
        let known: u32 = (from..=to).map(|n| if states[n] { run[n].letters } else { 0 }).sum();
        let lines = 1 + run[from..=to].windows(2).filter(|pair| pair[0].line != pair[1].line).count();
        let prose =
            run[from..=to].iter().any(|item| item.ends_sentence || item.function_words > walk.free_function_words);
        if lines >= walk.list_pieces && !prose && known * 100 >= all * walk.lines_share {
            states[from..=to].fill(true);
        }
    }
}

/// What a line is to its page.
struct Around {
    line: usize,
    foreign: bool,
    /// Whether the page is in Traditional Chinese.
    traditional: bool,
}

impl Around {
    fn of_line(view: &View, line: usize) -> Around {
        let counts = &view.lines()[line].counts;
        let page = view.total().without(counts);
        let traditional = page.traditional > 0 && page.traditional > 4 * page.simplified;
        Around { line, foreign: foreign(counts, &page).is_some(), traditional }
    }
}

/// What it costs to change state before item `n`.
fn switch(items: &[Item], n: usize, walk: &Walk) -> i32 {
    match items[n].boundary {
        Boundary::Line => walk.switch_line,
        Boundary::BlankLine => walk.switch_blank_line,
        Boundary::Sentence => walk.switch_sentence,
        Boundary::Edge => walk.switch_edge,
        Boundary::Separator(' ') => walk.switch_blank,
        Boundary::Separator(separator) => {
            // A separator that joins more than these two holds a list together.
            let line = items[n].line;
            let joins = |item: &&Item| item.line == line && item.boundary == Boundary::Separator(separator);
            let before = items[..n].iter().rev().take_while(|item| item.line == line).any(|item| joins(&item));
            let after = items[n + 1..].iter().take_while(|item| item.line == line).any(|item| joins(&item));
            if before || after { walk.switch_separator } else { walk.switch_other_separator }
        }
    }
}

/// Whether an item has a line to itself: then it has no neighbours that vouch for it.
fn is_whole_line(items: &[Item], n: usize) -> bool {
    let other = |m: Option<usize>| m.and_then(|m| items.get(m)).is_none_or(|item| item.line != items[n].line);
    other(n.checked_sub(1)) && other(n.checked_add(1))
}

/// How much speaks for junk in one item, looked at alone.
fn worth(view: &View, item: &Item, around: &Around, alone: bool, model: &Model, walk: &Walk) -> i32 {
    let contrast = if around.foreign {
        walk.other_script
    } else if around.traditional && is_at_home(&view.counts(item.span)) {
        -walk.own_script
    } else {
        0
    };
    let sentence = if item.ends_sentence { walk.sentence } else { 0 };
    let prose = sentence + walk.function_word * item.function_words.saturating_sub(walk.free_function_words) as i32;
    if is_refrain(item.refrains, item.letters) && !item.ends_sentence {
        return (walk.refrain * item.refrains as i32).max(item.points).min(walk.item_cap) + contrast;
    }
    if item.telling || item.covered * 100 >= item.letters * walk.weak_cover {
        let likelihood = model.score_folded(item.span.of(view.text())).clamp(-walk.grams_cap, walk.grams_cap);
        let points = item.points.min(walk.item_cap) - prose + likelihood * walk.telling_grams_percent / 100;
        return match (item.telling, alone) {
            (true, _) => points + contrast.max(0),
            (false, false) => points + contrast - walk.weak,
            (false, true) => points + contrast - walk.weak_line,
        };
    }
    // A menu or a title does not say a thing twice in one line; the list that it stands in decides.
    if item.repeated {
        return contrast - walk.weak;
    }
    let unknown = item.letters - item.covered.min(item.letters);
    let dense = item.dense.min(unknown) as i32;
    let spaced = unknown as i32 - dense;
    let length = walk.per_dense_letter * dense + walk.per_four_letters * spaced / 4;
    let likelihood = model.score_folded(item.span.of(view.text())).clamp(-walk.grams_cap, walk.grams_cap);
    contrast - (walk.unknown + length + prose).min(walk.unknown_cap) + likelihood * walk.grams_percent / 100
}

/// Traditional characters on a Traditional page: nobody injected these.
fn is_at_home(stretch: &Counts) -> bool {
    stretch.traditional > 0 && stretch.simplified == 0
}
