//! Which lines deserve a close look, and what is seen there: every word looked up, every line split into items.

use super::Engine;
use crate::detect::items::{self, Item, Splitter};
use crate::detect::phrases::{Hit, Role};
use crate::detect::respelled;
use crate::detect::suspect::{self, Block};
use crate::document::Span;
use crate::rules::Part;
use crate::screen::masks::Level;
use crate::view::{Line, View};

/// A block of lines, taken apart.
pub(crate) struct Looked {
    pub(crate) items: Vec<Item>,
    pub(crate) hits: Vec<Hit>,
}

/// Fewer words do not tell a language.
const LEAST_SPOKEN: usize = 2;

impl Engine {
    /// All telling phrases and matches of the text, by where they end. Phrases are looked up in lines that the screen lets
    /// through: in no other can one stand.
    pub(crate) fn telling(&self, view: &View) -> Vec<Hit> {
        let let_through = if self.screened { self.let_through(view) } else { vec![true; view.lines().len()] };
        let lines = |number: usize| let_through.get(number).is_some_and(|let_through| *let_through);
        let mut hits = self.phrases.telling(view, lines);
        self.patterns.resolve(view, &mut hits);
        respelled::find(&self.phrases, view, lines, &mut hits);
        hits.sort_unstable_by_key(|hit| (hit.span.end, hit.span.start, hit.rule));
        hits
    }

    /// Which lines the screen lets through; a single word that tells by its number is enough here.
    fn let_through(&self, view: &View) -> Vec<bool> {
        let text = view.document();
        let mut let_through = vec![false; view.lines().len()];
        for screen in self.phrases.screens(1) {
            let (mut number, mut before) = (0, 0);
            for (line, _) in screen.lines(text, &|_, _| true, Level::best()) {
                number += memchr::memchr_iter(b'\n', &text.as_bytes()[before..line.start]).count();
                before = line.start;
                let_through[number] = true;
            }
        }
        let_through
    }

    pub(crate) fn blocks(&self, view: &View, telling: &[Hit]) -> Vec<Block> {
        let mut hits = Vec::new();
        let speaks = |span: Span| {
            hits.clear();
            self.phrases.weak(view, span, &mut hits);
            hits.iter().any(|hit| self.speaks_for_junk(hit)) || self.is_likely(view, span)
        };
        let likely = |line: &Line| {
            self.is_likely_line(view, line) || self.repeats(view.to_document(line.view).of(view.document()))
        };
        suspect::blocks(view, telling, &self.policy.suspect, &self.separators, speaks, likely)
    }

    /// Whether the words of a block can amount to suspicion. Common words alone must be many: shape counts only in
    /// proportion to them, and nothing else gives points.
    pub(super) fn may_be_suspect(&self, hits: &[Hit]) -> bool {
        let telling = |hit: &Hit| {
            hit.role == Role::Refrain || hit.role == Role::Deny && self.rules[hit.rule as usize].is_telling()
        };
        if hits.iter().any(telling) {
            return true;
        }
        let mut words: Vec<(u32, i32)> = hits
            .iter()
            .filter(|hit| self.speaks_for_junk(hit))
            .map(|hit| (hit.phrase, self.rules[hit.rule as usize].weight))
            .collect();
        words.sort_unstable();
        words.dedup();
        words.iter().map(|(_, weight)| weight).sum::<i32>() >= self.least_words
    }

    /// Common words fill the space between telling phrases of their own language; where nothing tells, those of the
    /// language that has most of them stay. What is a word of the trade in one language is an article in another.
    pub(super) fn drop_foreign(&self, hits: &mut Vec<Hit>) {
        let language = |hit: &Hit| {
            let language = self.rules[hit.rule as usize].id.language();
            language.split('-').next().unwrap_or(language)
        };
        let counts = |hit: &&Hit| hit.role == Role::Deny && self.rules[hit.rule as usize].weight > 0;
        let telling = |hit: &&Hit| self.rules[hit.rule as usize].is_telling();
        let mut languages: Vec<&str> = hits.iter().filter(counts).filter(telling).map(language).collect();
        if languages.is_empty() {
            let mut filling: Vec<(&str, u32)> =
                hits.iter().filter(counts).map(|hit| (language(hit), hit.phrase)).collect();
            filling.sort_unstable();
            filling.dedup();
            let most =
                filling.chunk_by(|a, b| a.0 == b.0).max_by_key(|same| (same.len(), std::cmp::Reverse(same[0].0)));
            languages.extend(most.map(|same| same[0].0));
        }
        let spoken = self.spoken(hits);
        // Words that speak for genuine text count in the languages of the phrases they are about, too.
        let any = spoken.is_empty() && languages.iter().all(|language| *language == "und");
        languages.push("und");
        let keeps = |hit: &Hit| {
            let rule = &self.rules[hit.rule as usize];
            match (hit.role, rule.weight) {
                (Role::Deny, ..0) => any || languages.contains(&language(hit)) || spoken.contains(&language(hit)),
                (Role::Deny, _) => rule.part != Part::Filling || languages.contains(&language(hit)),
                _ => true,
            }
        };
        let kept: Vec<bool> = hits.iter().map(keeps).collect();
        let mut kept = kept.into_iter();
        hits.retain(|_| kept.next().unwrap_or(true));
    }

