//! The same turn of phrase in every piece of a line: `…是什么意思| …吃什么药| …是什么星座`.

use super::Scene;
use super::items::is_refrain;
use super::phrases::Role;

/// Most times that words of the asking rule occur in one line of the segment, if they are dense there and no sentence
/// or question ends; else 0.
///
/// One line, because pages of questions and answers set one question on each of theirs.
pub(super) fn measure(scene: &Scene, rule: u16) -> i64 {
    let mut most = 0;
    for line in scene.items.chunk_by(|one, next| one.line == next.line) {
        let (from, to) = (line[0].span.start, line[line.len() - 1].span.end);
        let words = scene.hits.iter().filter(|hit| {
            hit.role == Role::Refrain && hit.rule == rule && hit.span.start >= from && hit.span.end <= to
        });
        let (words, letters) = (words.count() as u32, line.iter().map(|item| item.letters).sum());
        if is_refrain(words, letters) && !line.iter().any(|item| item.ends_sentence) {
            most = most.max(words);
        }
    }
    i64::from(most)
}
