//! Detectors: what gives evidence. Phrases and patterns look for words, the others measure structure.
//!
//! A structural detector turns a [`Scene`] into a number with a documented unit; the rule that names it says how many
//! points which number is worth. To add one: a file here, a variant below, a rule in `rules/shape/und.toml`.

pub(crate) mod items;
mod kind;
pub(crate) mod patterns;
pub(crate) mod phrases;
pub(crate) mod respelled;
pub(crate) mod suspect;
pub(crate) mod table;

mod anchor;
mod cover;
mod disguise;
mod edges;
mod every_line;
mod function_words;
pub(crate) mod grams;
mod host;
mod pages;
mod place;
mod prose;
pub(crate) mod quotes;
mod refrain;
mod repeated_items;
mod repetition;
mod script_shift;
mod separator_run;
mod shared_prefix;
mod telling;
mod title;
pub(crate) mod topic;
mod whole_lines;

pub(crate) use kind::Detector;
pub(crate) use pages::Repeats;
pub(crate) use script_shift::foreign;

use items::Item;
use phrases::Hit;
use topic::GenuineLines;

use crate::document::Span;
use crate::grams::Model;
use crate::rules::RuleId;
use crate::view::{Counts, View};

/// A rule that fired in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which rule.
    pub rule: RuleId,
    /// Where, in bytes of the document: the phrase, the match, or the whole segment for a structural rule.
    pub span: Span,
    /// What it gives; negative speaks for genuine text. A rule's phrases share its cap.
    pub points: i32,
}

/// A candidate segment, and the page around it.
pub(crate) struct Scene<'s> {
    pub(crate) view: &'s View<'s>,
    pub(crate) span: Span,
    pub(crate) items: &'s [Item],
    /// Phrases inside the segment, allowed ones already taken out.
    pub(crate) hits: &'s [Hit],
    pub(crate) counts: Counts,
    /// The page without the segment.
    pub(crate) page: Counts,
    /// Whether it is the first or the last text of the document.
    pub(crate) at_end: bool,
    /// How many of its two ends stand within a sentence or a title, next to genuine words.
    pub(crate) open_ends: u32,
    /// Function words on its lines, outside of it; a sentence end counts as three.
    pub(crate) words_around: u32,
    /// Whether it is one item whose phrases decide by themselves.
    pub(crate) decides: bool,
    pub(crate) model: &'s Model,
    pub(crate) context: &'s Context,
    pub(crate) genuine: &'s GenuineLines,
    /// What other pages say of it.
    pub(crate) repeats: Repeats,
}

/// What is known of the page besides its text.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Telling phrases of a genuine title.
    pub(crate) title: Vec<u32>,
    pub(crate) host: Option<String>,
}

impl Detector {
    /// What the detector finds in a segment. `rule` is the rule that asks, `words` its words.
    pub(crate) fn measure(self, scene: &Scene, rule: u16, words: &[String]) -> i64 {
        match self {
            Detector::Anchor => anchor::measure(scene),
            Detector::Cover => cover::measure(scene),
            Detector::Disguise => disguise::measure(scene),
            Detector::Edges => edges::measure(scene),
            Detector::EveryLine => every_line::measure(scene),
            Detector::FunctionWords => function_words::measure(scene, rule),
            Detector::Grams => grams::measure(scene),
            Detector::Host => host::measure(scene, words),
            Detector::OtherHosts => pages::hosts(scene),
            Detector::OtherJunk => pages::junk(scene),
            Detector::Place => place::measure(scene),
            Detector::Prose => prose::measure(scene),
            Detector::Quotes => quotes::measure(scene),
            Detector::Refrain => refrain::measure(scene, rule),
            Detector::RepeatedItems => repeated_items::measure(scene),
            Detector::Repetition => repetition::measure(scene),
            Detector::ScriptShift => script_shift::measure(scene),
            Detector::SeparatorRun => separator_run::measure(scene),
            Detector::SharedPrefix => shared_prefix::measure(scene),
            Detector::Telling => telling::measure(scene),
            Detector::Title => title::measure(scene),
            Detector::Topic => topic::measure(scene),
            Detector::WholeLines => whole_lines::measure(scene),
        }
    }
}
