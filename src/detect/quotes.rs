//! Phrases in quotation marks: somebody speaks about them.

use super::Scene;
use super::phrases::Role;

const OPENING: [char; 8] = ['“', '"', '「', '『', '«', '„', '‘', '《'];
const CLOSING: [char; 8] = ['”', '"', '」', '』', '»', '“', '’', '》'];

/// How many phrases stand right behind an opening or right before a closing quotation mark.
pub(super) fn measure(scene: &Scene) -> i64 {
    let text = scene.view.text();
    let quoted = |hit: &&super::phrases::Hit| {
        let before = text[..hit.span.start].chars().next_back();
        let after = text[hit.span.end..].chars().next();
        before.is_some_and(|c| OPENING.contains(&c)) || after.is_some_and(|c| CLOSING.contains(&c))
    };
    scene.hits.iter().filter(|hit| hit.role == Role::Deny).filter(quoted).count() as i64
}
