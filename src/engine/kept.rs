//! What is left of a text while it is cut round after round: sorted pieces, and the way back to the original.

use crate::document::Span;
use crate::judge::Segment;

/// The pieces of a text, one after the other.
pub(super) fn join(text: &str, kept: &[Span]) -> String {
    kept.iter().map(|span| span.of(text)).collect()
}

/// A segment of the joined pieces, in the original: one segment for each piece it touches.
pub(super) fn in_original(kept: &[Span], segment: &Segment) -> Vec<Segment> {
    let shift = |span: Span| -> Vec<Span> {
        let mut at = 0;
        let mut parts = Vec::new();
        for piece in kept {
            let here = Span::new(at, at + piece.len());
            if here.overlaps(span) {
                let start = span.start.max(here.start) - at + piece.start;
                let end = span.end.min(here.end) - at + piece.start;
                parts.push(Span::new(start, end));
            }
            at = here.end;
        }
        parts
    };
    shift(segment.span)
        .into_iter()
        .map(|span| {
            let mut part = segment.clone();
            part.span = span;
            for evidence in &mut part.evidence {
                evidence.span = shift(evidence.span).first().copied().unwrap_or(span);
            }
            part
        })
        .collect()
}

/// Takes cuts of the joined pieces out of the pieces.
pub(super) fn subtract(kept: &[Span], cuts: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut at = 0;
    for piece in kept {
        let mut start = piece.start;
        for cut in cuts.iter().filter(|cut| cut.start < at + piece.len() && cut.end > at) {
            let from = cut.start.max(at) - at + piece.start;
            let to = cut.end.min(at + piece.len()) - at + piece.start;
            left.push(Span::new(start, from));
            start = to;
        }
        left.push(Span::new(start, piece.end));
        at += piece.len();
    }
    left.retain(|span| !span.is_empty());
    left
}

pub(super) fn complement(kept: &[Span], len: usize) -> Vec<Span> {
    let mut cuts = Vec::new();
    let mut at = 0;
    for piece in kept {
        if at < piece.start {
            cuts.push(Span::new(at, piece.start));
        }
        at = piece.end;
    }
    if at < len {
        cuts.push(Span::new(at, len));
    }
    cuts
}

/// Percent of the solid characters that are cut.
pub(super) fn share(text: &str, cuts: &[Span]) -> u32 {
    if cuts.is_empty() {
        return 0;
    }
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let cut: usize = cuts.iter().map(|cut| solid(cut.of(text))).sum();
    (cut * 100 / solid(text).max(1)) as u32
}
