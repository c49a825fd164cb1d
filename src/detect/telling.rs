//! How much of the evidence is more than common words and shape.

use super::Scene;
use super::phrases::Role;

/// How many telling phrases and words that tell by their number the segment has.
pub(super) fn measure(scene: &Scene) -> i64 {
    let refrains = scene.hits.iter().filter(|hit| hit.role == Role::Refrain).count();
    (scene.items.iter().filter(|item| item.telling).count() + refrains) as i64
}
