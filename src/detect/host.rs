//! The host: nobody sells pills on the pages of a school, an office or a church.

use super::Scene;

/// 1 if the host ends in one of the rule's words (`.edu`, `.gov.br`), else 0; also 0 if no host is known.
pub(super) fn measure(scene: &Scene, words: &[String]) -> i64 {
    let Some(host) = &scene.context.host else { return 0 };
    let ends = |word: &String| host.ends_with(word.as_str()) || host == word.trim_start_matches('.');
    i64::from(words.iter().any(ends))
}
