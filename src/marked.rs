//! Marked texts: `⟦` and `⟧` around what must be cut. The one notation for truth in rule proofs, test cases and `eval`.

use crate::document::Span;

/// Opens a stretch of junk.
pub const OPEN: char = '⟦';
/// Closes a stretch of junk.
pub const CLOSE: char = '⟧';

/// The text without its marks, and where the marked stretches stand in it, in bytes.
///
/// # Errors
///
/// A sentence that says which mark has no partner, or that a stretch is empty.
pub fn parse(marked: &str) -> Result<(String, Vec<Span>), String> {
    let mut text = String::with_capacity(marked.len());
    let mut spans = Vec::new();
    let mut open = None;
    for c in marked.chars() {
        match (c, open) {
            (OPEN, None) => open = Some(text.len()),
            (OPEN, Some(_)) => return Err(format!("{OPEN} inside {OPEN}")),
            (CLOSE, Some(start)) if start == text.len() => return Err(format!("nothing between {OPEN} and {CLOSE}")),
            (CLOSE, Some(start)) => {
                spans.push(Span::new(start, text.len()));
                open = None;
            }
            (CLOSE, None) => return Err(format!("{CLOSE} without {OPEN}")),
            _ => text.push(c),
        }
    }
    match open {
        Some(_) => Err(format!("{OPEN} without {CLOSE}")),
        None => Ok((text, spans)),
    }
}

/// The text with marks around the given spans, which must be sorted and disjoint.
pub fn mark(text: &str, spans: &[Span]) -> String {
    let mut out = String::with_capacity(text.len() + spans.len() * 6);
    let mut at = 0;
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push(OPEN);
        out.push_str(span.of(text));
        out.push(CLOSE);
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_and_go_back_on() {
        let (text, spans) = parse("a⟦junk⟧b⟦x⟧").unwrap();
        assert_eq!((text.as_str(), spans.as_slice()), ("ajunkbx", &[Span::new(1, 5), Span::new(6, 7)][..]));
        assert_eq!(mark(&text, &spans), "a⟦junk⟧b⟦x⟧");
    }

    #[test]
    fn marks_without_partner_are_refused() {
        for wrong in ["⟦a", "a⟧", "⟦a⟦b⟧", "⟦⟧"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
