//! The filter: the only file that sees every stage.

use std::sync::Arc;

use crate::clean::{self, Cleaned, Limit, Report};
use crate::detect::items::{self, Item, Separators};
use crate::detect::patterns::Patterns;
use crate::detect::phrases::{Hit, Phrases, Role};
use crate::detect::respelled;
use crate::detect::suspect::{self, Block};
use crate::detect::{Context, Detector, Scene};
use crate::document::{Document, Span};
use crate::error::{BuildError, BuildErrorKind};
use crate::grams::{Model, Sample};
use crate::judge::{self, Outcome, Segment, Verdict, walk};
use crate::rules::{Body, FNV_START, Pack, Part, Policy, Rule, RuleId, Strictness, fnv};
use crate::view::View;

/// Finds junk in texts. Built once, then shared: it is `Send + Sync`, and a clone costs a reference count.
///
/// ```
/// use dechaff::{Filter, Outcome};
///
/// let filter = Filter::builtin();
/// let page = "国产精品一区二区|亚洲无码在线观看|日韩人妻中文字幕|欧美成人毛片\n县政府召开老旧小区改造工作会议。\n";
/// let cleaned = filter.clean(page);
/// assert_eq!(cleaned.text, "县政府召开老旧小区改造工作会议。\n");
/// assert_eq!(cleaned.report.outcome, Outcome::Cleaned);
/// assert_eq!(cleaned.report.segments[0].theme, "porn");
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    engine: Arc<Engine>,
}

#[derive(Clone, Debug)]
struct Engine {
    rules: Vec<Rule>,
    phrases: Arc<Phrases>,
    patterns: Patterns,
    /// What joins the items of lists, from the rule of the separator-run detector.
    separators: Separators,
    model: Model,
    policy: Policy,
    strictness: Strictness,
    /// Points of common words below which no block without a telling phrase can become suspect.
    least_words: i32,
    fingerprint: String,
}

impl Filter {
    /// The filter with the rules that come with this crate, at normal strictness.
    ///
    /// # Panics
    ///
    /// Never in a released crate: its tests build the built-in rules.
    pub fn builtin() -> Filter {
        match Filter::builder().builtin().build() {
            Ok(filter) => filter,
            Err(why) => unreachable!("the built-in rules are tested: {why}"),
        }
    }

    /// A filter to be put together.
    pub fn builder() -> FilterBuilder {
        FilterBuilder::default()
    }

