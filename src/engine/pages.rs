//! Evidence from other pages: which lines of a document are counted, and what the counts say of its lines.

use std::ops::Range;

use super::Engine;
use crate::detect::Repeats;
use crate::detect::items::Item;
use crate::document::{Document, Span};
use crate::judge::Verdict;
use crate::sites::{self, Seen, Sites};
use crate::view::View;

impl Engine {
    /// Counts the lines of a page that have to be looked at and are long enough not to be alike by chance.
    pub(crate) fn observe(&self, document: &Document, sites: &Sites) {
        let Some(host) = document.host() else { return };
        sites.page();
        let text = document.text;
        if text.len() > self.policy.limit.document_bytes {
            return;
        }
        let mut odd = Vec::new();
        self.screen(text, |line, seen| {
            if self.line_matters(line.of(text), seen) {
                odd.push(line);
            }
            false
        });
        odd.retain(|line| self.is_telling_apart(line.of(text), self.policy.site.letters));
        if odd.is_empty() {
            return;
        }
        odd.sort_unstable();
        odd.dedup();
        let (report, _) = self.examine(document);
        let junk: Vec<Span> = report.junk().map(|segment| segment.span).collect();
        let host = sites::registered(&host);
        for (line, place) in odd.iter().zip(places(text, &odd)) {
            let junk = junk.iter().any(|junk| junk.contains(solid(text, *line)));
            sites.record(line.of(text), host, place, junk);
        }
        // Of a stretch inside a line the rest of the line is the neighbour.
        for segment in &report.segments {
            let span = segment.span;
            let line = odd.partition_point(|line| line.end < span.start);
            let line = odd.get(line).filter(|line| line.contains(span) && !span.contains(solid(text, **line)));
            if let Some(line) = line.filter(|_| self.is_telling_apart(span.of(text), self.policy.site.piece_letters)) {
                let place =
                    sites::hash(&text[line.start..span.start]) ^ sites::hash(&text[span.end..line.end]).rotate_left(32);
                sites.record(span.of(text), host, place, segment.verdict == Verdict::Junk);
            }
        }
    }

    /// What other pages say of a line; nothing if there are none.
    fn seen(&self, line: &str, least: u32) -> Seen {
        match &self.sites {
            Some(sites) if self.is_telling_apart(line, least) => sites.seen(line),
            _ => Seen::default(),
        }
    }

    /// Whether a line stands on so many pages that it is put up for judgement, whatever its words.
    pub(super) fn repeats(&self, line: &str) -> bool {
        let (seen, policy) = (self.seen(line, self.policy.site.letters), &self.policy.site);
        seen.hosts.min(seen.places) >= policy.hosts || seen.junk >= policy.junk
    }

    /// The items of lines that stand on many pages and are not wholly junk by themselves; these lines are taken out of
    /// `states`.
    pub(super) fn repeated_lines(&self, view: &View, items: &[Item], states: &mut [bool]) -> Vec<Range<usize>> {
        let mut repeated = Vec::new();
        if self.sites.is_none() {
            return repeated;
        }
        let mut first = 0;
        for line in items.chunk_by(|one, next| one.line == next.line) {
            let range = first..first + line.len();
            first = range.end;
            if states[range.clone()].contains(&false) && self.repeats(written(view, line[0].line)) {
                states[range.clone()].fill(false);
                repeated.push(range);
            }
        }
        repeated
    }

    /// What other pages say of a segment: of lines that stand in it wholly, the most that is true of enough of its letters.
    pub(super) fn other_pages(&self, view: &View, items: &[Item], span: Span) -> Repeats {
        if self.sites.is_none() {
            return Repeats::default();
        }
        let mut known: Vec<(u32, Seen)> = Vec::new();
        let mut letters = 0;
        let one_line = items.first().map(|item| item.line) == items.last().map(|item| item.line);
        for line in items.chunk_by(|one, next| one.line == next.line) {
            let whole = &view.lines()[line[0].line];
            let here = weight(line);
            letters += here;
            let (start, end) = (whole.view.start.max(span.start), whole.view.end.min(span.end));
            let outside = [Span::new(whole.view.start, start), Span::new(end, whole.view.end)];
            let is_whole = !outside.iter().any(|part| part.of(view.text()).chars().any(char::is_alphanumeric));
            if is_whole {
                known.push((here, self.seen(written(view, line[0].line), self.policy.site.letters)));
            } else if one_line {
                let text = view.to_document(span).of(view.document());
                known.push((here, self.seen(text, self.policy.site.piece_letters)));
            }
        }
        let least = letters * self.policy.site.share / 100;
        let most = |what: fn(&Seen) -> u32| {
            let mut counts: Vec<(u32, u32)> = known.iter().map(|(letters, seen)| (what(seen), *letters)).collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            let mut sum = 0;
            let reached = counts.iter().find(|(_, letters)| {
                sum += letters;
                sum >= least
            });
            reached.map_or(0, |(count, _)| *count)
        };
        Repeats { hosts: most(|seen| seen.hosts.min(seen.places)), junk: most(|seen| seen.junk) }
    }

    fn is_telling_apart(&self, line: &str, least: u32) -> bool {
        let mut letters = 0;
        line.chars().any(|c| {
            letters += match c {
                c if !c.is_alphanumeric() => 0,
                // Scripts without blanks between words say more with fewer letters.
                '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'.. => 3,
                _ => 1,
            };
            letters >= least
        })
    }
}

fn weight(items: &[Item]) -> u32 {
    items.iter().map(|item| item.letters + 2 * item.dense).sum()
}

/// A line as it stands in the document.
fn written<'v>(view: &View<'v>, line: usize) -> &'v str {
    view.to_document(view.lines()[line].view).of(view.document())
}

/// A line without blanks at its ends.
fn solid(text: &str, line: Span) -> Span {
    let whole = line.of(text);
    let start = line.start + (whole.len() - whole.trim_start().len());
    Span::new(start, start + whole.trim().len())
}

/// For each of the sorted lines, a number for the nearest lines around that are none of them. The same article on several
/// hosts is one place, and so is the same menu.
fn places(text: &str, odd: &[Span]) -> Vec<u64> {
    let mut before = vec![0; odd.len()];
    let mut places = vec![0; odd.len()];
    let (mut start, mut next, mut last, mut open) = (0, 0, 0, 0);
    for line in text.split('\n') {
        if odd.get(next).is_some_and(|odd| odd.start == start) {
            before[next] = last;
            next += 1;
        } else if !line.trim().is_empty() {
            last = sites::hash(line.trim());
            while open < next {
                places[open] = before[open] ^ last.rotate_left(32);
                open += 1;
            }
        }
        start += line.len() + 1;
    }
    places[open..next].copy_from_slice(&before[open..next]);
    places
}
