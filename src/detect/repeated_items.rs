//! The same piece twice in one list: menus and tag lists do not do that.

use std::collections::HashSet;

use super::Scene;
use super::separator_run::parts;

/// Fewer pieces than this are no list.
const LEAST_PARTS: usize = 2;

/// Percent of the list's pieces that stood in it before, 0 to 100.
pub(super) fn measure(scene: &Scene) -> i64 {
    let parts = parts(scene);
    if parts.len() < LEAST_PARTS {
        return 0;
    }
    let distinct: HashSet<&str> = parts.iter().map(|span| span.of(scene.view.text())).collect();
    ((parts.len() - distinct.len()) * 100 / parts.len()) as i64
}