    /// What is junk in a document. Cannot fail; the text may be anything.
    pub fn check<'a>(&self, document: impl Into<Document<'a>>) -> Report {
        self.engine.examine(&document.into()).0
    }

    /// The document without its junk. Cannot fail; the text may be anything.
    ///
    /// Cleaning what was cleaned changes nothing.
    pub fn clean<'a>(&self, document: impl Into<Document<'a>>) -> Cleaned<'a> {
        let document = document.into();
        let (report, cuts) = self.engine.examine(&document);
        Cleaned::new(document.text, cuts, report)
    }

    /// This filter with another model of character sequences; rules and options stay.
    #[must_use]
    pub fn with_model(&self, model: Model) -> Filter {
        let mut engine = (*self.engine).clone();
        engine.fingerprint = format!("{}+{:016x}", engine.fingerprint, model.checksum());
        engine.model = model;
        Filter { engine: Arc::new(engine) }
    }

    /// This filter with another policy; rules and options stay.
    #[must_use]
    pub fn with_policy(&self, policy: Policy) -> Filter {
        let mut engine = (*self.engine).clone();
        engine.fingerprint =
            format!("{}+{:016x}", engine.fingerprint, fnv(FNV_START, format!("{policy:?}").as_bytes()));
        engine.least_words = least_words(&engine.rules, &policy);
        engine.policy = policy;
        Filter { engine: Arc::new(engine) }
    }

    /// This filter with other steps `(measure, points)` of a detector rule; without such a rule, unchanged.
    #[must_use]
    pub fn with_points(&self, id: &RuleId, steps: Vec<(i64, i32)>) -> Filter {
        let mut engine = (*self.engine).clone();
        if let Some(Body::Detector { points, .. }) =
            engine.rules.iter_mut().find(|rule| rule.id == *id).map(|rule| &mut rule.body)
        {
            engine.fingerprint =
                format!("{}+{:016x}", engine.fingerprint, fnv(FNV_START, format!("{id}{steps:?}").as_bytes()));
            *points = steps;
        }
        Filter { engine: Arc::new(engine) }
    }

    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.engine.policy
    }

    /// Names engine, packs and options: equal fingerprints give equal results.
    pub fn fingerprint(&self) -> &str {
        &self.engine.fingerprint
    }

    /// The rules in force, sorted by id.
    pub fn rules(&self) -> &[Rule] {
        &self.engine.rules
    }

    /// Points from which on a segment is cut.
    pub fn threshold(&self) -> i32 {
        self.engine.policy.threshold.at(self.engine.strictness)
    }

    /// The pieces of a text as samples to learn from: those inside `junk` (bytes of the text, sorted) and the others.
    pub fn samples(&self, text: &str, junk: &[Span]) -> Vec<Sample> {
        let view = View::new(text);
        let mut samples = Vec::new();
        for line in 0..view.lines().len() {
            let pieces = items::pieces(&view, line, &self.engine.separators);
            // A line of several pieces is a sample, too: so the model sees sentences and lists as a whole.
            let whole = pieces.first().zip(pieces.last()).filter(|_| pieces.len() > 1);
            let whole = whole.map(|(first, last)| Span::new(first.span.start, last.span.end));
            for span in pieces.iter().map(|piece| piece.span).chain(whole) {
                let span = view.to_document(span);
                // What a border of junk runs through is of neither kind.
                let inside = junk.iter().any(|junk| junk.contains(span));
                if inside || !junk.iter().any(|junk| junk.overlaps(span)) {
                    samples.push(Sample { text: span.of(text).to_owned(), junk: inside, weight: 1.0 });
                }
            }
        }
        samples
    }

    /// The vocabulary in force as samples: telling phrases are junk, words that speak for genuine text are not.
    /// At most `limit` of each rule, evenly spread.
    pub fn vocabulary(&self, limit: usize) -> Vec<Sample> {
        let mut samples = Vec::new();
        for rule in &self.engine.rules {
            let (phrases, junk) = match &rule.body {
                Body::Phrases { phrases, .. } if rule.is_telling() => (phrases, true),
                Body::Phrases { phrases, .. } if rule.weight < 0 => (phrases, false),
                _ => continue,
            };
            let step = phrases.len().div_ceil(limit.max(1)).max(1);
            let some = phrases.iter().step_by(step);
            samples.extend(some.map(|phrase| Sample { text: phrase.clone(), junk, weight: 1.0 }));
        }
        samples
    }

    /// What the walk sees of a text: the items of every line that was looked at closely. For `dechaff explain`.
    pub fn items(&self, text: &str) -> Vec<ItemView> {
        let view = View::new(text);
        let telling = self.engine.telling(&view);
        let mut seen = Vec::new();
        for block in self.engine.blocks(&view, &telling) {
            let Some(looked) = self.engine.look(&view, &telling, block) else { continue };
            let states = walk::junk(&view, &looked.items, &self.engine.model, &self.engine.policy.walk);
            for (item, junk) in looked.items.iter().zip(states) {
                seen.push(ItemView {
                    span: view.to_document(item.span),
                    line: item.line + 1,
                    junk,
                    points: item.points,
                    letters: item.letters,
                    covered: item.covered,
                });
            }
        }
        seen
    }
}

/// Single stages, for `benches/stages.rs`; not part of the public interface.
#[doc(hidden)]
impl Filter {
    /// Bytes of the folded view.
    pub fn stage_view(&self, text: &str) -> usize {
        View::new(text).text().len()
    }

    /// Telling phrases and matches of the text.
    pub fn stage_telling(&self, text: &str) -> usize {
        self.engine.telling(&View::new(text)).len()
    }

    /// Blocks of lines that deserve a close look.
    pub fn stage_suspect(&self, text: &str) -> usize {
        let view = View::new(text);
        self.engine.blocks(&view, &self.engine.telling(&view)).len()
    }
}

/// One item as the walk saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemView {
    /// Where it stands, in bytes of the text.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the walk took it for junk; the segment's score still has to reach the threshold.
    pub junk: bool,
    /// Points of its telling phrases.
    pub points: i32,
    /// Letters and digits.
    pub letters: u32,
    /// Of these, letters of known vocabulary.
    pub covered: u32,
}

/// Puts a [`Filter`] together.
#[derive(Debug, Default)]
pub struct FilterBuilder {
    builtin: bool,
    packs: Vec<Pack>,
    languages: Option<Vec<String>>,
    themes: Option<Vec<String>>,
    ignore: Vec<String>,
    strictness: Strictness,
    policy: Option<Policy>,
    model: Option<Model>,
}

