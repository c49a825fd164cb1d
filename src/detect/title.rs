//! The title of the page: what it speaks about is the page's topic.

use super::Scene;
use super::phrases::Role;

/// How many different telling phrases of the segment stand in the page's title, if that title is genuine.
pub(super) fn measure(scene: &Scene) -> i64 {
    let mut shared: Vec<u32> = scene
        .hits
        .iter()
        .filter(|hit| hit.role == Role::Deny && scene.context.title.contains(&hit.phrase))
        .map(|hit| hit.phrase)
        .collect();
    shared.sort_unstable();
    shared.dedup();
    shared.len() as i64
}
