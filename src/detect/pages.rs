//! What other pages say of a segment: see [`Sites`](crate::Sites).

use super::{Scene, grams};

/// Counts that are true of most of a segment; all 0 where no other pages are known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Repeats {
    pub(crate) hosts: u32,
    pub(crate) junk: u32,
}

/// Points of the model from which on a repeated line is no notice, byline or disclaimer.
const LIKELY: i64 = 20;

/// On how many unrelated hosts its lines stand, between different neighbours; 0 if their character sequences do not look like
/// junk, since notices and bylines stand on many hosts, too.
pub(super) fn hosts(scene: &Scene) -> i64 {
    let likely = scene.repeats.hosts > 0 && grams::measure(scene) >= LIKELY;
    if likely { i64::from(scene.repeats.hosts) } else { 0 }
}

/// In how many places its lines were junk by what stands there alone.
pub(super) fn junk(scene: &Scene) -> i64 {
    i64::from(scene.repeats.junk)
}
