//! Letters that were made to look like others, and invisible characters inside words: nobody writes so by accident.

use super::Scene;

/// How many characters are disguised or invisible.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(scene.counts.disguised + scene.counts.invisible)
}
