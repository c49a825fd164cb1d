//! The structural detectors by name: what a rule file may ask for.

use serde::{Deserialize, Serialize};

/// The structural detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Detector {
    Anchor,
    Cover,
    Disguise,
    Edges,
    EveryLine,
    FunctionWords,
    Grams,
    Host,
    OtherHosts,
    OtherJunk,
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
    const ALL: [(&'static str, Detector); 23] = [
        ("anchor", Detector::Anchor),
        ("cover", Detector::Cover),
        ("disguise", Detector::Disguise),
        ("edges", Detector::Edges),
        ("every-line", Detector::EveryLine),
        ("function-words", Detector::FunctionWords),
        ("grams", Detector::Grams),
        ("host", Detector::Host),
        ("other-hosts", Detector::OtherHosts),
        ("other-junk", Detector::OtherJunk),
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
}
