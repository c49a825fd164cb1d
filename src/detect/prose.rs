//! Genuine sentences on the same lines: a stretch among them is more often quoted than injected.

use super::Scene;

/// Function words, of any language, that stand on the segment's lines outside of it; a sentence end counts as three.
/// 0 for one phrase that decides by itself: an anchor put into a sentence has prose on both sides.
pub(super) fn measure(scene: &Scene) -> i64 {
    if scene.decides { 0 } else { i64::from(scene.words_around) }
}
