//! Where in a text the character sequences speak for junk, and where for genuine text.

use super::{Model, read, sequences_of};
use crate::document::Span;

/// Points of every character of a text, as running sums: so the points of any stretch are one subtraction.
pub(crate) struct Profile {
    /// Offsets of the characters read, ascending.
    at: Vec<usize>,
    /// What stands before each of them is worth so much, in 1/1024 of a raw point; one more than offsets.
    sums: Vec<i64>,
}

impl Profile {
    /// Offsets are those of `folded`, counted from `start`.
    pub(crate) fn new(model: &Model, folded: &str, start: usize) -> Profile {
        let chars = read(folded, usize::MAX);
        let mut worth = vec![0i64; chars.len()];
        sequences_of(&chars, |hash, from, to| {
            let weight = i64::from(model.weight(hash)) * i64::from(model.scale) / (to - from) as i64;
            worth[from..to].iter_mut().for_each(|here| *here += weight);
        });
        let mut sum = 0;
        let mut sums = vec![0];
        sums.extend(worth.iter().map(|here| {
            sum += here;
            sum
        }));
        Profile { at: chars.iter().map(|(_, offset)| start + offset).collect(), sums }
    }

    /// What a stretch is worth among its neighbours, in points: a sum over its characters, not a mean.
    pub(crate) fn between(&self, span: Span) -> i32 {
        let upto = |offset: usize| self.sums[self.at.partition_point(|at| *at < offset)];
        ((upto(span.end) - upto(span.start)) / (1024 * RAW)) as i32
    }
}

/// A character takes part in so many sequences, about: raw sums are larger than the points of a text by this.
const RAW: i64 = 4;