impl FilterBuilder {
    /// Adds the rules that come with this crate.
    #[must_use]
    pub fn builtin(mut self) -> Self {
        self.builtin = true;
        self
    }

    /// Adds a pack.
    #[must_use]
    pub fn pack(mut self, pack: Pack) -> Self {
        self.packs.push(pack);
        self
    }

    /// Only rules of these languages (BCP-47, as in rule ids) and rules for any language.
    #[must_use]
    pub fn languages<S: Into<String>>(mut self, languages: impl IntoIterator<Item = S>) -> Self {
        self.languages = Some(languages.into_iter().map(Into::into).collect());
        self
    }

    /// Only rules of these themes, and rules of structure and context.
    #[must_use]
    pub fn themes<S: Into<String>>(mut self, themes: impl IntoIterator<Item = S>) -> Self {
        self.themes = Some(themes.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out a rule by id, or all rules whose id starts so: `gambling/`, `porn/und/*`.
    #[must_use]
    pub fn ignore(mut self, selector: impl Into<String>) -> Self {
        self.ignore.push(selector.into());
        self
    }

    /// How much must be known before something is cut.
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Other thresholds, costs and caps than those of the packs.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Another model of character sequences than the built-in one.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// Builds the filter.
    ///
    /// # Errors
    ///
    /// When a rule is not acceptable, two rules have the same id, or an option names nothing that exists.
    pub fn build(self) -> Result<Filter, BuildError> {
        let builtin = Pack::builtin()?;
        let policy = self
            .policy
            .or_else(|| self.packs.iter().rev().find_map(Pack::policy).cloned())
            .or_else(|| builtin.policy().cloned())
            .ok_or_else(|| BuildError::new(BuildErrorKind::Option, "no pack brings a policy.toml"))?;
        // Character sequences speak for no theme: where themes are chosen they have no say.
        let model = match self.themes {
            Some(_) => Model::neutral(),
            None => self.model.map_or_else(Model::builtin, Ok)?,
        };
        let packs: Vec<&Pack> = self.builtin.then_some(&builtin).into_iter().chain(&self.packs).collect();
        if packs.is_empty() {
            return Err(BuildError::new(BuildErrorKind::Option, "no rules: call builtin() or pack()"));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for pack in &packs {
            rules.extend(pack.rules()?);
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
            let message = "two rules have this id; rename one of them";
            return Err(BuildError::new(BuildErrorKind::Rule, message).in_rule(&pair[0].id));
        }
        let separators = rules
            .iter()
            .find_map(|rule| match &rule.body {
                Body::Detector { detector: Detector::SeparatorRun, separators, .. } => {
                    Some(Separators::new(separators))
                }
                _ => None,
            })
            .unwrap_or_else(|| Separators::new(&[]));
        select(&mut rules, "language", self.languages.as_deref(), RuleId::language, &["und"])?;
        select(&mut rules, "theme", self.themes.as_deref(), RuleId::theme, &judge::STRUCTURAL[..3])?;
        for selector in &self.ignore {
            let before = rules.len();
            rules.retain(|rule| !rule.id.matches(selector));
            if rules.len() == before {
                return Err(BuildError::new(BuildErrorKind::Option, format!("no rule matches `{selector}`")));
            }
        }
        let fingerprint = fingerprint(&packs, &rules, &policy, &model, self.strictness);
        let phrases = Arc::new(Phrases::build(&rules)?);
        let patterns = Patterns::new(&rules);
        let engine = Engine {
            least_words: least_words(&rules, &policy),
            rules,
            phrases,
            patterns,
            separators,
            model,
            policy,
            strictness: self.strictness,
            fingerprint,
        };
        Ok(Filter { engine: Arc::new(engine) })
    }
}

/// Points of common words below which shape and combinations cannot lift a block to suspicion.
fn least_words(rules: &[Rule], policy: &Policy) -> i32 {
    let combined: i32 = rules
        .iter()
        .filter(|rule| matches!(rule.body, Body::Combine { .. }))
        .map(|rule| rule.points(rule.weight).max(0))
        .sum();
    (policy.threshold.suspect - combined) * 100 / (100 + policy.threshold.shape_percent)
}

/// Keeps the rules whose part of the id is wanted or always kept; a wish that fits no rule is a mistake.
fn select(
    rules: &mut Vec<Rule>,
    what: &str,
    wanted: Option<&[String]>,
    part: impl Fn(&RuleId) -> &str,
    always: &[&str],
) -> Result<(), BuildError> {
    let Some(wanted) = wanted else { return Ok(()) };
    for wish in wanted {
        if !rules.iter().any(|rule| part(&rule.id) == wish) {
            let mut known: Vec<&str> = rules.iter().map(|rule| part(&rule.id)).collect();
            known.sort_unstable();
            known.dedup();
            let message = format!("no rule has the {what} `{wish}`; there are {}", known.join(", "));
            return Err(BuildError::new(BuildErrorKind::Option, message));
        }
    }
    rules.retain(|rule| always.contains(&part(&rule.id)) || wanted.iter().any(|wish| wish == part(&rule.id)));
    Ok(())
}

fn fingerprint(packs: &[&Pack], rules: &[Rule], policy: &Policy, model: &Model, strictness: Strictness) -> String {
    let mut hash = fnv(FNV_START, format!("{policy:?}{strictness:?}").as_bytes());
    hash = fnv(hash, &model.checksum().to_le_bytes());
    for pack in packs {
        hash = fnv(hash, &pack.digest().to_le_bytes());
    }
    for rule in rules {
        hash = fnv(hash, rule.id.as_str().as_bytes());
    }
    let names: Vec<String> = packs.iter().map(|pack| format!("{}-{}", pack.name(), pack.version())).collect();
    format!("dechaff-{}+{}+{hash:016x}", env!("CARGO_PKG_VERSION"), names.join("+"))
}

/// A block of lines, taken apart.
struct Looked {
    items: Vec<Item>,
    hits: Vec<Hit>,
}

impl Engine {
    /// Report and cuts. What a cut uncovers is examined again, until nothing new is found: so cleaning twice changes nothing.
    fn examine(&self, document: &Document) -> (Report, Vec<Span>) {
        let text = document.text;
        if text.len() > self.policy.limit.document_bytes {
            return (passed(Limit::DocumentBytes, Vec::new()), Vec::new());
        }
        let context = self.context(document);
        let first = self.segments(text, &context);
        if first.is_empty() {
            return (Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None }, Vec::new());
        }
        let (mut report, cuts) = self.settle(text, first, &context);
        let doubtful: Vec<Span> = report
            .junk()
            .filter(|segment| segment.score < self.policy.threshold.safe)
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
            found = self.segments(&join(text, &kept), context);
        }
        for segment in &mut junk {
            segment.verdict = Verdict::Suspect;
        }
        (passed(Limit::Rounds, junk), Vec::new())
    }

    /// Everything in a text that reaches the threshold of suspicion, in the order of the text.
    fn segments(&self, text: &str, context: &Context) -> Vec<Segment> {
        let view = View::new(text);
        let telling = self.telling(&view);
        let mut segments = Vec::new();
        for block in self.blocks(&view, &telling) {
            let Some(looked) = self.look(&view, &telling, block) else { continue };
            let mut states = walk::junk(&view, &looked.items, &self.model, &self.policy.walk);
            self.adverts(&view, &looked, &mut states);
            let mut first = 0;
            while first < states.len() {
                let last = first + states[first..].iter().take_while(|state| **state).count();
                if last > first {
                    segments.extend(self.segment(&view, &looked, first, last - 1, context));
                }
                first = last + 1;
            }
        }
        segments
    }

    /// All telling phrases and matches of the text, by where they end.
    fn telling(&self, view: &View) -> Vec<Hit> {
        let mut hits = self.phrases.telling(view);
        self.patterns.resolve(view, &mut hits);
        respelled::find(&self.phrases, view, &mut hits);
        hits.sort_unstable_by_key(|hit| (hit.span.end, hit.span.start, hit.rule));
        hits
    }

    fn blocks(&self, view: &View, telling: &[Hit]) -> Vec<Block> {
        let mut hits = Vec::new();
        let speaks = |span: Span| {
            hits.clear();
            self.phrases.weak(view, span, &mut hits);
            hits.iter().any(|hit| self.speaks_for_junk(hit)) || self.is_likely(view, span)
        };
        suspect::blocks(view, telling, &self.policy.suspect, &self.separators, speaks)
    }

    /// Whether the words of a block can amount to suspicion. Common words alone must be many: shape counts only in
    /// proportion to them, and nothing else gives points.
    fn may_be_suspect(&self, hits: &[Hit]) -> bool {
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
    fn drop_foreign(&self, hits: &mut Vec<Hit>) {
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
        languages.push("und");
        let fills = |hit: &Hit| hit.role == Role::Deny && self.rules[hit.rule as usize].part == Part::Filling;
        let kept: Vec<bool> = hits
            .iter()
            .map(|hit| !fills(hit) || self.rules[hit.rule as usize].weight < 0 || languages.contains(&language(hit)))
            .collect();
        let mut kept = kept.into_iter();
        hits.retain(|_| kept.next().unwrap_or(true));
    }

    /// Whether a stretch looks like junk by its character sequences alone.
    fn is_likely(&self, view: &View, span: Span) -> bool {
        self.model.score_folded(span.of(view.text())) >= self.policy.suspect.grams
    }

    fn speaks_for_junk(&self, hit: &Hit) -> bool {
        hit.role == Role::Refrain || hit.role == Role::Deny && self.rules[hit.rule as usize].weight > 0
    }

    /// Looks up everything in the lines of a block and splits them into items; `None` if nothing speaks for junk.
    fn look(&self, view: &View, telling: &[Hit], block: Block) -> Option<Looked> {
        let lines = view.lines();
        let span = Span::new(lines[block.first].view.start, lines[block.last].view.end);
        let from = telling.partition_point(|hit| hit.span.end <= span.start);
        let to = telling.partition_point(|hit| hit.span.end <= span.end);
        let mut hits = telling[from..to].to_vec();
        for line in lines[block.first..=block.last]
            .iter()
            .filter(|line| telling[from..to].iter().any(|hit| line.view.contains(hit.span)))
        {
            self.phrases.glued(view, line.view, &mut hits);
        }
        self.phrases.weak(view, span, &mut hits);
        self.patterns.resolve(view, &mut hits);
        drop_allowed(&mut hits);
        self.drop_foreign(&mut hits);
        if !self.may_be_suspect(&hits) && !self.is_likely(view, span) {
            return None;
        }
        hits.sort_unstable_by_key(|hit| (hit.span, hit.rule, hit.phrase, hit.role));
        let refrains = hits.iter().filter(|hit| hit.role == Role::Refrain).count() as u32;
        let dense = refrains >= self.policy.suspect.refrains;
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
                let walk = &self.policy.walk;
                items.extend(items::split(view, line, &piece, &hits[from..to], &self.rules, walk, dense));
            }
        }
        Some(Looked { items, hits })
    }

