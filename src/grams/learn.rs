//! Fits the weights of a [`Model`]: a linear classifier with hinge loss, by AdaGrad over shuffled samples.
//!
//! Nothing but additions, multiplications, divisions and square roots of IEEE 754 is used, in a fixed order: the same
//! samples give the same model on every platform.

use super::{Model, sequences};
use crate::view;

/// A text and whether it is junk.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// An item of a list, a title, a sentence; at most 400 characters count.
    pub text: String,
    /// Whether it is junk.
    pub junk: bool,
    /// How much it counts beside the others; 1 is usual.
    pub weight: f32,
}

/// How a model is fitted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Size of the table: two to this power, in bytes; 8 to 21.
    pub bits: u32,
    /// How often every sample is looked at.
    pub rounds: u32,
    /// Start of the order in which samples are looked at.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { bits: 20, rounds: 4, seed: 1 }
    }
}

/// A sample counts at most so much.
const LARGEST: f32 = 32.0;
/// Step of the descent.
const RATE: f32 = 0.2;
/// How hard weights are pulled towards zero at each step they take part in.
const SHRINK: f32 = 2e-5;
/// A sample on the right side by so much is left alone.
const MARGIN: f32 = 1.0;
/// Points of a text that lies on the margin.
const POINTS: f32 = 30.0;
/// Larger weights than this share of all are cut off, so that the others keep their precision.
const KEPT: f64 = 0.9995;

/// Fits a model to samples. Both kinds count alike, however many there are of each.
pub fn fit(samples: &[Sample], options: &Options) -> Model {
    let bits = options.bits.clamp(*super::BITS.start(), *super::BITS.end());
    let size = 1usize << bits;
    let folded: Vec<(Vec<u32>, f32)> = {
        let total = |junk: bool| samples.iter().filter(|s| s.junk == junk).map(|s| f64::from(s.weight)).sum::<f64>();
        let (junk, genuine) = (total(true).max(1.0), total(false).max(1.0));
        let mean = (junk + genuine) / 2.0;
        samples
            .iter()
            .map(|sample| {
                let mut places = Vec::new();
                sequences(&view::fold_text(&sample.text), |hash| places.push(hash >> (32 - bits)));
                let balance = mean / if sample.junk { junk } else { genuine };
                let weight = sample.weight * (balance.min(20.0) as f32);
                (places, if sample.junk { weight } else { -weight })
            })
            .filter(|(places, _)| !places.is_empty())
            .collect()
    };
    let mut weights = vec![0f32; size];
    let mut squares = vec![1e-3f32; size];
    let mut order: Vec<u32> = (0..folded.len() as u32).collect();
    let mut random = options.seed.max(1);
    let mut mean = vec![0f32; size];
    let averaged = options.rounds.div_ceil(2).max(1);
    for round in 0..options.rounds {
        for n in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(n, (random % (n as u64 + 1)) as usize);
        }
        for &n in &order {
            let (places, weight) = &folded[n as usize];
            let norm = (places.len() as f32).sqrt();
            let sum: f32 = places.iter().map(|place| weights[*place as usize]).sum();
            let (truth, amount) = (weight.signum(), weight.abs());
            if sum / norm * truth >= MARGIN {
                continue;
            }
            let step = truth * amount.min(LARGEST) / norm;
            for place in places {
                let place = *place as usize;
                squares[place] += step * step;
                weights[place] += RATE * step / squares[place].sqrt();
                weights[place] *= 1.0 - SHRINK;
            }
        }
        // The mean of the later rounds hangs less on the order of the samples than the last one does.
        if round + averaged >= options.rounds {
            mean.iter_mut().zip(&weights).for_each(|(mean, weight)| *mean += weight / averaged as f32);
        }
    }
    quantise(bits, &mean)
}

fn quantise(bits: u32, weights: &[f32]) -> Model {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|size| *size > 0.0).collect();
    sizes.sort_unstable_by(f32::total_cmp);
    let largest = sizes.get((sizes.len() as f64 * KEPT) as usize).or(sizes.last()).copied().unwrap_or(1.0).max(1e-6);
    let unit = largest / 127.0;
    let small = weights.iter().map(|weight| (weight / unit).round().clamp(-127.0, 127.0) as i8).collect();
    // A weight of 1 is `unit` of the margin, which is worth POINTS.
    Model::new(bits, (unit * POINTS * 1024.0 / MARGIN).round().max(1.0) as u32, small)
}
