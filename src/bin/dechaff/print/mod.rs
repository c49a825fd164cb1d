//! What a person reads: messages, snippets, differences, explanations.
//!
//! Text of pages is hostile: control characters are shown, never sent to the terminal.

pub mod diff;
pub mod explain;
pub mod report;
pub mod summary;

use std::fmt;
use std::io::Write;

/// A message about something that could not be done, on standard error.
pub fn problem(message: fmt::Arguments) {
    // A message that cannot be written is no reason to stop.
    let _ = writeln!(anstream::stderr(), "dechaff: {message}");
}

/// A message that is good to know, on standard error.
pub fn notice(message: fmt::Arguments) {
    problem(message);
}

/// Line and column of a position, both from 1; columns count code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn of(text: &str, position: usize) -> Place {
        let before = &text[..position];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Text with control characters made visible.
pub fn shown(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// The beginning of a text, in one line.
pub fn snippet(text: &str) -> String {
    const CHARS: usize = 60;
    let mut short: String = text.chars().take(CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    shown(&short)
}
