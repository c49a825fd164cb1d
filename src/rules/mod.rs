//! Rules: what is written in packs, made ready for use.
//!
//! `syntax` is a file as written, [`Pack`] a set of files versioned together, `expand` turns templates into phrases,
//! `check` says what makes a rule valid, and [`Rule`] is one rule in force.

pub(crate) mod check;
pub(crate) mod compile;
mod expand;
mod pack;
pub(crate) mod policy;
pub(crate) mod syntax;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub(crate) use pack::{FNV_START, fnv};
pub use pack::{Pack, Proof, ProofKind};
pub use policy::{Policy, Strictness};
pub use syntax::Stage;
use syntax::{RuleEntry, Vocabulary};

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::detect::Detector;
use crate::error::{BuildError, BuildErrorKind};

/// The theme of rules that look for where to turn to: they add to what is sold, and never stand for it.
pub(crate) const CONTACT: &str = "contact";

/// The theme of what other pages say.
pub(crate) const SITE: &str = "site";

/// The theme of the rule that gives points for character sequences alone.
pub(crate) const LIKELIHOOD: &str = "likelihood";

/// The permanent name of a rule: `theme/language/name`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RuleId {
    id: Arc<str>,
    /// Where theme and language end: they are asked for at every hit.
    theme_end: usize,
    language_end: usize,
}

impl From<String> for RuleId {
    fn from(id: String) -> RuleId {
        let slash = |from: usize| id[from..].find('/').map_or(id.len(), |at| from + at);
        let theme_end = slash(0);
        let language_end = slash((theme_end + 1).min(id.len()));
        RuleId { id: id.into(), theme_end, language_end }
    }
}

impl From<RuleId> for String {
    fn from(id: RuleId) -> String {
        id.id.as_ref().to_owned()
    }
}

impl RuleId {
    pub(crate) fn new(theme: &str, language: &str, name: &str) -> Self {
        format!("{theme}/{language}/{name}").into()
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// The first part: what kind of junk it stands for (or `shape`, `context`, `contact`).
    pub fn theme(&self) -> &str {
        &self.id[..self.theme_end]
    }

    /// The second part: a BCP-47 tag, `und` for any language.
    pub fn language(&self) -> &str {
        self.id.get(self.theme_end + 1..self.language_end).unwrap_or_default()
    }

    /// Whether `selector` is this id, or a prefix of it that ends in `*` or `/`.
    pub fn matches(&self, selector: &str) -> bool {
        match selector.strip_suffix('*') {
            Some(prefix) => self.id.starts_with(prefix),
            None if selector.ends_with('/') => self.id.starts_with(selector),
            None => &*self.id == selector,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}

/// One rule in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its permanent name.
    pub id: RuleId,
    /// What it stands for, in one sentence.
    pub summary: String,
    /// Points for each distinct phrase or match in a segment.
    pub weight: i32,
    /// Most it may give one segment, by amount: a negative weight is bounded by `-cap`.
    pub cap: i32,
    /// In force, or only reported.
    pub stage: Stage,
    /// The rules version that brought it.
    pub since: String,
    pub(crate) body: Body,
    pub(crate) allow: Vec<String>,
    /// What its hits mean, said once because it is asked for every hit.
    pub(crate) part: Part,
}

/// What a rule's hits mean to the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// They tell something by themselves.
    Telling,
    /// They fill the space between telling ones.
    Filling,
    /// Where to turn to: tells nothing alone, every shop and school has a telephone.
    Contact,
    /// Structure, context, combinations.
    Other,
}

impl Part {
    fn of(theme: &str, body: &Body) -> Part {
        match body {
            Body::Phrases { .. } | Body::Pattern { .. } if theme == CONTACT => Part::Contact,
            Body::Phrases { vocabulary: Vocabulary::Weak, .. } => Part::Filling,
            Body::Phrases { .. } | Body::Pattern { .. } => Part::Telling,
            Body::Detector { .. } | Body::Combine { .. } => Part::Other,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Body {
    /// Of a compiled rule only some of the phrases are kept, in one string to show them; all lie in the tables of its pack.
    Phrases {
        phrases: Vec<String>,
        count: usize,
        vocabulary: Vocabulary,
    },
    Pattern {
        pattern: Pattern,
        anchors: Vec<String>,
        vocabulary: Vocabulary,
    },
    Detector {
        detector: Detector,
        points: Vec<(i64, i32)>,
        words: Vec<String>,
        separators: Vec<char>,
    },
    Combine {
        all: Vec<String>,
    },
}

/// A regular expression, compiled when it is first needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct Pattern {
    source: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// `None` if it does not compile, which is checked where rules are read.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| check::regex(&self.source).ok()).as_ref()
    }
}

impl From<String> for Pattern {
    fn from(source: String) -> Pattern {
        Pattern { source, regex: OnceLock::new() }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.source
    }
}

/// So many phrases of a rule are shown.
const SHOWN: usize = 24;

impl Rule {
    pub(crate) fn is_telling(&self) -> bool {
        self.part == Part::Telling
    }

    /// How many phrases it has after expansion; 0 for other kinds of rule.
    pub fn phrase_count(&self) -> usize {
        match &self.body {
            Body::Phrases { count, .. } => *count,
            _ => 0,
        }
    }

