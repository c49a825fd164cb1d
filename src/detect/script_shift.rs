//! Contrast with the page: a Simplified list above a Traditional article, Chinese on an English page.

use super::Scene;
use crate::view::{Class, Counts};

/// In which way a stretch is foreign to its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Its script is (nearly) absent from the rest of the page.
    Script,
    /// Simplified Chinese on a Traditional page, or the other way round.
    Hanzi,
}

/// A page with fewer letters than this has no script to speak of.
const LEAST_PAGE_LETTERS: u32 = 60;
/// A script with at most one letter in so many is absent from the page.
const ABSENT: u32 = 50;
/// Characters of one Chinese script that make a page or a stretch clearly of that script.
const CLEAR_PAGE: u32 = 12;
const CLEAR_STRETCH: u32 = 2;

/// Letters of the segment that are foreign to the page; 0 if it is at home there, and for sentences: pages quote, and
/// greet readers in other languages.
pub(super) fn measure(scene: &Scene) -> i64 {
    if scene.items.iter().any(|item| item.ends_sentence) {
        return 0;
    }
    foreign(&scene.counts, &scene.page).map_or(0, |_| i64::from(scene.counts.letters()))
}

/// How a stretch differs from the page around it, if it does.
pub(crate) fn foreign(stretch: &Counts, page: &Counts) -> Option<Foreign> {
    if page.letters() < LEAST_PAGE_LETTERS {
        return None;
    }
    let main = Class::SCRIPTS.iter().copied().max_by_key(|script| stretch.of(*script))?;
    // A few Latin letters stand on pages of every script.
    if main != Class::Latin && stretch.of(main) > 0 && page.of(main) * ABSENT <= page.letters() {
        return Some(Foreign::Script);
    }
    let simplified_stretch = stretch.simplified >= CLEAR_STRETCH && stretch.traditional == 0;
    let traditional_stretch = stretch.traditional >= CLEAR_STRETCH && stretch.simplified == 0;
    let traditional_page = page.traditional >= CLEAR_PAGE && page.traditional >= 4 * page.simplified;
    let simplified_page = page.simplified >= CLEAR_PAGE && page.simplified >= 4 * page.traditional;
    (simplified_stretch && traditional_page || traditional_stretch && simplified_page).then_some(Foreign::Hanzi)
}
