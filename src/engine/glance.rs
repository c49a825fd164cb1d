//! A glance at a text: whether any of it can come to a segment. Nearly all texts are clean, and only lines that the screen
//! lets through, and what stands in one block with them, are folded and looked up to say so.

use std::cell::OnceCell;

use super::Engine;
use crate::detect::phrases::{Hit, Role};
use crate::detect::suspect::{self, Block};
use crate::document::Span;
use crate::screen::Seen;
use crate::screen::masks::Level;
use crate::view::{Counts, View};

/// A line of fewer bytes is short, or so nearly that folding it to say so is not worth while.
const LEAST_LONG: usize = 40;

/// A part of a text in which every block is whole.
struct Region<'t> {
    span: Span,
    view: View<'t>,
    telling: Vec<Hit>,
    /// Each with whether it was looked at.
    blocks: Vec<(Block, bool)>,
}

impl Engine {
    /// Calls `each` with the lines that the screen lets through, until it says to stop; gives whether it did.
    pub(crate) fn screen(&self, text: &str, mut each: impl FnMut(Span, Seen) -> bool) -> bool {
        let counts = |rule: u16| self.rules[rule as usize].is_telling();
        let tells = |stretch: &str, before: usize| self.phrases.tells(stretch, before, counts);
        self.phrases
            .screens(self.policy.suspect.refrains)
            .any(|screen| screen.lines(text, &tells, Level::best()).any(|(line, seen)| each(line, seen)))
    }

    /// Whether a text can hold anything that reaches the threshold of suspicion.
    pub(super) fn may_hold_junk(&self, text: &str) -> bool {
        let page = OnceCell::new();
        let mut region: Option<Region> = None;
        self.screen(text, |line, seen| {
            if !self.line_matters(line.of(text), seen) {
                return false;
            }
            let mut here = match region.take() {
                Some(known) if known.span.contains(line) => known,
                _ => self.region(text, line),
            };
            let matters = self.block_matters(text, &mut here, line, &page);
            region = Some(here);
            matters
        })
    }

    /// Whether a line is suspect by what stands in it, or may be of a list of common words or of words that only the model
    /// knows.
    pub(super) fn line_matters(&self, line: &str, seen: Seen) -> bool {
        // Most lines with a rare word are prose about something else.
        let glance = &self.policy.glance;
        if !seen.tells && !seen.respelled && seen.anchors < glance.anchors && suspect::is_surely_prose(line) {
            return false;
        }
        let view = View::new(line);
        let policy = &self.policy.suspect;
        let Some(here) = view.lines().first() else { return false };
        let is_item = suspect::is_short(here, policy) || suspect::is_list_line(&view, 0, policy, &self.separators);
        let score = self.model.score_folded(view.text());
        is_item && score >= glance.item
            || (seen.tells || seen.respelled) && self.tells(&self.telling(&view))
            || self.is_likely_score(here, score)
    }

    fn tells(&self, telling: &[Hit]) -> bool {
        let phrase = |hit: &Hit| hit.role == Role::Deny && self.rules[hit.rule as usize].is_telling();
        let refrains = telling.iter().filter(|hit| hit.role == Role::Refrain).count();
        telling.iter().any(phrase) || refrains >= self.policy.suspect.refrains as usize
    }

