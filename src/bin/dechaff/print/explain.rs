//! Why: the lines, what stands out in them, and which rule gave how many points.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use dechaff::{Evidence, ItemView, Limit, Report, Segment, Span, Verdict};
use unicode_width::UnicodeWidthChar;

use super::{Place, shown};

/// Columns of page text in a row.
const COLUMNS: usize = 96;
/// Rows of items, and of evidence, of one segment; the rest is counted.
const ROWS: usize = 24;

const JUNK: Style = AnsiColor::Red.on_default().bold();
const SUSPECT: Style = AnsiColor::Yellow.on_default().bold();
const PHRASE: Style = AnsiColor::Red.on_default();
const RULE: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

pub fn document(
    out: &mut impl Write,
    place: &str,
    text: &str,
    report: &Report,
    items: &[ItemView],
    threshold: i32,
) -> io::Result<()> {
    let (junk, suspect) = (report.junk().count(), report.suspect().count());
    writeln!(out, "{place}: {} ({junk} junk, {suspect} suspect)", report.outcome.as_str())?;
    if let Some(limit) = report.limit {
        writeln!(out, "  limit {}: {}", limit.as_str(), meaning(limit))?;
    }
    for segment in &report.segments {
        writeln!(out)?;
        self::segment(out, place, text, segment, threshold)?;
        self::items(out, text, segment, items)?;
        evidence(out, text, segment)?;
    }
    Ok(())
}

fn meaning(limit: Limit) -> &'static str {
    match limit {
        Limit::DocumentBytes => "the text is too long to be examined",
        Limit::MostShare => "so much would go on doubtful evidence that nothing is cut",
        Limit::Rounds => "cutting did not settle, so nothing is cut",
        _ => "see the documentation",
    }
}

fn segment(out: &mut impl Write, place: &str, text: &str, segment: &Segment, threshold: i32) -> io::Result<()> {
    let (style, word) = match segment.verdict {
        Verdict::Junk => (JUNK, "junk"),
        _ => (SUSPECT, "suspect"),
    };
    let at = Place::of(text, segment.span.start);
    let (theme, score) = (&segment.theme, segment.score);
    writeln!(out, "{place}:{at}: {style}{word}{style:#} {theme}, {score} points (cut from {threshold} on)")?;
    marked(out, text, segment)
}

/// The pieces the segment was judged by: points of their phrases, and how much of them is known vocabulary.
fn items(out: &mut impl Write, text: &str, segment: &Segment, items: &[ItemView]) -> io::Result<()> {
    let inside: Vec<&ItemView> = items.iter().filter(|item| segment.span.contains(item.span)).collect();
    for item in inside.iter().take(ROWS) {
        let covered = item.covered * 100 / item.letters.max(1);
        writeln!(out, "  {DIM}item {:>+4} {covered:>3} %{DIM:#}  {}", item.points, shown(item.span.of(text)))?;
    }
    if inside.len() > ROWS {
        writeln!(out, "  {DIM}{} more items{DIM:#}", inside.len() - ROWS)?;
    }
    Ok(())
}

/// The segment's text, row by row, with marks under telling phrases.
fn marked(out: &mut impl Write, text: &str, segment: &Segment) -> io::Result<()> {
    let phrases: Vec<Span> = segment
        .evidence
        .iter()
        .filter(|evidence| evidence.points > 0 && evidence.span != segment.span)
        .map(|evidence| evidence.span)
        .collect();
    let (mut row, mut marks, mut columns) = (String::new(), String::new(), 0);
    for (offset, c) in segment.span.of(text).char_indices() {
        let at = segment.span.start + offset;
        let inside = phrases.iter().any(|span| span.start <= at && at < span.end);
        let visible = shown(c.encode_utf8(&mut [0; 4]));
        let width: usize = visible.chars().filter_map(UnicodeWidthChar::width).sum();
        if columns + width > COLUMNS || c == '\n' {
            flush(out, &mut row, &mut marks)?;
            columns = 0;
        }
        if c != '\n' {
            row.push_str(&visible);
            marks.extend(std::iter::repeat_n(if inside { '^' } else { ' ' }, width));
            columns += width;
        }
    }
    flush(out, &mut row, &mut marks)
}

fn flush(out: &mut impl Write, row: &mut String, marks: &mut String) -> io::Result<()> {
    if !row.trim().is_empty() {
        writeln!(out, "  {row}")?;
        if marks.contains('^') {
            writeln!(out, "  {PHRASE}{}{PHRASE:#}", marks.trim_end())?;
        }
    }
    row.clear();
    marks.clear();
    Ok(())
}

fn evidence(out: &mut impl Write, text: &str, segment: &Segment) -> io::Result<()> {
    let mut rows: Vec<&Evidence> = segment.evidence.iter().collect();
    rows.sort_by_key(|evidence| (-evidence.points.abs(), evidence.span));
    let width = rows.iter().map(|evidence| evidence.rule.as_str().len()).max().unwrap_or(0);
    for evidence in rows.iter().take(ROWS) {
        let what = if evidence.span == segment.span { String::new() } else { shown(evidence.span.of(text)) };
        let rule = evidence.rule.as_str();
        writeln!(out, "  {:>+5}  {RULE}{rule:width$}{RULE:#}  {what}", evidence.points)?;
    }
    if rows.len() > ROWS {
        let rest: i32 = rows[ROWS..].iter().map(|evidence| evidence.points).sum();
        writeln!(out, "  {rest:>+5}  {DIM}{} more{DIM:#}", rows.len() - ROWS)?;
    }
    Ok(())
}