    fn likelihood(&self, view: &View, span: Span) -> i32 {
        self.model.score_folded(span.of(view.text()))
    }

    /// Whether what stands between the telling phrases of a line is of the same kind: around an anchor that was put
    /// into a sentence it looks genuine.
    fn rest_fits(&self, view: &View, line: &[Item]) -> bool {
        let policy = &self.policy.advert;
        let rest: Vec<&Item> = line.iter().filter(|item| !item.telling).collect();
        let letters: u32 = rest.iter().map(|item| item.letters + (policy.dense_letter - 1) * item.dense).sum();
        let texts: Vec<&str> = rest.iter().map(|item| item.span.of(view.text())).collect();
        letters <= policy.short_rest || self.model.score_folded(&texts.join(" ")) >= policy.rest
    }

    /// How many different words speak for genuine text.
    fn against(&self, hits: &[Hit], within: Span) -> usize {
        let speaks = |hit: &&Hit| hit.role == Role::Deny && self.rules[hit.rule as usize].weight < 0;
        let against = hits.iter().filter(speaks).filter(|hit| within.contains(hit.span));
        let mut phrases: Vec<u32> = against.map(|hit| hit.phrase).collect();
        phrases.sort_unstable();
        phrases.dedup();
        phrases.len()
    }

    /// Lines full of telling phrases are adverts written as sentences: judged as a whole.
    fn adverts(&self, view: &View, looked: &Looked, states: &mut [bool]) {
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
            if against < self.policy.threshold.alone_against as usize
                && (dense || points >= policy.likely_points && self.likelihood(view, span) >= policy.grams)
                && self.rest_fits(view, line)
            {
                states[range].fill(true);
            }
        }
    }

    /// The items `first..=last` of a block as a segment, if they amount to one.
    fn segment(&self, view: &View, looked: &Looked, first: usize, last: usize, context: &Context) -> Option<Segment> {
        let items = &looked.items[first..=last];
        let span = Span::new(items[0].span.start, items[items.len() - 1].span.end);
        let lines = &view.lines()[items[0].line..=items[items.len() - 1].line];
        let around = Span::new(lines[0].view.start, lines[lines.len() - 1].view.end);
        let (inside, outside): (Vec<Hit>, Vec<Hit>) =
            looked.hits.iter().filter(|hit| around.contains(hit.span)).partition(|hit| span.contains(hit.span));
        let counts = view.counts(span);
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
            decides: matches!(items, [only] if only.points >= self.policy.threshold.alone)
                && self.against(&outside, around) < self.policy.threshold.alone_against as usize,
            model: &self.model,
            context,
        };
        let (score, theme, evidence) = judge::score(&scene, &outside, &self.rules, &self.policy.threshold);
        let verdict = judge::verdict(score, &self.policy.threshold, self.strictness)?;
        let lists = judge::lists(items);
        Some(Segment { span: view.to_document(span), verdict, score, theme, evidence, lists })
    }
}

