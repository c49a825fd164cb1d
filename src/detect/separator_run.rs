//! Many short pieces in a row, joined by separators or set on lines of their own.

use super::Scene;
use crate::detect::items::Boundary;
use crate::document::Span;

/// How many pieces the segment has: the items between separators and line breaks, not those between phrase edges.
pub(super) fn measure(scene: &Scene) -> i64 {
    parts(scene).len() as i64
}

/// The pieces of the list: items that stand between the same two separators belong together.
pub(super) fn parts(scene: &Scene) -> Vec<Span> {
    let mut parts: Vec<Span> = Vec::new();
    for item in scene.items {
        match parts.last_mut() {
            Some(part) if item.boundary == Boundary::Edge => part.end = item.span.end,
            _ => parts.push(item.span),
        }
    }
    parts
}
