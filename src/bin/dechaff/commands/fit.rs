//! `dechaff fit`: the numbers of `policy.toml` and of the detector rules, fitted to cases whose junk is known.
//!
//! Coordinate descent: each number in turn is moved by a step up and down, and stays where the loss is least. A move
//! that touches a genuine document which was not touched before is refused, however much it finds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dechaff::grams::Model;
use dechaff::{Filter, Outcome, Pack, Policy, RuleId};
use rayon::prelude::*;

use super::Status;
use crate::args::{Fit, Part};
use crate::cases::{self, Case};
use crate::print;
use crate::score::{Figures, Judged};

/// What a number is: a field of the policy, or the points of one step of a detector rule.
#[derive(Clone, Debug)]
enum Place {
    Policy { section: String, field: String },
    Step { rule: RuleId, step: usize },
}

impl Place {
    fn name(&self) -> String {
        match self {
            Place::Policy { section, field } => format!("{section}.{field}"),
            Place::Step { rule, step } => format!("{rule}#{step}"),
        }
    }
}

/// Sections of the policy that are fitted: the thresholds are promises, and limits are no matter of measurement.
const FITTED: [&str; 5] = ["walk", "advert", "anchor", "suspect", "outcome"];

pub fn run(args: &Fit) -> Result<Status> {
    let mut status = Status::default();
    let pack = Pack::from_path(&args.rules)?;
    let mut builder = Filter::builder().pack(pack);
    if let Some(path) = &args.model {
        builder = builder.model(Model::from_path(path)?);
    }
    let mut best = builder.build()?;
    let cases = cases::read_all(&args.cases, &mut status)?;
    let frozen = cases::read_all(&args.frozen, &mut status)?;
    if let Some(case) = frozen.iter().find(|case| case.outcome != Outcome::Clean) {
        bail!("{}: a frozen document has junk; frozen documents are genuine from end to end", case.name);
    }
    let mut state = measure(&best, &cases, &frozen);
    let before = state.clone();
    print::notice(format_args!(
        "before: loss {:.5}, {} of {} frozen touched",
        state.loss,
        state.touched.len(),
        frozen.len()
    ));
    let places: Vec<Place> = places(&best)?
        .into_iter()
        .filter(|place| args.only.is_empty() || args.only.iter().any(|only| place.name().starts_with(only)))
        .collect();
    let mut changes: BTreeMap<String, (Place, i64, i64)> = BTreeMap::new();
    for round in 0..args.rounds {
        let mut moved = false;
        for place in &places {
            let now = value(&best, place)?;
            let step = (now.abs() >> (2 + round)).max(1);
            for next in [now + step, now - step] {
                let Ok(filter) = with_value(&best, place, next) else { continue };
                let found = measure(&filter, &cases, &frozen);
                let refused = found.touched.iter().any(|name| !state.touched.contains(name));
                if found.loss < state.loss - 1e-9 && !refused {
                    print::notice(format_args!("{}: {now} → {next}, loss {:.5}", place.name(), found.loss));
                    let entry = changes.entry(place.name()).or_insert_with(|| (place.clone(), now, now));
                    entry.2 = next;
                    (best, state, moved) = (filter, found, true);
                    break;
                }
            }
        }
        if !moved {
            break;
        }
    }
    for (name, rows) in [("before", &before), ("after", &state)] {
        for (shape, row) in &rows.rows {
            print::notice(format_args!("{name} {shape}: {row}"));
        }
    }
    print::notice(format_args!("loss {:.5} → {:.5}; {} numbers changed", before.loss, state.loss, changes.len()));
    if args.write {
        for (place, _, new) in changes.values() {
            write(&args.rules, place, *new)?;
        }
    }
    Ok(status)
}

#[derive(Clone)]
struct State {
    loss: f64,
    /// Names of genuine documents that lost anything.
    touched: Vec<String>,
    rows: BTreeMap<String, String>,
}

/// What a byte of genuine text per million weighs beside a share of junk: 50 of them as much as one percent.
const GENUINE: f64 = 0.0002;
/// What a genuine document that is touched weighs: one in a thousand as much as one percent.
const TOUCHED: f64 = 10.0;

