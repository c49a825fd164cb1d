//! Candidates → segments: adverts that fill a line, anchors put into a sentence, and what every rule gives a stretch.

use super::Engine;
use super::look::Looked;
use crate::detect::grams;
use crate::detect::items::{self, Boundary, Item};
use crate::detect::phrases::{Hit, Role};
use crate::detect::quotes;
use crate::detect::topic::GenuineLines;
use crate::detect::{Context, Scene};
use crate::document::Span;
use crate::judge::{self, Segment};
use crate::view::View;

impl Engine {
    /// Lines full of telling phrases are adverts written as sentences: judged as a whole.
    pub(super) fn adverts(&self, view: &View, looked: &Looked, states: &mut [bool]) {
        let policy = &self.policy.advert;
        let mut first = 0;
        for line in looked.items.chunk_by(|one, next| one.line == next.line) {
            let range = first..first + line.len();
            first = range.end;
            let span = Span::new(line[0].span.start, line[line.len() - 1].span.end);
            let inside = looked.hits.iter().filter(|hit| span.contains(hit.span));
            let telling = inside.filter(|hit| self.rules[hit.rule as usize].is_telling());
            let chosen = items::chosen(telling, &self.rules);
            let points: i32 = chosen.iter().map(|hit| self.rules[hit.rule as usize].weight).sum();
            let clusters = line.iter().filter(|item| item.telling).count();
            let letters: u32 = line.iter().map(|item| item.letters + (policy.dense_letter - 1) * item.dense).sum();
            let dense = points >= policy.points
                && chosen.len() >= policy.phrases as usize
                && points * 100 >= policy.density * letters as i32
                && clusters >= policy.clusters;
            let against = self.against(&looked.hits, span);
            let likelihood = self.likelihood(view, span);
            // Of a list, not of a sentence, the first or the last piece may be the title it was glued to.
            let is_list = !line.iter().any(|item| item.ends_sentence);
            if against <= policy.against
                && (dense && self.rest_fits(view, line, policy.rest)
                    || points >= policy.likely_points
                        && likelihood >= policy.grams
                        && self.rest_fits(view, line, policy.likely_rest)
                    || likelihood >= policy.likely)
            {
                let fits = |item: &Item| {
                    let end = matches!(item.boundary, Boundary::Line | Boundary::BlankLine | Boundary::Separator(_));
                    let least = if is_list && end { self.policy.walk.list_end } else { policy.fits };
                    item.telling || self.likelihood(view, item.span) >= least
                };
                let from = line.iter().position(fits).unwrap_or(0);
                let to = line.iter().rposition(fits).map_or(line.len(), |last| last + 1);
                states[range.start + from..range.start + to].fill(true);
            }
        }
    }

    /// Whether what stands between the telling phrases of a line is of the same kind: around an anchor that was put
    /// into a sentence it looks genuine.
    pub(super) fn rest_fits(&self, view: &View, line: &[Item], least: i32) -> bool {
        let policy = &self.policy.advert;
        let rest: Vec<&Item> = line.iter().filter(|item| !item.telling).collect();
        let letters: u32 = rest.iter().map(|item| item.letters + (policy.dense_letter - 1) * item.dense).sum();
        let texts: Vec<&str> = rest.iter().map(|item| item.span.of(view.text())).collect();
        letters <= policy.short_rest || self.model.score_folded(&texts.join(" ")) >= least
    }

    /// Whether the items `first..=last` are an anchor put into a line: their phrases decide by themselves and no word
    /// nearby speaks for genuine text; or they give something, the model takes them for junk and the rest of the line
    /// for genuine text, the more clearly the more words speak against it.
    pub(super) fn is_anchor(&self, view: &View, items: &[Item], first: usize, last: usize, against: i32) -> bool {
        let policy = &self.policy.anchor;
        let inside = &items[first..=last];
        let line = inside[0].line;
        if inside[inside.len() - 1].line != line || inside[1..].iter().any(|item| item.boundary != Boundary::Edge) {
            return false;
        }
        let letters: u32 = inside.iter().map(|item| item.letters + item.dense).sum();
        if letters < policy.letters {
            return false;
        }
        let points: i32 = inside.iter().map(|item| item.points).sum();
        if points >= self.policy.threshold.alone && against < self.policy.threshold.alone_against {
            return true;
        }
        let grams = grams::likelihood(&self.model, view, inside);
        if points < policy.points
            || grams < policy.grams
            || points + grams < policy.together + policy.against_percent * against / 100
        {
            return false;
        }
        let here = |item: &&Item| item.line == line;
        let before = items[..first].iter().rev().take_while(here);
        let behind = items[last + 1..].iter().take_while(here);
        let rest: Vec<&str> = before.chain(behind).map(|item| item.span.of(view.text())).collect();
        self.model.score_folded(&rest.join(" ")) <= policy.rest
    }

