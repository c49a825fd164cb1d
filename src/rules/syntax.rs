//! Rule files as they are written. What is in force is [`super::Rule`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// The version of the rule format that this crate reads.
pub(crate) const FORMAT: u32 = 1;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    pub(crate) format: u32,
    pub(crate) theme: String,
    pub(crate) language: String,
    pub(crate) license: String,
    #[serde(default)]
    pub(crate) sets: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) rule: Vec<RuleEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuleEntry {
    pub(crate) id: Spanned<String>,
    pub(crate) summary: String,
    pub(crate) phrases: Option<Vec<String>>,
    pub(crate) phrases_file: Option<String>,
    pub(crate) pattern: Option<String>,
    #[serde(default)]
    pub(crate) anchors: Vec<String>,
    pub(crate) detector: Option<String>,
    pub(crate) combine: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) points: Vec<(i64, i32)>,
    #[serde(default)]
    pub(crate) words: Vec<String>,
    #[serde(default)]
    pub(crate) separators: String,
    #[serde(default)]
    pub(crate) vocabulary: Vocabulary,
    #[serde(default)]
    pub(crate) allow: Vec<String>,
    #[serde(default)]
    pub(crate) weight: i32,
    pub(crate) cap: Option<i32>,
    #[serde(default)]
    pub(crate) stage: Stage,
    pub(crate) since: String,
    pub(crate) source: Source,
    #[serde(default)]
    pub(crate) cut: Vec<String>,
    #[serde(default)]
    pub(crate) keep: Vec<String>,
    #[serde(default)]
    pub(crate) silent: Vec<String>,
}

/// Where a phrase is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Vocabulary {
    /// Rare in genuine text: everywhere.
    #[default]
    Telling,
    /// Common: only on lines that something else made suspect.
    Weak,
}

/// How far a rule has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// In force.
    #[default]
    Stable,
    /// Reported with 0 points.
    Preview,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) how: How,
    /// Month, as in "2026-11".
    pub(crate) seen: String,
    /// On how many sites, for observed phrases.
    #[serde(default)]
    pub(crate) hosts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    Observed,
    Known,
    Derived,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackFile {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: String,
}

/// Ids that were once in force, so that they are never given to another rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetiredFile {
    #[serde(default)]
    pub(crate) retired: Vec<Retired>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retired {
    pub(crate) id: String,
    /// The version whose rules no longer have it.
    pub(crate) since: String,
    /// What took its place, or why it went.
    pub(crate) why: String,
}
