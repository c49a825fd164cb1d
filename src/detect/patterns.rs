//! Patterns: regular expressions that run on lines which hold one of their anchors.

use super::phrases::{Hit, MATCHED, Role};
use crate::document::Span;
use crate::rules::{Body, Pattern, Rule};
use crate::view::View;

#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns {
    patterns: Vec<(u16, Pattern)>,
}

impl Patterns {
    pub(crate) fn new(rules: &[Rule]) -> Patterns {
        let pattern = |(index, rule): (usize, &Rule)| match &rule.body {
            Body::Pattern { pattern, .. } => Some((index as u16, pattern.clone())),
            _ => None,
        };
        Patterns { patterns: rules.iter().enumerate().filter_map(pattern).collect() }
    }

    /// Puts matches in the place of anchors: every pattern runs once on each line that holds one of its anchors.
    pub(crate) fn resolve(&self, view: &View, hits: &mut Vec<Hit>) {
        let mut due: Vec<(usize, u16)> = hits
            .iter()
            .filter(|hit| hit.role == Role::Anchor)
            .map(|hit| (view.line_at(hit.span.start), hit.rule))
            .collect();
        if due.is_empty() {
            return;
        }
        due.sort_unstable();
        due.dedup();
        hits.retain(|hit| hit.role != Role::Anchor);
        for (line, rule) in due {
            let Ok(owner) = self.patterns.binary_search_by_key(&rule, |(owner, _)| *owner) else { continue };
            let Some(regex) = self.patterns[owner].1.regex() else { continue };
            let line = view.lines()[line].view;
            for found in regex.find_iter(line.of(view.text())).filter(|found| !found.is_empty()) {
                let span = Span::new(line.start + found.start(), line.start + found.end());
                let key = found
                    .as_str()
                    .bytes()
                    .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
                hits.push(Hit { span, rule, role: Role::Deny, phrase: key | MATCHED, respelled: false });
            }
        }
    }
}