    /// `phrases`, `weak phrases`, `pattern`, `detector` or `combine`.
    pub fn kind(&self) -> &'static str {
        match &self.body {
            Body::Phrases { vocabulary: Vocabulary::Telling, .. } => "phrases",
            Body::Phrases { vocabulary: Vocabulary::Weak, .. } => "weak phrases",
            Body::Pattern { .. } => "pattern",
            Body::Detector { .. } => "detector",
            Body::Combine { .. } => "combine",
        }
    }

    /// What it looks for, for people: a few phrases, the pattern, the steps of a detector.
    pub fn details(&self) -> Vec<String> {
        match &self.body {
            Body::Phrases { phrases, count, .. } => {
                vec![format!("{count} phrases, among them: {}", evenly(phrases, SHOWN).join(", "))]
            }
            Body::Pattern { pattern, anchors, .. } => {
                vec![format!("pattern {}", pattern.source), format!("anchors {}", anchors.join(", "))]
            }
            Body::Detector { points, words, .. } => {
                let mut lines: Vec<String> =
                    points.iter().map(|(measure, points)| format!("from {measure}: {points:+} points")).collect();
                if !words.is_empty() {
                    lines.push(format!("words {}", words.join(" ")));
                }
                lines
            }
            Body::Combine { all } => vec![format!("with all of {}", all.join(", "))],
        }
    }

    /// Drops what the tables of a compiled pack hold.
    fn slim(&mut self) {
        if let Body::Phrases { phrases, .. } = &mut self.body {
            *phrases = vec![evenly(phrases, SHOWN).join(", ")];
        }
        self.allow.clear();
    }

    /// The steps `(measure, points)` of a detector rule.
    pub fn detector_points(&self) -> Option<&[(i64, i32)]> {
        match &self.body {
            Body::Detector { points, .. } => Some(points),
            _ => None,
        }
    }

    /// Points of this rule for a sum of weights, within its cap; 0 in preview.
    pub(crate) fn points(&self, sum: i32) -> i32 {
        match self.stage {
            Stage::Stable => sum.clamp(-self.cap, self.cap),
            Stage::Preview => 0,
        }
    }

    /// Points of a detector rule for a measure: those of the highest step reached.
    pub(crate) fn steps(points: &[(i64, i32)], measure: i64) -> i32 {
        points.iter().rev().find(|(at, _)| measure >= *at).map_or(0, |(_, points)| *points)
    }

    fn from_entry(entry: &RuleEntry, file: &pack::File) -> Result<Rule, BuildError> {
        let id = RuleId::new(&file.rules.theme, &file.rules.language, entry.id.get_ref());
        let wrong = |message: String| {
            BuildError::new(BuildErrorKind::Rule, message).at(&file.name, file.line_of(entry)).in_rule(&id)
        };
        check::entry(entry).map_err(wrong)?;
        let body = if let Some(templates) = &entry.phrases {
            let phrases = expand::templates(templates, &file.rules.sets).map_err(wrong)?;
            Body::Phrases { count: phrases.len(), phrases, vocabulary: entry.vocabulary }
        } else if let Some(list) = &entry.phrases_file {
            let text =
                file.lists.get(list).ok_or_else(|| wrong(format!("phrases-file `{list}` is not in the pack")))?;
            let phrases = expand::list(text, &file.rules.sets).map_err(wrong)?;
            Body::Phrases { count: phrases.len(), phrases, vocabulary: entry.vocabulary }
        } else if let Some(pattern) = &entry.pattern {
            let anchors = expand::templates(&entry.anchors, &file.rules.sets).map_err(wrong)?;
            check::pattern(pattern, &anchors).map_err(wrong)?;
            Body::Pattern { pattern: pattern.clone().into(), anchors, vocabulary: entry.vocabulary }
        } else if let Some(name) = &entry.detector {
            let detector = Detector::by_name(name)
                .ok_or_else(|| wrong(format!("there is no detector `{name}`; there are {}", Detector::names())))?;
            let words = expand::templates(&entry.words, &file.rules.sets).map_err(wrong)?;
            Body::Detector {
                detector,
                points: entry.points.clone(),
                words,
                separators: entry.separators.chars().collect(),
            }
        } else {
            Body::Combine { all: entry.combine.clone().unwrap_or_default() }
        };
        if let Body::Phrases { phrases, vocabulary, .. } = &body {
            for phrase in phrases {
                check::phrase(phrase, *vocabulary).map_err(wrong)?;
            }
        }
        Ok(Rule {
            id: id.clone(),
            summary: entry.summary.clone(),
            weight: entry.weight,
            cap: entry.cap.map_or(i32::MAX, i32::abs),
            stage: entry.stage,
            since: entry.since.clone(),
            part: Part::of(id.theme(), &body),
            body,
            allow: expand::templates(&entry.allow, &file.rules.sets).map_err(wrong)?,
        })
    }
}

/// At most `most` of the phrases, evenly spread.
pub(crate) fn evenly(phrases: &[String], most: usize) -> Vec<&str> {
    let step = phrases.len().div_ceil(most.max(1)).max(1);
    phrases.iter().step_by(step).map(String::as_str).collect()
}
