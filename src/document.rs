//! What comes in: one text and what is known about where it stood.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes, `start..end`, on UTF-8 character borders.
///
/// Spans that leave the library always speak of the text that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte inside.
    pub start: usize,
    /// First byte after.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether nothing stands inside.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the two share at least one byte.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text it covers; empty if the span does not fit `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// One text to examine.
///
/// A `&str` turns into a document: `filter.check("…")` works as it is.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Document<'a> {
    /// The text.
    pub text: &'a str,
}

impl<'a> Document<'a> {
    /// A document of this text.
    pub const fn new(text: &'a str) -> Self {
        Document { text }
    }
}

impl<'a> From<&'a str> for Document<'a> {
    fn from(text: &'a str) -> Self {
        Document::new(text)
    }
}

impl<'a> From<&'a String> for Document<'a> {
    fn from(text: &'a String) -> Self {
        Document::new(text)
    }
}
