//! What character sequences say, whatever the words.

use super::Scene;

/// The likelihood of the segment as a whole, in points of the model; negative for genuine text.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(scene.model.score_folded(scene.span.of(scene.view.text())))
}
