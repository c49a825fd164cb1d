//! What character sequences say, whatever the words.

use super::Scene;
use super::items::Item;
use crate::grams::Model;
use crate::view::View;

/// A letter of a script without blanks says as much as so many of others.
const DENSE_LETTER: u32 = 3;
/// Fewer letters than this prove less: one odd word is no junk.
const FULL_LETTERS: u32 = 18;

/// Past so many bytes there are more characters than a model reads.
const MOST_BYTES: usize = 1600;

/// The likelihood of the segment, each of its different items taken once, in points of the model; negative for genuine
/// text.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(likelihood(scene.model, scene.view, scene.items))
}

/// The likelihood of items that stand one after the other. What is said twice counts once; what is short counts less.
pub(crate) fn likelihood(model: &Model, view: &View, items: &[Item]) -> i32 {
    let mut seen: Vec<&str> = Vec::with_capacity(items.len());
    let mut text = String::new();
    let mut letters = 0;
    let mut end = 0;
    for item in items {
        // The model reads no further, and long lists stay cheap.
        if text.len() > MOST_BYTES {
            break;
        }
        let here = item.span.of(view.text());
        if seen.contains(&here) {
            continue;
        }
        seen.push(here);
        if item.span.start != end {
            text.push(' ');
        }
        end = item.span.end;
        text.push_str(here);
        // Figures are the same in tables and adverts.
        let figures = here.bytes().filter(u8::is_ascii_digit).count() as u32;
        letters += item.letters.saturating_sub(figures) + (DENSE_LETTER - 1) * item.dense;
    }
    let score = model.score_folded(&text);
    if score > 0 { score * letters.min(FULL_LETTERS) as i32 / FULL_LETTERS as i32 } else { score }
}
