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
///
/// ```
/// use dechaff::{Document, Filter};
///
/// let page = Document::new("slot gacor | situs judi online\nThe faculty moves to the new building in May.")
///     .with_title("News of the faculty")
///     .with_url("https://law.example.edu/news/12");
/// let cleaned = Filter::builtin().clean(page);
/// assert_eq!(cleaned.text, "The faculty moves to the new building in May.");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Document<'a> {
    /// The text.
    pub text: &'a str,
    /// The page's title, if it is known. What a genuine title speaks about is the page's topic, not injected; a title
    /// that is junk itself vouches for nothing.
    pub title: Option<&'a str>,
    /// Where the page stood, if it is known: its URL, or a host name. Nobody sells on a school's or an office's host.
    pub url: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// A document of this text.
    pub const fn new(text: &'a str) -> Self {
        Document { text, title: None, url: None }
    }

    /// The same document with the title of its page.
    #[must_use]
    pub const fn with_title(self, title: &'a str) -> Self {
        Document { title: Some(title), ..self }
    }

    /// The same document with its URL, or the name of its host.
    #[must_use]
    pub const fn with_url(self, url: &'a str) -> Self {
        Document { url: Some(url), ..self }
    }

    /// The name of the host, in lower case, without port and credentials; `None` if it is not known.
    pub(crate) fn host(&self) -> Option<String> {
        let url = self.url?.trim();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = host.split(':').next()?.trim_matches('.').to_ascii_lowercase();
        (!host.is_empty()).then_some(host)
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
