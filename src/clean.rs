//! Report → cleaned text: where exactly to cut, and what is left.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::detect::items::Separators;
use crate::document::Span;
use crate::judge::{Outcome, Segment, Verdict};

/// What was found in one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the document is as a whole.
    pub outcome: Outcome,
    /// Everything that was judged junk or suspect, in the order of the text. Segments do not overlap.
    pub segments: Vec<Segment>,
    /// Why something that was found is not cut, or the text was not examined.
    pub limit: Option<Limit>,
}

impl Report {
    /// The segments that are cut.
    pub fn junk(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.verdict == Verdict::Junk)
    }

    /// The segments that are only reported.
    pub fn suspect(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.verdict == Verdict::Suspect)
    }
}

/// A stated limit that was reached. The text then passes through, wholly or in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Limit {
    /// Longer than `limit.document-bytes` of the policy: not examined.
    DocumentBytes,
    /// More than `outcome.most-share` percent would go on segments below `outcome.most-points`: nothing is cut.
    MostShare,
    /// Every round of cutting uncovered something new, more than `limit.rounds` times: nothing is cut.
    Rounds,
}

impl Limit {
    /// The word used in audits.
    pub const fn as_str(self) -> &'static str {
        match self {
            Limit::DocumentBytes => "document-bytes",
            Limit::MostShare => "most-share",
            Limit::Rounds => "rounds",
        }
    }
}

/// A document without its junk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<'a> {
    /// What is left; borrowed if nothing was cut.
    pub text: Cow<'a, str>,
    /// What was cut, in bytes of the original: sorted, disjoint, not empty. `text` and these rebuild the original.
    pub cuts: Vec<Span>,
    /// Why.
    pub report: Report,
}

impl<'a> Cleaned<'a> {
    pub(crate) fn new(original: &'a str, cuts: Vec<Span>, report: Report) -> Self {
        let text = if cuts.is_empty() { Cow::Borrowed(original) } else { Cow::Owned(without(original, &cuts)) };
        Cleaned { text, cuts, report }
    }

    /// The text that is left.
    pub fn into_text(self) -> Cow<'a, str> {
        self.text
    }
}

/// The text without the cuts.
pub(crate) fn without(text: &str, cuts: &[Span]) -> String {
    let mut rest = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        rest.push_str(&text[at..cut.start]);
        at = cut.end;
    }
    rest.push_str(&text[at..]);
    rest
}

/// Where to cut so that what is left reads on: a stretch that fills its line takes the line break along, one inside a
/// line takes a separator of its own kind. The result is sorted, disjoint and not empty.
pub(crate) fn edges(text: &str, junk: &[Span], separators: &Separators) -> Vec<Span> {
    let mut cuts: Vec<Span> = junk.iter().map(|span| edge(text, *span, separators)).collect();
    cuts.sort_unstable();
    cuts.dedup_by(|next, cut| {
        let touches = next.start <= cut.end;
        if touches {
            cut.end = cut.end.max(next.end);
        }
        touches
    });
    cuts.retain(|cut| !cut.is_empty());
    cuts
}

const BRACKETS: [(char, char); 8] =
    [('(', ')'), ('[', ']'), ('【', '】'), ('（', '）'), ('「', '」'), ('《', '》'), ('“', '”'), ('"', '"')];

fn edge(text: &str, span: Span, separators: &Separators) -> Span {
    let span = with_marks(text, with_brackets(text, span));
    let own: Vec<char> = span.of(text).chars().filter(|c| separators.contains(*c)).collect();
    let blank = |c: char| c.is_whitespace() && c != '\n';
    let loose = |c: char| blank(c) || own.contains(&c);

    let before = &text[..span.start];
    let after = &text[span.end..];
    let start_loose = before.len() - before.trim_end_matches(loose).len();
    let end_loose = after.len() - after.trim_start_matches(loose).len();
    let at_line_start =
        before[..before.len() - start_loose].is_empty() || before[..before.len() - start_loose].ends_with('\n');
    let rest = &after[end_loose..];
    let at_line_end = rest.is_empty() || rest.starts_with('\n');
    match (at_line_start, at_line_end) {
        (true, true) => {
            let (start, end) = (span.start - start_loose, span.end + end_loose);
            match (rest.starts_with('\n'), start) {
                (true, _) => Span::new(start, end + 1),
                (false, 0) => Span::new(0, end),
                // The last line has no break of its own and takes the one before it.
                (false, _) => {
                    let carriage = usize::from(text[..start - 1].ends_with('\r'));
                    Span::new(start - 1 - carriage, end)
                }
            }
        }
        (true, false) => Span::new(span.start - start_loose, span.end + end_loose),
        (false, true) => Span::new(span.start - start_loose, span.end + blanks_without_carriage(&after[..end_loose])),
        (false, false) => {
            // One side goes: with blanks or separators on both, what stands after is kept.
            let start = if end_loose > 0 { span.start - start_loose } else { span.start };
            Span::new(start, span.end)
        }
    }
}

fn blanks_without_carriage(blanks: &str) -> usize {
    blanks.strip_suffix('\r').unwrap_or(blanks).len()
}

/// A stretch that starts a line or a sentence takes along the marks that end it; one that fills a line, all its marks.
fn with_marks(text: &str, span: Span) -> Span {
    const STOPS: [char; 12] = ['.', '!', '?', '。', '！', '？', '…', '．', '।', '؟', '۔', '｡'];
    let solid = |c: char| c.is_alphanumeric() || c == '\n';
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let leading = before.len() - before.trim_end_matches(|c| !solid(c)).len();
    let trailing = after.len() - after.trim_start_matches(|c| !solid(c)).len();
    let head = &before[..before.len() - leading];
    let starts_line = head.is_empty() || head.ends_with('\n');
    let ends_line = trailing == after.len() || after[trailing..].starts_with('\n');
    let starts_sentence = starts_line || before.trim_end().ends_with(STOPS);
    match (starts_line, ends_line) {
        (true, true) => Span::new(span.start - leading, span.end + trailing),
        (false, true) if starts_sentence => Span::new(span.start, span.end + trailing),
        (_, false) if starts_sentence => {
            let stops = after.len() - after.trim_start_matches(STOPS).len();
            Span::new(span.start, span.end + stops)
        }
        _ => span,
    }
}

/// A stretch that fills a pair of brackets takes them along.
fn with_brackets(text: &str, span: Span) -> Span {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    match (before, after) {
        (Some(open), Some(close)) if BRACKETS.contains(&(open, close)) => {
            Span::new(span.start - open.len_utf8(), span.end + close.len_utf8())
        }
        _ => span,
    }
}