    /// What stands around a line, folded and looked up.
    fn region<'t>(&self, text: &'t str, line: Span) -> Region<'t> {
        let span = self.surroundings(text, line);
        let view = View::new(span.of(text));
        let telling = self.telling(&view);
        let blocks = self.blocks(&view, &telling).into_iter().map(|block| (block, false)).collect();
        Region { span, view, telling, blocks }
    }

    /// A line with its neighbours, up to lines on both sides that are long and not suspect: what stands behind these is in no
    /// block with it.
    fn surroundings(&self, text: &str, line: Span) -> Span {
        let ends_block = |line: &str| {
            line.len() >= LEAST_LONG && {
                let view = View::new(line);
                let here = &view.lines()[0];
                !suspect::is_short(here, &self.policy.suspect) && self.blocks(&view, &self.telling(&view)).is_empty()
            }
        };
        let (mut start, mut end) = (line.start, line.end);
        while start > 0 {
            let before = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
            let done = ends_block(&text[before..start - 1]);
            start = before;
            if done {
                break;
            }
        }
        while end < text.len() {
            let next = text[end + 1..].find('\n').map_or(text.len(), |at| end + 1 + at);
            let done = ends_block(&text[end + 1..next]);
            end = next;
            if done {
                break;
            }
        }
        Span::new(start, end)
    }

    /// Whether the walk takes anything for junk in the block that holds a line, if that was not yet asked.
    fn block_matters(&self, text: &str, region: &mut Region, line: Span, page: &OnceCell<Counts>) -> bool {
        let Region { span, view, telling, blocks } = region;
        let number = view.line_of_document(line.start - span.start);
        let at = blocks.partition_point(|(block, _)| block.last < number);
        let Some((block, known)) = blocks.get_mut(at).filter(|(block, known)| block.first <= number && !known) else {
            return false;
        };
        *known = true;
        let Some(looked) = self.look(view, telling, *block) else { return false };
        view.set_total(*page.get_or_init(|| *View::new(text).total()));
        !self.candidates(view, &looked).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;
    use crate::rules::{Body, Pack, Rule};

    /// The built-in engine, and some of the telling phrases of every rule.
    fn built() -> &'static (Engine, Vec<String>) {
        static BUILT: OnceLock<(Engine, Vec<String>)> = OnceLock::new();
        BUILT.get_or_init(|| {
            let mut phrases = Vec::new();
            for rule in Pack::builtin().unwrap().rules().unwrap().iter().filter(|rule| rule.weight > 0) {
                match &rule.body {
                    Body::Phrases { phrases: some, .. } if Rule::is_telling(rule) => {
                        phrases.extend(crate::rules::evenly(some, 60).into_iter().map(str::to_owned));
                    }
                    _ => {}
                }
            }
            let filter = crate::Filter::builtin();
            (filter.engine().clone(), phrases)
        })
    }

    fn unscreened() -> &'static Engine {
        static UNSCREENED: OnceLock<crate::Filter> = OnceLock::new();
        UNSCREENED.get_or_init(|| crate::Filter::builtin().unscreened()).engine()
    }

    /// A phrase as somebody may write it.
    fn written(phrase: &str, how: usize) -> String {
        match how {
            1 => phrase.to_uppercase(),
            2 => {
                let mut before = ' ';
                let title = |c: char| {
                    let starts = std::mem::replace(&mut before, c) == ' ';
                    if starts { c.to_uppercase().collect::<String>() } else { c.to_string() }
                };
                phrase.chars().map(title).collect()
            }
            3 => phrase
                .chars()
                .map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap_or(c) } else { c })
                .collect(),
            4 => phrase.replace(' ', "  "),
            5 => phrase.chars().flat_map(|c| [c, '\u{200B}']).collect(),
            6 => phrase.replace('i', "1").replace('o', "0"),
            7 => phrase.chars().flat_map(|c| if c == 'a' { vec!['a', '\u{301}'] } else { vec![c] }).collect(),
            9 => phrase.replace(' ', &" ".repeat(200)),
            10 => phrase.chars().flat_map(|c| std::iter::once(c).chain(std::iter::repeat_n('\u{301}', 9))).collect(),
            8 => phrase.replace('a', "а").replace('o', "о"),
            _ => phrase.to_owned(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// The gate stops wherever a close reading would see something, whichever instructions it uses.
        #[test]
        fn the_gate_stops_in_every_line_that_deserves_a_look(
            lines in proptest::collection::vec((
                any::<prop::sample::Index>(),
                0..12usize,
                "([a-zA-Z]{1,9} ){0,12}[a-zA-Zäя中文 ,.0-9@$!]{0,12}|[中文網国线上娱乐ไทย한국かなé–、 a-d1]{0,30}|[vV][1iíIі]a[gq@]ra|[中文網国线上娱乐か、。的是]{0,60}|([a-z] ){3,7}|\\PC{0,12}",
                "[a-zA-ZäяéЯ中文 ,.0-9@$!]{0,12}| {60,70}[a-z]{0,3}|[a-z]{60,130}",
            ), 1..5),
        ) {
            let (engine, phrases) = built();
            let line = |(at, how, before, behind): &(prop::sample::Index, usize, String, String)| match *how {
                11 => format!("{before}{behind}"),
                how => format!("{before}{}{behind}", written(&phrases[at.index(phrases.len())], how)),
            };
            let text: Vec<String> = lines.iter().map(line).collect();
            let text = text.join("\n");
            let tells = |stretch: &str, before: usize| engine.phrases.tells(stretch, before, |_| true);
            for screen in engine.phrases.screens(engine.policy.suspect.refrains) {
                let plainly = screen.lines(&text, &tells, Level::Portable).plainly();
                for level in Level::all() {
                    let found: Vec<_> = screen.lines(&text, &tells, level).collect();
                    let missed = plainly.iter().find(|(line, _)| !found.iter().any(|(other, _)| line == other));
                    prop_assert!(missed.is_none(), "{level:?} {:?} {:?}", missed, missed.map(|(line, _)| line.of(&text)));
                }
            }
        }

        /// A line in which a telling phrase stands is never held back.
        #[test]
        fn what_tells_is_let_through(
            at in any::<prop::sample::Index>(),
            how in 0..11usize,
            before in "[a-zA-Zäя中文 ,.0-9]{0,12}",
            behind in "[a-zA-Zäя中文 ,.0-9]{0,12}",
        ) {
            let (engine, phrases) = built();
            let phrase = written(&phrases[at.index(phrases.len())].replace(|c: char| c.is_control(), ""), how);
            let text = format!("first line\n{before}{phrase}{behind}\nlast line");
            let view = View::new(&text);
            // What a pattern finds inside a longer word is left to the other words of its line.
            let unscreened = unscreened();
            let mut hits = unscreened.telling(&view);
            hits.retain(|hit| matches!(engine.rules[hit.rule as usize].body, Body::Phrases { .. }));
            if engine.tells(&hits) {
                let start = text.find('\n').unwrap() + 1;
                let found = engine.screen(&text, |line, seen| line.start == start && engine.line_matters(line.of(&text), seen));
                prop_assert!(found, "{text:?}");
            }
        }
    }
}
