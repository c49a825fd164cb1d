//! Before and after, as a unified diff.

use std::io::{self, Write};

use dechaff::Span;
use similar::TextDiff;

pub fn write(out: &mut impl Write, place: &str, text: &str, cuts: &[Span]) -> io::Result<()> {
    let mut rest = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        rest.push_str(&text[at..cut.start]);
        at = cut.end;
    }
    rest.push_str(&text[at..]);
    let diff = TextDiff::from_lines(text, &rest);
    write!(out, "{}", diff.unified_diff().context_radius(1).header(place, &format!("{place} (cleaned)")))
}
