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
        let points = item.points.min(walk.item_cap) - prose;
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
