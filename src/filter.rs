//! The filter: what a user of the library holds, and how it is put together.

use std::sync::Arc;

use crate::builtin;
use crate::clean::{Cleaned, Report};
use crate::detect::Detector;
use crate::detect::items::{self, Separators};
use crate::detect::patterns::Patterns;
use crate::detect::phrases::{ABSENT, Phrases};
use crate::document::{Document, Span};
use crate::engine::{Engine, least_words};
use crate::error::{BuildError, BuildErrorKind};
use crate::grams::{Model, Sample};
use crate::judge::{self, walk};
use crate::rules::compile::Compiled;
use crate::rules::{self, Body, FNV_START, Pack, Policy, Rule, RuleId, SITE, Strictness, fnv};
use crate::sites::Sites;
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

    /// Counts the lines of a page that other pages may have, too; what has no URL counts nothing. Pages may come in any
    /// order and from several threads.
    pub fn observe<'a>(&self, document: impl Into<Document<'a>>, sites: &Sites) {
        self.engine.observe(&document.into(), sites);
    }

    /// This filter with what many pages say together; rules and options stay.
    #[must_use]
    pub fn with_sites(&self, sites: Arc<Sites>) -> Filter {
        let mut engine = (*self.engine).clone();
        engine.fingerprint = format!("{}+sites-{:016x}", engine.fingerprint, sites.checksum());
        engine.sites = Some(sites);
        Filter { engine: Arc::new(engine) }
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

    #[cfg(test)]
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
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

    /// The vocabulary of the packs, as far as it is in force, as samples: telling phrases are junk, words that speak for
    /// genuine text are not. At most `limit` of each rule, evenly spread.
    ///
    /// # Errors
    ///
    /// The first rule that is not acceptable.
    pub fn vocabulary(&self, packs: &[Pack], limit: usize) -> Result<Vec<Sample>, BuildError> {
        let in_force = |rule: &Rule| self.engine.rules.binary_search_by(|known| known.id.cmp(&rule.id)).is_ok();
        let mut rules: Vec<Rule> = Vec::new();
        for pack in packs {
            rules.extend(pack.rules()?.into_iter().filter(in_force));
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let mut samples = Vec::new();
        for rule in &rules {
            let (phrases, junk) = match &rule.body {
                Body::Phrases { phrases, .. } if rule.is_telling() => (phrases, true),
                Body::Phrases { phrases, .. } if rule.weight < 0 => (phrases, false),
                _ => continue,
            };
            let sample = |phrase: &str| Sample { text: phrase.to_owned(), junk, weight: 1.0 };
            samples.extend(rules::evenly(phrases, limit).into_iter().map(sample));
        }
        Ok(samples)
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
    /// The same filter without the screen: for tests that hold one against the other.
    pub fn unscreened(&self) -> Filter {
        Filter { engine: Arc::new(Engine { screened: false, ..Engine::clone(&self.engine) }) }
    }

    /// Lines that the screen lets through.
    pub fn stage_screen(&self, text: &str) -> usize {
        let mut lines = 0;
        self.engine.screen(text, |_, _| {
            lines += 1;
            false
        });
        lines
    }

    /// All telling phrases of the text, as the matching path finds them: lines that the screen of the filter's own packs
    /// lets through, and what stands in these.
    pub fn stage_matches(&self, text: &str) -> usize {
        let found = |line: Span| self.engine.phrases.telling(&View::new(line.of(text)), |_| true).len();
        self.engine.phrases.own_lines(text, 1).into_iter().map(|(line, _)| found(line)).sum()
    }

    /// Lines in which a telling phrase stands: the first one ends the line.
    pub fn stage_telling_lines(&self, text: &str) -> usize {
        self.engine.phrases.own_lines(text, u32::MAX).into_iter().filter(|(_, tells)| *tells).count()
    }

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
        let mut packs: Vec<Compiled> = self
            .builtin
            .then(builtin::compiled)
            .into_iter()
            .chain(self.packs.iter().map(Compiled::from_pack))
            .collect::<Result<_, _>>()?;
        if packs.is_empty() {
            return Err(BuildError::new(BuildErrorKind::Option, "no rules: call builtin() or pack()"));
        }
        let policy = match self.policy.or_else(|| packs.iter().rev().find_map(|pack| pack.about.policy.clone())) {
            Some(policy) => policy,
            None => builtin::compiled()?
                .about
                .policy
                .ok_or_else(|| BuildError::new(BuildErrorKind::Option, "no pack brings a policy.toml"))?,
        };
        // Character sequences speak for no theme: where themes are chosen they have no say.
        let model = match self.themes {
            Some(_) => Model::neutral(),
            None => self.model.map_or_else(Model::builtin, Ok)?,
        };
        let mut rules: Vec<Rule> = Vec::new();
        let mut ids: Vec<Vec<RuleId>> = Vec::new();
        for pack in &mut packs {
            ids.push(pack.about.rules.iter().map(|rule| rule.id.clone()).collect());
            rules.append(&mut pack.about.rules);
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
            let message = "two rules have this id; rename one of them";
            return Err(BuildError::new(BuildErrorKind::Rule, message).in_rule(&pair[0].id));
        }
        if rules.len() >= usize::from(ABSENT) {
            let message = "more than 65,534 rules; use fewer packs";
            return Err(BuildError::new(BuildErrorKind::TooLarge, message));
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
        select(
            &mut rules,
            "theme",
            self.themes.as_deref(),
            RuleId::theme,
            &[&judge::STRUCTURAL[..3], &[SITE][..]].concat(),
        )?;
        for selector in &self.ignore {
            let before = rules.len();
            rules.retain(|rule| !rule.id.matches(selector));
            if rules.len() == before {
                return Err(BuildError::new(BuildErrorKind::Option, format!("no rule matches `{selector}`")));
            }
        }
        let fingerprint = fingerprint(&packs, &rules, &policy, &model, self.strictness);
        let place = |id: &RuleId| rules.binary_search_by(|rule| rule.id.cmp(id)).map_or(ABSENT, |at| at as u16);
        let places = ids.iter().map(|ids| ids.iter().map(place).collect());
        let phrases = packs.into_iter().map(|pack| pack.phrases).zip(places).collect();
        let beside = if self.builtin { None } else { Some(builtin::compiled()?.phrases) };
        let phrases = Arc::new(Phrases::new(phrases, beside)?);
        let patterns = Arc::new(Patterns::new(&rules));
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
            sites: None,
            screened: true,
        };
        Ok(Filter { engine: Arc::new(engine) })
    }
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

fn fingerprint(packs: &[Compiled], rules: &[Rule], policy: &Policy, model: &Model, strictness: Strictness) -> String {
    let mut hash = fnv(FNV_START, format!("{policy:?}{strictness:?}").as_bytes());
    hash = fnv(hash, &model.checksum().to_le_bytes());
    for pack in packs {
        hash = fnv(hash, &pack.about.digest.to_le_bytes());
    }
    for rule in rules {
        hash = fnv(hash, rule.id.as_str().as_bytes());
    }
    let names: Vec<String> = packs.iter().map(|pack| format!("{}-{}", pack.about.name, pack.about.version)).collect();
    format!("dechaff-{}+{}+{hash:016x}", env!("CARGO_PKG_VERSION"), names.join("+"))
}
