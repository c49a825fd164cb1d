//! `dechaff learn`: the model of character sequences, fitted to documents whose junk is known.

use std::io::BufRead;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use dechaff::formats::compress;
use dechaff::grams::{self, Options, Sample};
use dechaff::{Filter, Pack, marked};
use serde::Deserialize;

use super::Status;
use crate::args::Learn;
use crate::cases;
use crate::output::Atomic;
use crate::print;

/// How many pieces of a document are learnt from, at most.
pub const PIECES: usize = 200;

#[derive(Deserialize)]
struct Genuine {
    text: String,
    #[serde(default)]
    licence: String,
}

pub fn run(args: &Learn) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let mut status = Status::default();
    let mut samples = Vec::new();
    if !args.cases.is_empty() {
        for case in cases::read_all(&args.cases, &mut status)? {
            samples.extend(spread(filter.samples(&case.text, &case.gold), args.pieces));
        }
        samples.iter_mut().for_each(|sample| sample.weight = args.weight as f32);
    }
    read_genuine(&filter, &args.genuine, &args.licences, args.pieces, &mut samples)?;
    if args.vocabulary > 0 {
        let packs = super::packs(&args.filter)?;
        samples.extend(filter.vocabulary(&packs, args.vocabulary)?);
        samples.extend(proofs(&filter, &packs)?);
    }
    let junk = samples.iter().filter(|sample| sample.junk).count();
    if junk == 0 || junk == samples.len() {
        bail!("nothing to tell apart: {junk} of {} pieces are junk; give both kinds", samples.len());
    }
    let mut options = Options::default();
    (options.bits, options.rounds, options.seed) = (args.bits, args.rounds, args.seed);
    let model = grams::fit(&samples, &options);
    let right = samples.iter().filter(|sample| (model.score(&sample.text) > 0) == sample.junk).count();
    let mut file = Atomic::create(&args.output)?;
    file.write(&model.to_bytes())?;
    file.keep()?;
    print::notice(format_args!(
        "{} pieces, {junk} of them junk; {:.1} % on the right side; {model:?}",
        samples.len(),
        100.0 * right as f64 / samples.len() as f64
    ));
    Ok(status)
}

/// Pieces of files whose texts are genuine from end to end, of the licences that are allowed; of all if none is named.
pub fn read_genuine(
    filter: &Filter,
    paths: &[PathBuf],
    licences: &[String],
    pieces: usize,
    samples: &mut Vec<Sample>,
) -> Result<()> {
    for path in paths {
        let shown = path.display().to_string();
        let reader = compress::open(path).with_context(|| shown.clone())?;
        for (number, line) in reader.lines().enumerate() {
            let line = line.with_context(|| shown.clone())?;
            if !line.trim().is_empty() {
                let row: Genuine = serde_json::from_str(&line).with_context(|| format!("{shown}:{}", number + 1))?;
                if licences.is_empty() || licences.iter().any(|licence| row.licence.starts_with(licence.as_str())) {
                    samples.extend(spread(filter.samples(&row.text, &[]), pieces));
                }
            }
        }
    }
    Ok(())
}

/// The texts by which the rules in force prove themselves: what they cut, and what they keep.
pub fn proofs(filter: &Filter, packs: &[Pack]) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for proof in packs.iter().flat_map(Pack::proofs) {
        if filter.rules().iter().any(|rule| rule.id == proof.rule) {
            let (text, junk) = marked::parse(&proof.text).map_err(|why| anyhow::anyhow!("{}: {why}", proof.rule))?;
            samples.extend(filter.samples(&text, &junk));
        }
    }
    Ok(samples)
}

/// At most `limit` samples, from all over the document.
pub fn spread(samples: Vec<Sample>, limit: usize) -> impl Iterator<Item = Sample> {
    let step = samples.len().div_ceil(limit.max(1)).max(1);
    samples.into_iter().step_by(step)
}
