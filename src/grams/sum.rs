//! The sum of the weights of all sequences of a short text: what [`super::sequences`] gives, read one length after the other
//! over all places, so that the compiler can do several places at once.

use super::{LONGEST, MOST_CHARS, Model, START, WORD, finish, mix};
use crate::view::Class;

/// Characters read, and a blank before and behind.
const MOST: usize = MOST_CHARS + 2;
/// The longest sequence of scripts written without blanks, and the shortest of others.
const MIDDLE: usize = 3;

/// Sum and number of the weights of a folded text.
pub(super) fn sum(model: &Model, folded: &str) -> (i64, u64) {
    let mut chars = [0u32; MOST + LONGEST];
    // All bits for characters of scripts written without blanks, else none.
    let mut dense = [0i32; MOST];
    let mut length = 1;
    chars[0] = BLANK;
    let mut last = BLANK;
    let (mut word, mut words, mut any_dense) = (WORD, (0i64, 0u64), 0i32);
    for c in folded.chars().take(MOST_CHARS) {
        let class = Class::of(c);
        let code = match class {
            Class::Digit => DIGIT,
            class if class.is_letter() => c as u32,
            _ => BLANK,
        };
        if code != BLANK {
            word = mix(word, code);
        } else if last == BLANK {
            continue;
        } else {
            words = (words.0 + i64::from(model.weight(finish(word))), words.1 + 1);
            word = WORD;
        }
        dense[length] = -i32::from(class.is_dense());
        any_dense |= dense[length];
        chars[length] = code;
        length += 1;
        last = code;
    }
    if last != BLANK {
        words = (words.0 + i64::from(model.weight(finish(word))), words.1 + 1);
        chars[length] = BLANK;
        length += 1;
    }
    let (mut total, mut count) = words;
    let mut hashes = [START; MOST];
    for size in 1..=LONGEST {
        let places = (length + 1).saturating_sub(size);
        for (hash, c) in hashes[..places].iter_mut().zip(&chars[size - 1..]) {
            *hash = mix(*hash, *c);
        }
        if size < MIDDLE && any_dense == 0 {
            continue;
        }
        let mut slots = [0u32; MOST];
        for (slot, hash) in slots[..places].iter_mut().zip(&hashes) {
            *slot = finish(*hash);
        }
        let weights = slots[..places].iter().map(|slot| i32::from(model.weight(*slot)));
        let (sum, number): (i32, i32) = match size {
            MIDDLE => (weights.sum(), places as i32),
            _ if any_dense == 0 => (weights.sum(), places as i32),
            _ => {
                // Short ones of these scripts, long ones of others.
                let keep = dense.iter().map(|dense| if size < MIDDLE { *dense } else { !*dense });
                weights.zip(keep).fold((0, 0), |(sum, number), (weight, keep)| (sum + (weight & keep), number - keep))
            }
        };
        total += i64::from(sum);
        count += number as u64;
    }
    (total, count)
}

const BLANK: u32 = ' ' as u32;
const DIGIT: u32 = '0' as u32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sequences;
    use super::*;

    proptest! {
        /// Held against the sequences one by one.
        #[test]
        fn sums_what_the_sequences_give(text in "([a-zя中文ไทかな한 ,.0-9]{0,40}|\\PC{0,20}){0,20}") {
            let model = Model::builtin().unwrap();
            let folded = crate::view::fold_text(&text);
            let (mut total, mut count) = (0, 0);
            sequences(&folded, |hash| {
                total += i64::from(model.weight(hash));
                count += 1;
            });
            prop_assert_eq!(sum(&model, &folded), (total, count));
        }
    }
}
