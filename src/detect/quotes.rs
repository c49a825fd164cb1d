//! Phrases in quotation marks: somebody speaks about them.

use super::Scene;
use super::phrases::{Hit, Role};
use crate::view::View;

const OPENING: [char; 8] = ['“', '"', '「', '『', '«', '„', '‘', '《'];
const CLOSING: [char; 8] = ['”', '"', '」', '』', '»', '“', '’', '》'];

/// How many phrases stand right behind an opening or right before a closing quotation mark.
pub(super) fn measure(scene: &Scene) -> i64 {
    count(scene.view, scene.hits) as i64
}

/// How many of the phrases stand at a quotation mark.
pub(crate) fn count(view: &View, hits: &[Hit]) -> usize {
    let text = view.text();
    let quoted = |hit: &&Hit| {
        // French sets a blank inside.
        let before = text[..hit.span.start].trim_end_matches(' ').chars().next_back();
        let after = text[hit.span.end..].trim_start_matches(' ').chars().next();
        before.is_some_and(|c| OPENING.contains(&c)) || after.is_some_and(|c| CLOSING.contains(&c))
    };
    hits.iter().filter(|hit| hit.role == Role::Deny).filter(quoted).count()
}