    /// The languages of the words that speak for genuine text, function words among them: the one that has most, and those
    /// with at least half as many. None if there are too few words to tell.
    fn spoken(&self, hits: &[Hit]) -> Vec<&str> {
        let speaks = |hit: &&Hit| {
            hit.role == Role::Function || hit.role == Role::Deny && self.rules[hit.rule as usize].weight < 0
        };
        let mut words: Vec<(&str, u32)> = hits
            .iter()
            .filter(speaks)
            .map(|hit| (self.rules[hit.rule as usize].id.language(), hit.phrase))
            .map(|(language, phrase)| (language.split('-').next().unwrap_or(language), phrase))
            .collect();
        words.sort_unstable();
        words.dedup();
        let counts: Vec<(usize, &str)> =
            words.chunk_by(|a, b| a.0 == b.0).map(|same| (same.len(), same[0].0)).collect();
        let most = counts.iter().map(|(count, _)| *count).max().unwrap_or(0);
        if most < LEAST_SPOKEN {
            return Vec::new();
        }
        counts.iter().filter(|(count, _)| count * 4 >= most * 3).map(|(_, language)| *language).collect()
    }

    /// Whether a stretch looks like junk by its character sequences alone.
    pub(super) fn is_likely(&self, view: &View, span: Span) -> bool {
        self.model.score_folded(span.of(view.text())) >= self.policy.suspect.grams
    }

    /// Whether a whole line looks so much like junk by its character sequences that no known word is needed.
    pub(super) fn is_likely_line(&self, view: &View, line: &Line) -> bool {
        self.has_letters(line) && self.is_likely_score(line, self.model.score_folded(line.view.of(view.text())))
    }

    /// The same of a line whose character sequences are worth so much.
    pub(super) fn is_likely_score(&self, line: &Line, score: i32) -> bool {
        self.has_letters(line) && score >= self.policy.suspect.likely
    }

    fn has_letters(&self, line: &Line) -> bool {
        line.counts.letters() + 2 * line.counts.dense() >= self.policy.suspect.likely_letters
    }

    pub(super) fn speaks_for_junk(&self, hit: &Hit) -> bool {
        hit.role == Role::Refrain || hit.role == Role::Deny && self.rules[hit.rule as usize].weight > 0
    }

    /// Looks up everything in the lines of a block and splits them into items; `None` if nothing speaks for junk.
    pub(crate) fn look(&self, view: &View, telling: &[Hit], block: Block) -> Option<Looked> {
        let lines = view.lines();
        let span = Span::new(lines[block.first].view.start, lines[block.last].view.end);
        let from = telling.partition_point(|hit| hit.span.end <= span.start);
        let to = telling.partition_point(|hit| hit.span.end <= span.end);
        let mut hits = telling[from..to].to_vec();
        for line in lines[block.first..=block.last].iter().filter(|line| {
            telling[from..to].iter().any(|hit| line.view.contains(hit.span)) || self.is_likely_line(view, line)
        }) {
            self.phrases.glued(view, line.view, &mut hits);
        }
        self.phrases.weak(view, span, &mut hits);
        self.patterns.resolve(view, &mut hits);
        drop_allowed(&mut hits);
        self.drop_foreign(&mut hits);
        let repeats = |line: &Line| self.repeats(view.to_document(line.view).of(view.document()));
        if !self.may_be_suspect(&hits)
            && !self.is_likely(view, span)
            && !lines[block.first..=block.last].iter().any(repeats)
        {
            return None;
        }
        hits.sort_unstable_by_key(|hit| (hit.span, hit.rule, hit.phrase, hit.role));
        let refrains = hits.iter().filter(|hit| hit.role == Role::Refrain).count() as u32;
        let by = Splitter {
            view,
            rules: &self.rules,
            model: &self.model,
            policy: &self.policy.walk,
            refrain: refrains >= self.policy.suspect.refrains,
        };
        let mut items = Vec::new();
        for (line, here) in lines.iter().enumerate().take(block.last + 1).skip(block.first) {
            let from = hits.partition_point(|hit| hit.span.start < here.view.start);
            let to = hits.partition_point(|hit| hit.span.start < here.view.end);
            if !hits[from..to].iter().any(|hit| self.speaks_for_junk(hit)) && !self.is_likely(view, here.view) {
                items.extend(items::whole_line(view, line, &hits[from..to]));
                continue;
            }
            let pieces = items::pieces(view, line, &self.separators);
            for piece in items::join(view, pieces, &hits[from..to]) {
                items.extend(items::split(by, line, &piece, &hits[from..to]));
            }
        }
        Some(Looked { items, hits })
    }
}

/// A longer allowed phrase beats every phrase inside it.
fn drop_allowed(hits: &mut Vec<Hit>) {
    let allowed: Vec<Span> = hits.iter().filter(|hit| hit.role == Role::Allow).map(|hit| hit.span).collect();
    if !allowed.is_empty() {
        hits.retain(|hit| {
            hit.role != Role::Deny
                || !allowed.iter().any(|allow| allow.contains(hit.span) && allow.len() > hit.span.len())
        });
    }
}