/// A sentence end says as much for prose as so many function words.
const SENTENCE_WORDS: u32 = 3;

/// Function words and sentence ends on the lines of the items `first..=last`, outside of these. What stands behind the
/// last sentence of its line is not among the words before it.
fn words_around(looked: &Looked, outside: &[Hit], first: usize, last: usize) -> u32 {
    let items = &looked.items;
    let ends_line = items.get(last + 1).is_none_or(|next| next.line != items[last].line);
    let after_sentence = first > 0 && items[first - 1].line == items[first].line && items[first - 1].ends_sentence;
    if ends_line && after_sentence {
        return 0;
    }
    let words = outside.iter().filter(|hit| hit.role == Role::Function).count() as u32;
    let lines = items[first].line..=items[last].line;
    let around = items[..first].iter().chain(&items[last + 1..]).filter(|item| lines.contains(&item.line));
    words + SENTENCE_WORDS * around.filter(|item| item.ends_sentence).count() as u32
}

fn is_blank(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
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

fn passed(limit: Limit, segments: Vec<Segment>) -> Report {
    Report { outcome: Outcome::Clean, segments, limit: Some(limit) }
}

/// The pieces of a text, one after the other.
fn join(text: &str, kept: &[Span]) -> String {
    kept.iter().map(|span| span.of(text)).collect()
}

/// A segment of the joined pieces, in the original: one segment for each piece it touches.
fn in_original(kept: &[Span], segment: &Segment) -> Vec<Segment> {
    let shift = |span: Span| -> Vec<Span> {
        let mut at = 0;
        let mut parts = Vec::new();
        for piece in kept {
            let here = Span::new(at, at + piece.len());
            if here.overlaps(span) {
                let start = span.start.max(here.start) - at + piece.start;
                let end = span.end.min(here.end) - at + piece.start;
                parts.push(Span::new(start, end));
            }
            at = here.end;
        }
        parts
    };
    shift(segment.span)
        .into_iter()
        .map(|span| {
            let mut part = segment.clone();
            part.span = span;
            for evidence in &mut part.evidence {
                evidence.span = shift(evidence.span).first().copied().unwrap_or(span);
            }
            part
        })
        .collect()
}

/// Takes cuts of the joined pieces out of the pieces.
fn subtract(kept: &[Span], cuts: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut at = 0;
    for piece in kept {
        let mut start = piece.start;
        for cut in cuts.iter().filter(|cut| cut.start < at + piece.len() && cut.end > at) {
            let from = cut.start.max(at) - at + piece.start;
            let to = cut.end.min(at + piece.len()) - at + piece.start;
            left.push(Span::new(start, from));
            start = to;
        }
        left.push(Span::new(start, piece.end));
        at += piece.len();
    }
    left.retain(|span| !span.is_empty());
    left
}

fn complement(kept: &[Span], len: usize) -> Vec<Span> {
    let mut cuts = Vec::new();
    let mut at = 0;
    for piece in kept {
        if at < piece.start {
            cuts.push(Span::new(at, piece.start));
        }
        at = piece.end;
    }
    if at < len {
        cuts.push(Span::new(at, len));
    }
    cuts
}

/// Percent of the solid characters that are cut.
fn share(text: &str, cuts: &[Span]) -> u32 {
    if cuts.is_empty() {
        return 0;
    }
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let cut: usize = cuts.iter().map(|cut| solid(cut.of(text))).sum();
    (cut * 100 / solid(text).max(1)) as u32
}
