//! The same words at the start or the end of many lines: glued there by a machine.

use super::Scene;

/// A line that holds little else than the words is a list's, not a paragraph they are glued to.
const LEAST_REST: usize = 24;

/// So many lines before and behind are looked at: long pages stay cheap.
const AROUND: usize = 64;

/// How many other lines around start, or end, with the words of the segment, if the segment does so on its own line; lines
/// that hold little besides do not count. Bytes are counted, so letters of other scripts than Latin weigh more.
pub(super) fn measure(scene: &Scene) -> i64 {
    let text = scene.view.text();
    let words = scene.span.of(text);
    let trim = |c: char| !c.is_alphanumeric();
    let (lines, own) = (scene.view.lines(), scene.items[0].line);
    let line = lines[own].view.of(text).trim_matches(trim);
    let glued = |line: &str, at_start: bool| {
        let line = line.trim_matches(trim);
        line.len() >= words.len() + LEAST_REST && if at_start { line.starts_with(words) } else { line.ends_with(words) }
    };
    let others = |at_start: bool| {
        let near = &lines[own.saturating_sub(AROUND)..lines.len().min(own + AROUND + 1)];
        let others = near.iter().filter(|line| !line.view.overlaps(scene.span));
        others.filter(|line| glued(line.view.of(text), at_start)).count() as i64
    };
    match (glued(line, true), glued(line, false)) {
        (true, _) => others(true),
        (false, true) => others(false),
        (false, false) => 0,
    }
}
