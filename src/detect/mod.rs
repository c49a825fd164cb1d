//! Detectors: what gives evidence. Phrases and patterns look for words, the others measure structure.
//!
//! A structural detector turns a [`Scene`] into a number with a documented unit; the rule that names it says how many
//! points which number is worth. To add one: a file here, a variant below, a rule in `rules/shape/und.toml`.

pub(crate) mod items;
pub(crate) mod patterns;
pub(crate) mod phrases;
pub(crate) mod respelled;
pub(crate) mod suspect;
mod words;

mod anchor;
mod cover;
mod disguise;
mod edges;
mod every_line;
mod function_words;
pub(crate) mod grams;
mod host;
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
}

/// What is known of the page besides its text.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Telling phrases of a genuine title.
    pub(crate) title: Vec<u32>,
    pub(crate) host: Option<String>,
}

/// The structural detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detector {
    Anchor,
    Cover,
    Disguise,
    Edges,
    EveryLine,
    FunctionWords,
    Grams,
    Host,
    Place,
    Prose,
    Quotes,
    Refrain,
    RepeatedItems,
    Repetition,
    ScriptShift,
    SeparatorRun,
    SharedPrefix,
    Telling,
    Title,
    Topic,
    WholeLines,
}

impl Detector {
    const ALL: [(&'static str, Detector); 21] = [
        ("anchor", Detector::Anchor),
        ("cover", Detector::Cover),
        ("disguise", Detector::Disguise),
        ("edges", Detector::Edges),
        ("every-line", Detector::EveryLine),
        ("function-words", Detector::FunctionWords),
        ("grams", Detector::Grams),
        ("host", Detector::Host),
        ("place", Detector::Place),
        ("prose", Detector::Prose),
        ("quotes", Detector::Quotes),
        ("refrain", Detector::Refrain),
        ("repeated-items", Detector::RepeatedItems),
        ("repetition", Detector::Repetition),
        ("script-shift", Detector::ScriptShift),
        ("separator-run", Detector::SeparatorRun),
        ("shared-prefix", Detector::SharedPrefix),
        ("telling", Detector::Telling),
        ("title", Detector::Title),
        ("topic", Detector::Topic),
        ("whole-lines", Detector::WholeLines),
    ];

    pub(crate) fn by_name(name: &str) -> Option<Detector> {
        Detector::ALL.iter().find(|(known, _)| *known == name).map(|(_, detector)| *detector)
    }

    /// Whether the words of its rule are looked up in the text.
    pub(crate) fn reads_words(self) -> bool {
        self != Detector::Host
    }

    /// Whether the words of its rule are looked up in all text, because they can make a line suspect by their number.
    pub(crate) fn seeks_everywhere(self) -> bool {
        self == Detector::Refrain
    }

    pub(crate) fn names() -> String {
        Detector::ALL.map(|(name, _)| name).join(", ")
    }

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
