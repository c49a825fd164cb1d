//! The audit record: what was done to one document, as JSON.

use serde::{Deserialize, Serialize};

use crate::clean::{Limit, Report};
use crate::document::Span;
use crate::judge::{Outcome, Segment};

/// The version of the record's form.
pub const VERSION: u32 = 1;

/// What offsets count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Bytes of the text in UTF-8.
    #[default]
    Byte,
    /// Unicode code points, as Python counts.
    Char,
}

/// One line of an audit file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`].
    pub v: u32,
    /// The record's id, or `path#line`.
    pub id: String,
    /// `clean`, `cleaned` or `junk`.
    pub outcome: Outcome,
    /// What `start` and `end` count.
    pub unit: Unit,
    /// What was cut, in order.
    pub removed: Vec<Removed>,
    /// What was found odd and left.
    pub suspect: Vec<Removed>,
    /// The limit that was reached, if one was.
    pub limit: Option<Limit>,
    /// [`Filter::fingerprint`](crate::Filter::fingerprint).
    pub ruleset: String,
    /// What brings the record back as it was, if anything of it changed and cut text was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restore: Option<Restore>,
}

/// A stretch that was cut, or was suspect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// First unit inside.
    pub start: usize,
    /// First unit after.
    pub end: usize,
    /// What it promotes.
    pub theme: String,
    /// Points of its evidence.
    pub score: i32,
    /// The rules that gave points for it, by weight, without repetition.
    pub rules: Vec<String>,
    /// The text, if asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// The field it stands in, where a record has several texts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
}

/// What brings a record back as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The file, relative to the folder that was named; `-` for standard input.
    pub source: String,
    /// Its number in the file as it was read, from 1.
    pub record: u64,
    /// Whether the whole record was left out.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub dropped: bool,
    /// What to put back, in order; together they undo what was done.
    pub edits: Vec<Put>,
}

/// Bytes to put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Where, in bytes of the record as it was written.
    pub at: usize,
    /// Bytes that stand there now and go.
    pub len: usize,
    /// Bytes that stood there.
    pub old: Bytes,
    /// The column whose value this is about, where a record is a row of a table: offsets are bytes of the value then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// Which of the row's values of this column, from 0, if it is a list.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub value: u64,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// Bytes in JSON: a string if they are UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    /// UTF-8.
    Text(String),
    /// Anything.
    Raw {
        /// The bytes, in RFC 4648's alphabet with padding.
        base64: String,
    },
}

/// How a record is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What offsets count.
    pub unit: Unit,
    /// Whether the cut text stands in the record.
    pub with_text: bool,
}

impl Record {
    /// The record of one document. `text` is the original, `cuts` what was taken out of it.
    ///
    /// A cut is told by the segments it covers; its offsets are the cut's own, line break and separator included.
    pub fn new(id: String, text: &str, cuts: &[Span], report: &Report, ruleset: &str, options: Options) -> Record {
        let mut offsets = Offsets::new(text, options.unit);
        let mut entry = |span: Span, segments: &[&Segment]| {
            let best = segments.iter().max_by_key(|segment| segment.score);
            let start = offsets.at(span.start);
            Removed {
                start,
                end: offsets.at(span.end),
                theme: best.map_or_else(String::new, |segment| segment.theme.clone()),
                score: best.map_or(0, |segment| segment.score),
                rules: rules(segments),
                text: options.with_text.then(|| span.of(text).to_owned()),
                field: None,
            }
        };
        let removed = cuts
            .iter()
            .map(|cut| {
                let inside: Vec<&Segment> = report.junk().filter(|segment| cut.overlaps(segment.span)).collect();
                entry(*cut, &inside)
            })
            .collect();
        let mut offsets = Offsets::new(text, options.unit);
        let suspect = report
            .suspect()
            .map(|segment| Removed {
                start: offsets.at(segment.span.start),
                end: offsets.at(segment.span.end),
                theme: segment.theme.clone(),
                score: segment.score,
                rules: rules(&[segment]),
                text: options.with_text.then(|| segment.span.of(text).to_owned()),
                field: None,
            })
            .collect();
        Record {
            v: VERSION,
            id,
            outcome: report.outcome,
            unit: options.unit,
            removed,
            suspect,
            limit: report.limit,
            ruleset: ruleset.to_owned(),
            restore: None,
        }
    }

    /// One record for several fields of a document: `fields` are their names, each with the record of its text.
    ///
    /// The document is junk if every field is that has a text, and cleaned if anything of it was cut.
    pub fn of_fields(fields: Vec<(&str, bool, Record)>) -> Option<Record> {
        let filled = fields.iter().filter(|(_, empty, _)| !empty);
        let junk = filled.clone().count() > 0 && filled.clone().all(|(_, _, record)| record.outcome == Outcome::Junk);
        let cut = fields.iter().any(|(_, _, record)| record.outcome != Outcome::Clean);
        let mut all: Option<Record> = None;
        for (name, _, mut record) in fields {
            for piece in record.removed.iter_mut().chain(&mut record.suspect) {
                piece.field = Some(name.to_owned());
            }
            match &mut all {
                None => all = Some(record),
                Some(all) => {
                    all.removed.append(&mut record.removed);
                    all.suspect.append(&mut record.suspect);
                    all.limit = all.limit.or(record.limit);
                }
            }
        }
        if let Some(all) = &mut all {
            all.outcome = if junk {
                Outcome::Junk
            } else if cut {
                Outcome::Cleaned
            } else {
                Outcome::Clean
            };
        }
        all
    }
}

fn rules(segments: &[&Segment]) -> Vec<String> {
    let mut sums: Vec<(&str, i32)> = Vec::new();
    for evidence in segments.iter().flat_map(|segment| &segment.evidence) {
        match sums.iter_mut().find(|(id, _)| *id == evidence.rule.as_str()) {
            Some((_, points)) => *points += evidence.points,
            None => sums.push((evidence.rule.as_str(), evidence.points)),
        }
    }
    sums.sort_by_key(|(id, points)| (-points, *id));
    sums.into_iter().map(|(id, _)| id.to_owned()).collect()
}

/// Byte offsets → the unit asked for. Offsets must be asked for in rising order.
struct Offsets<'a> {
    text: &'a str,
    unit: Unit,
    byte: usize,
    count: usize,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str, unit: Unit) -> Self {
        Offsets { text, unit, byte: 0, count: 0 }
    }

    fn at(&mut self, byte: usize) -> usize {
        match self.unit {
            Unit::Byte => byte,
            Unit::Char => {
                self.count += Span::new(self.byte, byte).of(self.text).chars().count();
                self.byte = byte;
                self.count
            }
        }
    }
}
