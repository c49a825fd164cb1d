//! How much of the segment is known vocabulary, telling or weak.

use super::Scene;

/// Percent of the letters and digits, 0 to 100.
pub(super) fn measure(scene: &Scene) -> i64 {
    let letters: u32 = scene.items.iter().map(|item| item.letters).sum();
    let covered: u32 = scene.items.iter().map(|item| item.covered).sum();
    i64::from(covered * 100 / letters.max(1))
}
