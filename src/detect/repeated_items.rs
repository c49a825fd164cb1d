//! The same piece twice in one line: menus and tag lists do not do that.

use super::Scene;
use super::items::Boundary;

/// Fewer pieces than this are no list.
const LEAST_PIECES: usize = 2;

/// Percent of the pieces of a line that stood in it before, 0 to 100, for the line of the segment where it is most.
pub(super) fn measure(scene: &Scene) -> i64 {
    let lines = scene.items.chunk_by(|one, next| one.line == next.line);
    let share = |line: &[super::items::Item]| {
        let mut pieces: Vec<String> = Vec::new();
        for item in line {
            let text = item.span.of(scene.view.text());
            match pieces.last_mut() {
                Some(piece) if item.boundary == Boundary::Edge => piece.push_str(text),
                _ => pieces.push(text.to_owned()),
            }
        }
        let all = pieces.len();
        if all < LEAST_PIECES {
            return 0;
        }
        pieces.sort_unstable();
        pieces.dedup();
        ((all - pieces.len()) * 100 / all) as i64
    };
    lines.map(share).max().unwrap_or(0)
}
