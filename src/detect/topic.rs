//! What the rest of the page speaks about, too, is its topic: nobody put that in.

use std::cell::OnceCell;

use super::Scene;
use crate::document::Span;
use crate::grams::Model;
use crate::view::{Class, View};

/// The lines of a page that the model takes for genuine text; looked for when first asked for.
pub(crate) struct GenuineLines {
    lines: OnceCell<Vec<Span>>,
    /// Of long pages so many bytes are read.
    most: usize,
}

impl GenuineLines {
    pub(crate) fn new(most: usize) -> GenuineLines {
        GenuineLines { lines: OnceCell::new(), most }
    }

    /// In the view.
    fn get(&self, view: &View, model: &Model) -> &[Span] {
        self.lines.get_or_init(|| {
            let lines = view.lines().iter().filter(|line| !line.is_blank()).map(|line| line.view);
            let lines = lines.take_while(|line| line.end <= self.most);
            lines.filter(|line| model.score_folded(line.of(view.text())) <= 0).collect()
        })
    }
}

/// A word of fewer letters is on every page.
const WORD: usize = 4;
/// In scripts without blanks, so many characters in a row stand for a word.
const DENSE: usize = 3;
/// A word that is worth so much to the model says what the segment speaks about.
const TELLS: i32 = 20;
/// So many words are looked for at most.
const MOST: usize = 60;

/// Percent of the segment's different words that stand on genuine lines of the page, too; 0 to 100.
pub(super) fn measure(scene: &Scene) -> i64 {
    let lines = scene.genuine.get(scene.view, scene.model);
    let text = scene.view.text();
    let rest: Vec<&str> = lines.iter().filter(|line| !line.overlaps(scene.span)).map(|line| line.of(text)).collect();
    let mut words = words(scene.span.of(text));
    // Words of everyday speech are on every page.
    words.retain(|word| scene.model.score_folded(word) >= TELLS);
    words.truncate(MOST);
    let found = words.iter().filter(|word| rest.iter().any(|line| line.contains(*word))).count();
    (found * 100 / words.len().max(1)) as i64
}

/// The different words of a text, in the order of the alphabet.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !Class::of(c).is_letter()) {
        let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        if run.chars().any(|c| Class::of(c).is_dense()) {
            words.extend(ends.windows(DENSE + 1).step_by(DENSE).map(|ends| &run[ends[0]..ends[DENSE]]));
        } else if ends.len() > WORD {
            words.push(run);
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}
