//! Letters that were made to look like others, and invisible characters inside words: nobody writes so by accident.

use super::Scene;

/// A phrase that only another reading shows has at least so many odd characters.
const RESPELLED: u32 = 3;

/// How many characters are disguised or invisible; a respelled phrase counts as three.
pub(super) fn measure(scene: &Scene) -> i64 {
    let respelled = scene.hits.iter().filter(|hit| hit.respelled).count() as u32;
    i64::from(scene.counts.disguised + scene.counts.invisible + respelled * RESPELLED)
}
