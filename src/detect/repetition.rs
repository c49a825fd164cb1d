//! The same few syllables over and over: 久久久久, or one core in every item.

use std::collections::HashMap;

use super::Scene;
use crate::view::Class;

/// Fewer pairs of letters than this say nothing about repetition.
const LEAST_PAIRS: usize = 12;

/// Percent of the pairs of neighbouring letters that occur more than once, 0 to 100.
pub(super) fn measure(scene: &Scene) -> i64 {
    let mut pairs: HashMap<(char, char), u32> = HashMap::new();
    let mut all = 0;
    let mut last = None;
    for c in scene.span.of(scene.view.text()).chars() {
        let letter = Some(c).filter(|c| Class::of(*c).is_letter());
        if let (Some(last), Some(letter)) = (last, letter) {
            *pairs.entry((last, letter)).or_default() += 1;
            all += 1;
        }
        last = letter;
    }
    if all < LEAST_PAIRS {
        return 0;
    }
    let repeated: u32 = pairs.values().filter(|times| **times > 1).sum();
    i64::from(repeated) * 100 / all as i64
}
