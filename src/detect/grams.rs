//! What character sequences say, whatever the words.

use super::Scene;

/// Most that one item counts, either way: one odd name is no list.
const ITEM: i32 = 60;

/// Mean over the items of the segment, in points of the model; negative for genuine text.
pub(super) fn measure(scene: &Scene) -> i64 {
    let score = |item: &super::Item| scene.model.score_folded(item.span.of(scene.view.text())).clamp(-ITEM, ITEM);
    let sum: i64 = scene.items.iter().map(|item| i64::from(score(item))).sum();
    sum / scene.items.len().max(1) as i64
}
