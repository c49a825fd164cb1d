//! Injected lists stand nearly always above or below everything else.

use super::Scene;

/// 1 if the segment is the first or the last text of the document, else 0.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(scene.at_end)
}
