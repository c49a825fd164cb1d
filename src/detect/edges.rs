//! A stretch inside a sentence or a title has more to prove than one that stands alone.

use super::Scene;

/// How many of the two ends touch genuine words with no separator, sentence end or line break between: 0, 1 or 2.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(scene.open_ends)
}