fn measure(filter: &Filter, cases: &[Case], frozen: &[Case]) -> State {
    let judged: Vec<Judged> = cases.par_iter().map(|case| Judged::new(filter, case)).collect();
    let mut shapes: BTreeMap<&str, Figures> = BTreeMap::new();
    for (case, judged) in cases.iter().zip(&judged) {
        shapes.entry(case.part(Part::Shape)).or_default().add(case, judged);
    }
    let mut loss = 0.0;
    let mut rows = BTreeMap::new();
    for (shape, figures) in &shapes {
        let row = figures.row();
        let missed = [row.recall, row.full, row.junk_verdict].into_iter().flatten().map(|share| 1.0 - share);
        let cost = [row.collateral, row.fp_bytes].into_iter().flatten().map(|bytes| bytes * GENUINE);
        let touched = row.fp_docs.into_iter().map(|share| share * TOUCHED);
        loss += missed.chain(cost).chain(touched).sum::<f64>();
        rows.insert((*shape).to_owned(), row.to_string());
    }
    let genuine = cases.iter().zip(&judged).filter(|(case, judged)| case.outcome == Outcome::Clean && judged.cut > 0);
    let mut touched: Vec<String> = genuine.map(|(case, _)| case.name.clone()).collect();
    let cut: Vec<bool> = frozen.par_iter().map(|case| Judged::new(filter, case).cut > 0).collect();
    touched.extend(frozen.iter().zip(cut).filter(|(_, cut)| *cut).map(|(case, _)| case.name.clone()));
    State { loss, touched, rows }
}

fn places(filter: &Filter) -> Result<Vec<Place>> {
    let policy = toml::Table::try_from(filter.policy())?;
    let mut places = Vec::new();
    for section in FITTED {
        let fields =
            policy.get(section).and_then(toml::Value::as_table).context("policy.toml has changed its shape")?;
        places.extend(fields.keys().map(|field| Place::Policy { section: section.into(), field: field.clone() }));
    }
    for rule in filter.rules().iter().filter(|rule| ["shape", "likelihood"].contains(&rule.id.theme())) {
        let steps = rule.detector_points().unwrap_or_default();
        places.extend((0..steps.len()).map(|step| Place::Step { rule: rule.id.clone(), step }));
    }
    Ok(places)
}

fn value(filter: &Filter, place: &Place) -> Result<i64> {
    match place {
        Place::Policy { section, field } => {
            let policy = toml::Table::try_from(filter.policy())?;
            policy[section][field].as_integer().context("the policy holds integers")
        }
        Place::Step { rule, step } => {
            let rule = filter.rules().iter().find(|known| known.id == *rule).context("the rule is gone")?;
            Ok(i64::from(rule.detector_points().unwrap_or_default()[*step].1))
        }
    }
}

fn with_value(filter: &Filter, place: &Place, value: i64) -> Result<Filter> {
    match place {
        Place::Policy { section, field } => {
            let mut policy = toml::Table::try_from(filter.policy())?;
            policy[section][field] = toml::Value::Integer(value);
            Ok(filter.with_policy(policy.try_into::<Policy>()?))
        }
        Place::Step { rule, step } => {
            let known = filter.rules().iter().find(|known| known.id == *rule).context("the rule is gone")?;
            let mut points = known.detector_points().unwrap_or_default().to_vec();
            points[*step].1 = i32::try_from(value)?;
            Ok(filter.with_points(rule, points))
        }
    }
}

/// Puts a number into its file; comments and everything else stay.
fn write(folder: &Path, place: &Place, value: i64) -> Result<()> {
    let path = match place {
        Place::Policy { .. } => folder.join("policy.toml"),
        Place::Step { rule, .. } => folder.join(rule.theme()).join(format!("{}.toml", rule.language())),
    };
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let missing = || format!("{}: {} is not where it should be", path.display(), place.name());
    match place {
        Place::Policy { section, field } => {
            let head = format!("[{section}]");
            let from = lines.iter().position(|line| line.starts_with(&head)).with_context(missing)?;
            let start = format!("{field} = ");
            let at = lines[from..].iter().position(|line| line.starts_with(&start)).with_context(missing)? + from;
            let line = &lines[at];
            let digits = line[start.len()..].chars().take_while(|c| *c == '-' || c.is_ascii_digit()).count();
            let rest = &line[start.len() + digits..];
            // Comments stay in their column.
            let new = format!("{start}{value}");
            let column = line.find('#').filter(|_| rest.trim_start().starts_with('#'));
            lines[at] = match column {
                Some(column) => format!("{new:<width$}{}", &line[column..], width = column),
                None => format!("{new}{rest}"),
            };
        }
        Place::Step { rule, step } => {
            let name = rule.as_str().rsplit('/').next().unwrap_or_default();
            let from = lines.iter().position(|line| *line == format!("id = \"{name}\"")).with_context(missing)?;
            let at = lines[from..].iter().position(|line| line.starts_with("points = ")).with_context(missing)? + from;
            let table: toml::Table = lines[at].parse()?;
            let mut steps: Vec<(i64, i64)> = table["points"].clone().try_into()?;
            steps[*step].1 = value;
            let shown: Vec<String> = steps.iter().map(|(measure, points)| format!("[{measure}, {points}]")).collect();
            lines[at] = format!("points = [{}]", shown.join(", "));
        }
    }
    std::fs::write(&path, lines.join("\n") + "\n").with_context(|| path.display().to_string())
}