    /// The items `first..=last` of a block as a segment, if they amount to one.
    pub(super) fn segment(
        &self,
        view: &View,
        looked: &Looked,
        first: usize,
        last: usize,
        context: &Context,
        genuine: &GenuineLines,
    ) -> Option<Segment> {
        let items = &looked.items[first..=last];
        let span = Span::new(items[0].span.start, items[items.len() - 1].span.end);
        let lines = &view.lines()[items[0].line..=items[items.len() - 1].line];
        let around = Span::new(lines[0].view.start, lines[lines.len() - 1].view.end);
        let (inside, outside): (Vec<Hit>, Vec<Hit>) =
            looked.hits.iter().filter(|hit| around.contains(hit.span)).partition(|hit| span.contains(hit.span));
        let counts = view.counts(span);
        let nearby = self.nearby(view, span, &outside);
        let scene = Scene {
            view,
            span,
            items,
            hits: &inside,
            counts,
            page: view.total().without(&counts),
            at_end: is_blank(&view.text()[..span.start]) || is_blank(&view.text()[span.end..]),
            open_ends: judge::open_ends(&looked.items, first, last),
            words_around: words_around(looked, &outside, first, last),
            decides: quotes::count(view, &inside) == 0
                && self.is_anchor(view, &looked.items, first, last, self.against(&nearby, around)),
            model: &self.model,
            context,
            genuine,
            repeats: self.other_pages(view, items, span),
        };
        let (score, theme, evidence) = judge::score(&scene, &nearby, &self.rules, &self.policy.threshold);
        let verdict = judge::verdict(score, &self.policy.threshold, self.strictness)?;
        let lists = judge::lists(items);
        Some(Segment { span: view.to_document(span), verdict, score, theme, evidence, lists })
    }

    /// The phrases that stand so near a stretch that they speak about it: the more they say, the farther they reach.
    pub(super) fn nearby(&self, view: &View, span: Span, outside: &[Hit]) -> Vec<Hit> {
        let near = |hit: &&Hit| {
            let reach = (self.policy.anchor.near * self.rules[hit.rule as usize].weight.unsigned_abs()) / 10;
            let between = match hit.span.end <= span.start {
                true => Span::new(hit.span.end, span.start),
                false => Span::new(span.end, hit.span.start.max(span.end)),
            };
            // Bytes are at least letters: what is near enough in bytes need not be counted.
            between.len() <= reach as usize || {
                let counts = view.counts(between);
                counts.letters() + 2 * counts.dense() <= reach
            }
        };
        outside.iter().filter(near).copied().collect()
    }

    /// How many points of different words speak for genuine text.
    pub(super) fn against(&self, hits: &[Hit], within: Span) -> i32 {
        let speaks = |hit: &&Hit| hit.role == Role::Deny && self.rules[hit.rule as usize].weight < 0;
        let against = hits.iter().filter(speaks).filter(|hit| within.contains(hit.span));
        let mut words: Vec<(u32, i32)> =
            against.map(|hit| (hit.phrase, -self.rules[hit.rule as usize].weight)).collect();
        words.sort_unstable();
        words.dedup_by_key(|(phrase, _)| *phrase);
        words.iter().map(|(_, points)| points).sum()
    }

    pub(super) fn likelihood(&self, view: &View, span: Span) -> i32 {
        self.model.score_folded(span.of(view.text()))
    }
}

/// A sentence end says as much for prose as so many function words.
const SENTENCE_WORDS: u32 = 3;
/// In a sentence, so many letters of whatever words say as much as one function word.
const SENTENCE_LETTERS: u32 = 20;

/// Function words and sentence ends on the lines of the items `first..=last`, outside of these; within a sentence, all
/// its words a little. What stands behind the last sentence of its line is not among the words before it.
fn words_around(looked: &Looked, outside: &[Hit], first: usize, last: usize) -> u32 {
    let items = &looked.items;
    let ends_line = items.get(last + 1).is_none_or(|next| next.line != items[last].line);
    let after_sentence = first > 0 && items[first - 1].line == items[first].line && items[first - 1].ends_sentence;
    if ends_line && after_sentence {
        return 0;
    }
    let words = outside.iter().filter(|hit| hit.role == Role::Function).count() as u32;
    let lines = items[first].line..=items[last].line;
    let around = || items[..first].iter().chain(&items[last + 1..]).filter(|item| lines.contains(&item.line));
    let ends = around().filter(|item| item.ends_sentence).count() as u32;
    let is_sentence = ends > 0 || items[last].ends_sentence;
    let letters: u32 = around().map(|item| item.letters + 2 * item.dense).sum();
    words + SENTENCE_WORDS * ends + if is_sentence { letters / SENTENCE_LETTERS } else { 0 }
}

fn is_blank(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}
