//! Words that hold sentences together: keyword lists have hardly any.

use super::Scene;
use super::phrases::Role;

/// Function words of the asking rule for every 20 letters of the segment.
pub(super) fn measure(scene: &Scene, rule: u16) -> i64 {
    let words = scene.hits.iter().filter(|hit| hit.role == Role::Function && hit.rule == rule).count();
    (words * 20 / (scene.counts.letters() as usize).max(20)) as i64
}
