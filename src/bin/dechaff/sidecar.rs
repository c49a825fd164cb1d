//! Files beside the output: audit, rejects, errors, attributes. Each record's part is made where the record is examined.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use dechaff::audit::{self, Bytes, Options, Put, Restore};
use dechaff::formats::record;
use dechaff::{Outcome, Report};
use serde::Serialize;

use crate::bulk::{Done, Unit};
use crate::examine::Examined;

/// Which of them are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub audit: bool,
    /// Whether the audit has all that is needed to bring the originals back.
    pub restore: bool,
    pub rejects: bool,
    pub errors: bool,
    pub attributes: bool,
    /// Whether examples of what was cut are kept for the report.
    pub examples: bool,
}

/// Bytes as JSON has them: a string where they are UTF-8.
pub fn bytes(bytes: &[u8]) -> Bytes {
    match std::str::from_utf8(bytes) {
        Ok(text) => Bytes::Text(text.to_owned()),
        Err(_) => Bytes::Raw { base64: BASE64.encode(bytes) },
    }
}

#[derive(Serialize)]
struct Rejected<'a> {
    id: &'a str,
    source: &'a str,
    record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    unit: audit::Unit,
    start: usize,
    end: usize,
    theme: &'a str,
    score: i32,
    rules: &'a [String],
    text: &'a str,
}

#[derive(Serialize)]
struct Refused<'a> {
    file: &'a str,
    record: u64,
    /// Byte of the unpacked file.
    offset: u64,
    reason: &'a str,
    /// Whether the record is not in the output, but here.
    set_aside: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Bytes>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    id: &'a str,
    attributes: BTreeMap<String, Vec<(usize, usize, f64)>>,
}

/// What every attribute's name begins with: the experiment, as dolma calls it.
pub const EXPERIMENT: &str = "dechaff";

impl Wanted {
    /// Writes a record's part of each file. `dropped`: the record is not in the output.
    pub fn record(self, unit: &Unit, examined: &Examined, dropped: bool, done: &mut Done) {
        done.tally.document(examined, unit.at, self.examples);
        if self.audit {
            let mut audit = examined.audit.clone();
            if self.restore && (dropped || !examined.edits.is_empty() || !examined.values.is_empty()) {
                audit.restore = Some(restore(unit, examined, dropped));
            }
            line(&mut done.audit, &audit);
        }
        if self.rejects {
            self.rejected(unit, examined, &mut done.rejects);
        }
        if self.attributes {
            line(&mut done.attributes, &attributes(examined));
        }
    }

    fn rejected(self, unit: &Unit, examined: &Examined, into: &mut Vec<u8>) {
        let mut pieces = examined.audit.removed.iter();
        for found in &examined.found {
            for (cut, piece) in found.cuts.iter().zip(&mut pieces) {
                line(
                    into,
                    &Rejected {
                        id: &examined.id,
                        source: unit.at.shown,
                        record: unit.at.number,
                        host: examined.host.as_deref(),
                        field: piece.field.as_deref(),
                        unit: examined.audit.unit,
                        start: piece.start,
                        end: piece.end,
                        theme: &piece.theme,
                        score: piece.score,
                        rules: &piece.rules,
                        text: cut.of(&found.text),
                    },
                );
            }
        }
    }

    /// Writes of a record that could not be examined. With `content` it is set aside here.
    pub fn refused(self, unit: &Unit, reason: &str, content: bool, done: &mut Done) {
        done.tally.set_aside += 1;
        if self.errors {
            let content = content.then(|| bytes(unit.bytes));
            let (file, record, offset) = (unit.at.shown, unit.at.number, unit.at.offset);
            let set_aside = content.is_some();
            line(&mut done.errors, &Refused { file, record, offset, reason, set_aside, content });
            if self.audit && self.restore && set_aside {
                let nothing = Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None };
                let mut audit = audit::Record::new(unit.at.id(), "", &[], &nothing, "", Options::default());
                audit.restore = Some(whole(unit));
                line(&mut done.audit, &audit);
            }
        }
    }

    /// Keeps the rows of the attribute file with those of the documents, for a record without attributes.
    pub fn no_attributes(self, unit: &Unit, done: &mut Done) {
        if self.attributes {
            line(&mut done.attributes, &Attributes { id: &unit.at.id(), attributes: BTreeMap::new() });
        }
    }
}

/// What brings a record back that was left out.
fn whole(unit: &Unit) -> Restore {
    let put = Put { at: 0, len: 0, old: bytes(unit.bytes), column: None, value: 0 };
    Restore { source: source(unit), record: unit.at.number, dropped: true, edits: vec![put] }
}

fn source(unit: &Unit) -> String {
    unit.source.relative().map_or_else(|| "-".to_owned(), |path| path.display().to_string())
}

/// What brings the record back.
fn restore(unit: &Unit, examined: &Examined, dropped: bool) -> Restore {
    let put = |at, len, old: &[u8]| Put { at, len, old: bytes(old), column: None, value: 0 };
    if dropped {
        return whole(unit);
    }
    let undo = record::inverse(unit.bytes, &examined.edits);
    let mut edits: Vec<Put> = undo.iter().map(|edit| put(edit.range.start, edit.range.len(), &edit.new)).collect();
    for (column, value, undo) in &examined.values {
        edits.extend(undo.iter().map(|edit| Put {
            column: Some(column.clone()),
            value: *value,
            ..put(edit.range.start, edit.range.len(), &edit.new)
        }));
    }
    Restore { source: source(unit), record: unit.at.number, dropped, edits }
}

/// Spans of the document's own text, in code points, as dolma has them: sorted, merged, none empty.
fn attributes(examined: &Examined) -> Attributes<'_> {
    let mut attributes: BTreeMap<String, Vec<(usize, usize, f64)>> = BTreeMap::new();
    if let Some(found) = examined.found.first() {
        let name = |label: &str| format!("{EXPERIMENT}__junk__{label}");
        let mut add = |label: &str, start, end| {
            let spans = attributes.entry(name(label)).or_default();
            match spans.last_mut() {
                Some((_, last, _)) if *last >= start => *last = end,
                _ => spans.push((start, end, 1.0)),
            }
        };
        let (mut byte, mut count) = (0, 0);
        let mut in_points = |position: usize| {
            count += found.text.get(byte..position).map_or(0, |text| text.chars().count());
            byte = position;
            count
        };
        for (cut, piece) in found.cuts.iter().zip(&examined.audit.removed) {
            let (start, end) = (in_points(cut.start), in_points(cut.end));
            add("span", start, end);
            if !piece.theme.is_empty() {
                add(&piece.theme.replace('-', "_"), start, end);
            }
        }
        if examined.audit.outcome == Outcome::Junk && !found.text.is_empty() {
            let all = found.text.chars().count();
            attributes.insert(format!("{EXPERIMENT}__junk__document"), vec![(0, all, 1.0)]);
        }
    }
    Attributes { id: &examined.id, attributes }
}

fn line(into: &mut Vec<u8>, value: &impl Serialize) {
    // Neither memory nor these structures can fail to be written.
    let _ = serde_json::to_writer(&mut *into, value);
    into.push(b'\n');
}
