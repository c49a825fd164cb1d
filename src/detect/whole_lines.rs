//! What character sequences say of lines as they stand on the page.

use super::Scene;
use super::grams;

/// Shorter lines are titles and buttons; a letter of a script without blanks counts three times.
const LEAST_LETTERS: u32 = 24;

/// The likelihood of a segment that takes up all of its lines, in points of the model; 0 for others, whose ends were
/// chosen among many, and for short ones.
pub(super) fn measure(scene: &Scene) -> i64 {
    let text = scene.view.text();
    let ends = |rest: Option<char>| rest.is_none_or(|c| c == '\n');
    let solid = |c: char| c != '\n' && !c.is_alphanumeric();
    let before = text[..scene.span.start].trim_end_matches(solid).chars().next_back();
    let behind = text[scene.span.end..].trim_start_matches(solid).chars().next();
    let letters = scene.counts.letters() + 2 * scene.counts.dense();
    if !ends(before) || !ends(behind) || letters < LEAST_LETTERS {
        return 0;
    }
    i64::from(grams::likelihood(scene.model, scene.view, scene.items))
}
