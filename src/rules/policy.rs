//! Thresholds, costs and caps: `policy.toml`.

use serde::{Deserialize, Serialize};

/// How much must be known before something is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Only what is beyond doubt.
    Safe,
    /// The default.
    #[default]
    Normal,
    /// Also what is probable.
    Strict,
}

/// Everything about the decision that is not a rule, as integers. `rules/policy.toml` holds the values in force
/// and says what each is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub(crate) threshold: Threshold,
    pub(crate) walk: Walk,
    pub(crate) suspect: Suspect,
    pub(crate) glance: Glance,
    pub(crate) advert: Advert,
    pub(crate) anchor: Anchor,
    pub(crate) outcome: Outcome,
    pub(crate) site: Site,
    pub(crate) limit: Limit,
}

/// Points a segment needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Threshold {
    pub(crate) safe: i32,
    pub(crate) normal: i32,
    pub(crate) strict: i32,
    /// From here on a segment is reported as suspect.
    pub(crate) suspect: i32,
    /// An item whose phrases give so much decides for itself: prose around does not excuse it.
    pub(crate) alone: i32,
    /// … unless words nearby speak for genuine text with so many points.
    pub(crate) alone_against: i32,
    /// Most that shape counts, in percent of what words give.
    pub(crate) shape_percent: i32,
}

impl Threshold {
    pub(crate) fn at(&self, strictness: Strictness) -> i32 {
        match strictness {
            Strictness::Safe => self.safe,
            Strictness::Normal => self.normal,
            Strictness::Strict => self.strict,
        }
    }
}

/// What an item is worth to the walk, and what a change of state costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Walk {
    pub(crate) item_cap: i32,
    pub(crate) unknown: i32,
    pub(crate) per_dense_letter: i32,
    pub(crate) per_four_letters: i32,
    pub(crate) unknown_cap: i32,
    pub(crate) short_dense: u32,
    pub(crate) short_spaced: u32,
    pub(crate) short_grams: i32,
    pub(crate) reach: i32,
    pub(crate) reach_drop: i32,
    pub(crate) reach_letter: i32,
    pub(crate) weak_cover: u32,
    pub(crate) weak: i32,
    pub(crate) weak_line: i32,
    pub(crate) refrain: i32,
    pub(crate) function_word: i32,
    pub(crate) free_function_words: u32,
    pub(crate) sentence: i32,
    pub(crate) own_script: i32,
    pub(crate) other_script: i32,
    pub(crate) grams_percent: i32,
    pub(crate) grams_cap: i32,
    pub(crate) telling_grams_percent: i32,
    pub(crate) list_pieces: usize,
    pub(crate) list_share: u32,
    pub(crate) list_end: i32,
    pub(crate) lines_share: u32,
    pub(crate) switch_line: i32,
    pub(crate) switch_blank_line: i32,
    pub(crate) switch_separator: i32,
    pub(crate) switch_other_separator: i32,
    pub(crate) switch_blank: i32,
    pub(crate) switch_sentence: i32,
    pub(crate) switch_edge: i32,
}

/// Which lines are looked at closely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Suspect {
    pub(crate) list_items: u32,
    pub(crate) dense_item_letters: u32,
    pub(crate) spaced_item_letters: u32,
    pub(crate) list_lines: u32,
    pub(crate) bridge_lines: u32,
    pub(crate) refrains: u32,
    pub(crate) grams: i32,
    pub(crate) likely: i32,
    pub(crate) likely_letters: u32,
}

/// Which lines with a rare word of some phrase, but no telling phrase, are looked at with their block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Glance {
    pub(crate) item: i32,
    pub(crate) anchors: u32,
}

/// When a line is put up for judgement as a whole: adverts are written as sentences, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Advert {
    pub(crate) points: i32,
    pub(crate) phrases: u32,
    pub(crate) density: i32,
    pub(crate) dense_letter: u32,
    pub(crate) clusters: usize,
    pub(crate) likely_points: i32,
    pub(crate) short_rest: u32,
    pub(crate) rest: i32,
    pub(crate) grams: i32,
    pub(crate) likely: i32,
    pub(crate) likely_rest: i32,
    pub(crate) fits: i32,
    pub(crate) against: i32,
}

/// Which lines are put up for judgement since other pages have them, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Site {
    pub(crate) letters: u32,
    pub(crate) hosts: u32,
    pub(crate) piece_letters: u32,
    pub(crate) junk: u32,
    pub(crate) share: u32,
}

/// When a phrase inside a sentence was put there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Anchor {
    pub(crate) letters: u32,
    pub(crate) points: i32,
    pub(crate) grams: i32,
    pub(crate) rest: i32,
    pub(crate) together: i32,
    pub(crate) against_percent: i32,
    pub(crate) near: u32,
}

/// When a document is junk as a whole, and how much it may lose otherwise, in percent of its solid characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Outcome {
    pub(crate) junk_share: u32,
    pub(crate) lists: u32,
    pub(crate) list_share: u32,
    pub(crate) most_share: u32,
    pub(crate) most_points: i32,
}

/// Sizes past which a text passes through unexamined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limit {
    pub(crate) document_bytes: usize,
    pub(crate) rounds: u32,
    pub(crate) topic_bytes: usize,
}
