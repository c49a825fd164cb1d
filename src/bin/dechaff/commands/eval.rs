//! `dechaff eval`: recall and precision on documents whose junk is known.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result, bail};
use dechaff::grams::{self, Sample};
use dechaff::{Rule, Span, marked};
use rayon::prelude::*;

use super::{Status, learn, stdout};
use crate::args::{Eval, Left, Part};
use crate::cases::{self, Case};
use crate::print;
use crate::score::{Figures, Judged, Row};

pub fn run(args: &Eval) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let mut status = Status::default();
    let cases = cases::read_all(&args.cases, &mut status)?;
    if cases.is_empty() {
        bail!("no cases: give marked texts (.txt with ⟦junk⟧) or JSON Lines with `text` and `gold`");
    }
    let judged = match args.leave_out {
        None => cases.par_iter().map(|case| Some(Judged::new(&filter, case))).collect(),
        Some(left) => leave_out(args, left, &cases, &cases::read_all(&args.learn, &mut status)?)?,
    };
    let mut tables: BTreeMap<String, Figures> = BTreeMap::new();
    for (case, judged) in cases.iter().zip(&judged) {
        let Some(judged) = judged else { continue };
        for key in ["ALL".to_owned(), args.by.iter().map(|part| case.part(*part)).collect::<Vec<_>>().join("/")] {
            tables.entry(key).or_default().add(case, judged);
        }
    }
    let mut out = stdout();
    if args.json {
        let rows: BTreeMap<&String, Row> = tables.iter().map(|(key, figures)| (key, figures.row())).collect();
        writeln!(out, "{}", serde_json::to_string(&rows)?).context("standard output")?;
    } else {
        for (key, figures) in &tables {
            writeln!(out, "{key}: {}", figures.row()).context("standard output")?;
        }
    }
    let missed = cases.iter().zip(&judged).filter_map(|(case, judged)| Some((case, judged.as_ref()?)));
    let missed = missed.filter(|(case, judged)| judged.is_missed(case));
    for (case, judged) in missed.take(args.misses) {
        let shown = marked::mark(&case.text, &judged.cuts);
        writeln!(out, "miss {} [{}]: {}", case.name, case.group, print::snippet(&shown)).context("standard output")?;
        let stretches = |spans: &[Span]| {
            spans.iter().map(|span| print::snippet(span.of(&case.text))).collect::<Vec<_>>().join(" / ")
        };
        writeln!(out, "  should go: {}", stretches(&case.gold)).context("standard output")?;
        writeln!(out, "  went:      {}", stretches(&judged.cuts)).context("standard output")?;
    }
    out.flush().context("standard output")?;
    Ok(status)
}

/// Every language (or theme) of the cases in turn, judged by rules and a model that were made without it. Cases of a
/// language without rules are judged too; genuine cases have no part in this.
fn leave_out(args: &Eval, left: Left, cases: &[Case], learnt: &[Case]) -> Result<Vec<Option<Judged>>> {
    let part = match left {
        Left::Language => Part::Language,
        Left::Theme => Part::Theme,
    };
    let mut values: Vec<&str> = cases.iter().filter(|case| !case.gold.is_empty()).map(|case| case.part(part)).collect();
    values.sort_unstable();
    values.dedup();
    let full = super::filter(&args.filter)?;
    let mut judged: Vec<Option<Judged>> = cases.iter().map(|_| None).collect();
    let packs = super::packs(&args.filter)?;
    let mut genuine = Vec::new();
    learn::read_genuine(&full, &args.genuine, &args.licences, learn::PIECES, &mut genuine)?;
    for value in values {
        let ignored = |rule: &Rule| match left {
            Left::Language => base(rule.id.language()) == base(value),
            Left::Theme => rule.id.theme() == value,
        };
        let mut builder = super::builder(&args.filter)?;
        for rule in full.rules().iter().filter(|rule| ignored(rule)) {
            builder = builder.ignore(rule.id.as_str());
        }
        let filter = builder.build()?;
        let mut samples = filter.vocabulary(&packs, args.vocabulary)?;
        samples.extend(learn::proofs(&filter, &packs)?);
        samples.extend_from_slice(&genuine);
        for case in learnt.iter().filter(|case| !is_left_out(left, case.part(part), value)) {
            let pieces = learn::spread(filter.samples(&case.text, &case.gold), learn::PIECES);
            samples.extend(pieces.map(|sample| Sample { weight: args.weight as f32, ..sample }));
        }
        let model = grams::fit(&samples, &Default::default());
        let filter = filter.with_model(model);
        let own = |case: &Case| case.part(part) == value && !case.gold.is_empty();
        let found: Vec<Option<Judged>> =
            cases.par_iter().map(|case| own(case).then(|| Judged::new(&filter, case))).collect();
        for (place, found) in judged.iter_mut().zip(found) {
            if found.is_some() {
                *place = found;
            }
        }
        print::notice(format_args!("{value}: {} rules left", filter.rules().len()));
    }
    Ok(judged)
}

/// Whether a labelled document is of the language or theme that is left out. Themes go by several names: `loan`, `loans`.
fn is_left_out(left: Left, own: &str, value: &str) -> bool {
    match left {
        Left::Language => base(own) == base(value),
        Left::Theme => own.starts_with(value) || !own.is_empty() && value.starts_with(own),
    }
}

/// A language without script and region: `zh` for `zh-Hans`.
fn base(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}
