//! Other readings of words that were respelled to get past filters: `v1agra`, `s e x`, `c.a.s.i.n.o`.
//!
//! A reading is looked up beside the text as it stands; it counts only if a telling phrase is found in it. So model
//! numbers and initials cost nothing, and a phrase that was disguised is evidence by itself.

use super::phrases::{Hit, Phrases, Role};
use crate::document::Span;
use crate::view::{Class, View};

/// A run of single letters is at least so long.
const LEAST_SPACED: usize = 5;
/// A word with figures for letters has at least so many characters …
const LEAST_WORD: usize = 4;
/// … and so many letters among them.
const LEAST_LETTERS: usize = 2;

/// Adds the telling phrases that only another reading of some lines shows.
pub(crate) fn find(phrases: &Phrases, view: &View, lines: impl Fn(usize) -> bool, hits: &mut Vec<Hit>) {
    for (_, line) in view.lines().iter().enumerate().filter(|(number, _)| lines(*number)) {
        let text = line.view.of(view.text());
        if line.counts.letters() < LEAST_WORD as u32 {
            continue;
        }
        if line.counts.of(Class::Latin) > 0 && text.bytes().any(|byte| letters_of(byte).is_some()) {
            figures(phrases, text, line.view.start, hits);
        }
        spaced(phrases, text, line.view.start, hits);
    }
}

/// What a figure or sign is written for: the likelier letter and another one.
fn letters_of(byte: u8) -> Option<[u8; 2]> {
    Some(match byte {
        b'0' => [b'o'; 2],
        b'1' => [b'i', b'l'],
        b'3' => [b'e'; 2],
        b'4' | b'@' => [b'a'; 2],
        b'5' | b'$' => [b's'; 2],
        b'7' => [b't'; 2],
        b'!' => [b'i'; 2],
        _ => return None,
    })
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || letters_of(byte).is_some()
}

/// Where in a word figures and signs may stand for letters.
fn changed(word: &[u8]) -> impl Iterator<Item = usize> {
    let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let disguised = word.len() >= LEAST_WORD && letters >= LEAST_LETTERS && letters * 2 >= word.len();
    // Figures behind a word are a number of its own: `fun88`, `mp3`.
    let last = word.iter().rposition(u8::is_ascii_alphabetic).unwrap_or(0);
    let figure =
        move |(n, byte): (usize, &u8)| letters_of(*byte).is_some() && (n < last || n == last + 1 && *byte != b'!');
    word.iter().enumerate().filter(move |place| disguised && figure(*place)).map(|(n, _)| n)
}

/// A text with the likelier letters in the places of figures, and with the others if there are any.
fn read_otherwise(text: &[u8], changed: &[usize]) -> Vec<Vec<u8>> {
    let readings = if changed.iter().any(|place| text[*place] == b'1') { 2 } else { usize::from(!changed.is_empty()) };
    let reading = |reading: usize| {
        let mut other = text.to_vec();
        for &place in changed {
            other[place] = letters_of(text[place]).map_or(text[place], |letters| letters[reading]);
        }
        other
    };
    (0..readings).map(reading).collect()
}

/// The other readings of one word of letters, figures and signs.
pub(crate) fn readings(word: &[u8]) -> Vec<Vec<u8>> {
    read_otherwise(word, &changed(word).collect::<Vec<_>>())
}

/// Figures for letters: each is one byte, as the letter is, so positions stay.
fn figures(phrases: &Phrases, text: &str, at: usize, hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let mut places: Vec<usize> = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let length = bytes[start..].iter().take_while(|byte| in_word(**byte)).count();
        places.extend(changed(&bytes[start..start + length]).map(|n| start + n));
        start += length.max(1);
    }
    for other in read_otherwise(bytes, &places) {
        let Ok(other) = String::from_utf8(other) else { return };
        phrases.telling_in(&other, |span, rule, phrase| {
            if places.iter().any(|place| (span.start..span.end).contains(place)) {
                let span = Span::new(at + span.start, at + span.end);
                hits.push(Hit { span, rule, role: Role::Deny, phrase, respelled: true });
            }
        });
    }
}

/// Letters set apart: the run is read without what stands between.
fn spaced(phrases: &Phrases, text: &str, at: usize, hits: &mut Vec<Hit>) {
    let mut run: Vec<(usize, char)> = Vec::new();
    let mut alone = true;
    let mut chars = text.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let class = Class::of(c);
        let solid = |c: char| Class::of(c).is_letter() || Class::of(c) == Class::Digit;
        if class.is_letter() && !class.is_dense() {
            let next = chars.peek().map_or(' ', |(_, next)| *next);
            if alone && !solid(next) {
                run.push((offset, c));
                // One blank or mark between, not more.
                let after = text[offset + c.len_utf8() + next.len_utf8().min(text.len() - offset - c.len_utf8())..]
                    .chars()
                    .next();
                if after.is_none_or(|after| !Class::of(after).is_letter()) {
                    end_run(phrases, at, &mut run, hits);
                }
            } else {
                end_run(phrases, at, &mut run, hits);
            }
            alone = false;
        } else {
            alone = !solid(c);
        }
    }
    end_run(phrases, at, &mut run, hits);
}

fn end_run(phrases: &Phrases, at: usize, run: &mut Vec<(usize, char)>, hits: &mut Vec<Hit>) {
    if run.len() >= LEAST_SPACED {
        let mut joined = String::new();
        let places: Vec<usize> = run
            .iter()
            .map(|(_, c)| {
                joined.push(*c);
                joined.len() - c.len_utf8()
            })
            .collect();
        phrases.telling_in(&joined, |span, rule, phrase| {
            let place = |position: usize| places.binary_search(&position).ok();
            let last = places.partition_point(|place| *place < span.end).checked_sub(1);
            if let (Some(first), Some(last)) = (place(span.start), last)
                && last + 1 - first >= LEAST_SPACED
            {
                let span = Span::new(at + run[first].0, at + run[last].0 + run[last].1.len_utf8());
                hits.push(Hit { span, rule, role: Role::Deny, phrase, respelled: true });
            }
        });
    }
    run.clear();
}
