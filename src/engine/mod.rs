//! The engine behind a filter: the only place that sees every stage.

mod candidates;
mod glance;
mod kept;
mod look;
mod pages;

use std::ops::Range;
use std::sync::Arc;

use crate::clean::{self, Limit, Report};
use crate::detect::Context;
use crate::detect::items::Separators;
use crate::detect::patterns::Patterns;
use crate::detect::phrases::Phrases;
use crate::detect::topic::GenuineLines;
use crate::document::{Document, Span};
use crate::grams::Model;
use crate::judge::{Outcome, Segment, Verdict, walk};
use crate::rules::{Body, Policy, Rule, Strictness};
use crate::sites::Sites;
use crate::view::View;
use kept::{complement, in_original, join, share, subtract};
use look::Looked;

#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) rules: Vec<Rule>,
    pub(crate) phrases: Arc<Phrases>,
    pub(crate) patterns: Arc<Patterns>,
    /// What joins the items of lists, from the rule of the separator-run detector.
    pub(crate) separators: Separators,
    pub(crate) model: Model,
    pub(crate) policy: Policy,
    pub(crate) strictness: Strictness,
    /// Points of common words below which no block without a telling phrase can become suspect.
    pub(crate) least_words: i32,
    pub(crate) fingerprint: String,
    /// What other pages say, if they were counted.
    pub(crate) sites: Option<Arc<Sites>>,
    /// Whether only lines that the screen lets through are looked at; tests hold it against the whole text.
    pub(crate) screened: bool,
}

/// Points of common words below which shape and combinations cannot lift a block to suspicion.
pub(crate) fn least_words(rules: &[Rule], policy: &Policy) -> i32 {
    let combined: i32 = rules
        .iter()
        .filter(|rule| matches!(rule.body, Body::Combine { .. }))
        .map(|rule| rule.points(rule.weight).max(0))
        .sum();
    (policy.threshold.suspect - combined) * 100 / (100 + policy.threshold.shape_percent)
}

impl Engine {
    /// Report and cuts. What a cut uncovers is examined again, until nothing new is found: so cleaning twice changes nothing.
    pub(crate) fn examine(&self, document: &Document) -> (Report, Vec<Span>) {
        let text = document.text;
        if text.len() > self.policy.limit.document_bytes {
            return (passed(Limit::DocumentBytes, Vec::new()), Vec::new());
        }
        if self.screened && !self.may_hold_junk(text) {
            return (Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None }, Vec::new());
        }
        let context = self.context(document);
        let first = self.segments(text, &context);
        if first.is_empty() {
            return (Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None }, Vec::new());
        }
        let (mut report, cuts) = self.settle(text, first, &context);
        let doubtful: Vec<Span> = report
            .junk()
            .filter(|segment| segment.score < self.policy.outcome.most_points)
            .map(|segment| segment.span)
            .collect();
        if share(text, &doubtful) > self.policy.outcome.most_share {
            report.segments.iter_mut().for_each(|segment| segment.verdict = Verdict::Suspect);
            return (passed(Limit::MostShare, report.segments), Vec::new());
        }
        if !cuts.is_empty() {
            report.outcome = self.outcome(share(text, &cuts), &report);
        }
        (report, cuts)
    }

    /// What title and URL say. A title that is itself junk says nothing.
    fn context(&self, document: &Document) -> Context {
        let mut context = Context { title: Vec::new(), host: document.host() };
        if let Some(title) = document.title.filter(|title| title.len() <= self.policy.limit.document_bytes)
            && self.segments(title, &Context::default()).is_empty()
        {
            context.title = self.telling(&View::new(title)).iter().map(|hit| hit.phrase).collect();
        }
        context
    }

    /// A page that loses nearly everything was junk as a whole; so was one of several lists in a row with some prose.
    fn outcome(&self, share: u32, report: &Report) -> Outcome {
        let policy = &self.policy.outcome;
        let lists: u32 = report.junk().map(|segment| segment.lists).max().unwrap_or(0);
        if share >= policy.junk_share || lists >= policy.lists && share >= policy.list_share {
            Outcome::Junk
        } else {
            Outcome::Cleaned
        }
    }

    /// Cuts until no segment reaches the threshold.
    fn settle(&self, text: &str, mut found: Vec<Segment>, context: &Context) -> (Report, Vec<Span>) {
        let mut kept = vec![Span::new(0, text.len())];
        let mut junk: Vec<Segment> = Vec::new();
        for _ in 0..self.policy.limit.rounds {
            let current = join(text, &kept);
            let spans: Vec<Span> =
                found.iter().filter(|segment| segment.verdict == Verdict::Junk).map(|segment| segment.span).collect();
            for segment in &found {
                if segment.verdict == Verdict::Junk {
                    junk.extend(in_original(&kept, segment));
                }
            }
            if spans.is_empty() {
                let suspect: Vec<Segment> = found.iter().flat_map(|segment| in_original(&kept, segment)).collect();
                junk.extend(suspect);
                junk.sort_by_key(|segment| segment.span);
                let outcome =
                    if kept.len() == 1 && kept[0].len() == text.len() { Outcome::Clean } else { Outcome::Cleaned };
                let cuts = complement(&kept, text.len());
                return (Report { outcome, segments: junk, limit: None }, cuts);
            }
            kept = subtract(&kept, &clean::edges(&current, &spans, &self.separators));
            let rest = join(text, &kept);
            // Mostly nothing is left, and to say so is cheap.
            found = match self.screened && !self.may_hold_junk(&rest) {
                true => Vec::new(),
                false => self.segments(&rest, context),
            };
        }
        for segment in &mut junk {
            segment.verdict = Verdict::Suspect;
        }
        (passed(Limit::Rounds, junk), Vec::new())
    }

    /// Stretches of items of a block that are put up for judgement. A line that only other pages make odd is judged by
    /// itself: it may be a menu beside junk.
    fn candidates(&self, view: &View, looked: &Looked) -> Vec<Range<usize>> {
        let mut states = self.states(view, looked);
        let mut candidates = self.repeated_lines(view, &looked.items, &mut states);
        let mut first = 0;
        for same in states.chunk_by(|one, next| one == next) {
            if same[0] {
                candidates.push(first..first + same.len());
            }
            first += same.len();
        }
        candidates.sort_unstable_by_key(|range| range.start);
        candidates
    }

    /// Whether each item of a block is taken for junk by what stands on the page.
    fn states(&self, view: &View, looked: &Looked) -> Vec<bool> {
        let mut states = walk::junk(view, &looked.items, &self.model, &self.policy.walk);
        self.adverts(view, looked, &mut states);
        walk::complete_lists(view, &looked.items, &mut states, &self.model, &self.policy.walk);
        walk::complete_lines(&looked.items, &mut states, &self.policy.walk);
        states
    }

    /// Everything in a text that reaches the threshold of suspicion, in the order of the text.
    fn segments(&self, text: &str, context: &Context) -> Vec<Segment> {
        let view = View::new(text);
        let telling = self.telling(&view);
        let genuine = GenuineLines::new(self.policy.limit.topic_bytes);
        let mut segments = Vec::new();
        for block in self.blocks(&view, &telling) {
            let Some(looked) = self.look(&view, &telling, block) else { continue };
            for items in self.candidates(&view, &looked) {
                segments.extend(self.segment(&view, &looked, items.start, items.end - 1, context, &genuine));
            }
        }
        segments
    }
}

fn passed(limit: Limit, segments: Vec<Segment>) -> Report {
    Report { outcome: Outcome::Clean, segments, limit: Some(limit) }
}
