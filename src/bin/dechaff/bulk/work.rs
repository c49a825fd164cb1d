//! A chunk → what is to be written for it. Runs on all threads; nothing here depends on what the others do.

use std::cell::Cell;

use dechaff::formats::Format;
use dechaff::formats::compress::{self, GzipPart};
use dechaff::formats::layout::Layout;
use dechaff::formats::record::{Edit, Field, Record, inverse};

use super::chunk::{Chunk, Content};
use super::table::{Change, Rows};
use crate::examine::{At, Examined, Examiner};
use crate::output::Packing;
use crate::source::Source;
use crate::tally::Tally;

/// A record and where it stands.
pub struct Unit<'a> {
    /// Its bytes; none if it is a row of a table.
    pub bytes: &'a [u8],
    pub at: At<'a>,
    pub source: &'a Source,
    pub format: Format,
}

/// What is to be written, in the order of the records.
#[derive(Default)]
pub struct Done {
    pub main: Vec<u8>,
    /// `main`, packed for a gzip file.
    pub part: Option<GzipPart>,
    pub audit: Vec<u8>,
    pub errors: Vec<u8>,
    pub rejects: Vec<u8>,
    pub attributes: Vec<u8>,
    /// What changes in a table.
    pub changes: Vec<Change>,
    pub tally: Tally,
    /// What a person must be told: something was not done.
    pub problems: Vec<String>,
    /// What is good to know.
    pub notices: Vec<String>,
    /// Whether anything of the source changed.
    pub changed: bool,
    /// Whether the source is to be left out, or left as it is.
    pub discard: bool,
    /// Whether the source could not be read to its end.
    pub broken: bool,
}

/// What a command does with records; called on any thread.
pub trait Task: Sync {
    /// A record and what the filter says of it.
    fn record(&self, unit: &Unit, examined: &Examined, done: &mut Done);

    /// A record in which there is nothing to examine.
    fn blank(&self, unit: &Unit, done: &mut Done);

    /// A record that could not be examined, and why. With `long` it is the beginning of one that is too long.
    fn unread(&self, unit: &Unit, why: &str, long: bool, done: &mut Done);

    /// Bytes that belong to no record, or to one that is too long.
    fn through(&self, bytes: &[u8], done: &mut Done);

    /// Whether messages about records are shown: of two readings only the second tells.
    fn tells(&self) -> bool {
        true
    }

    /// Whether records are written, so that what is read must go somewhere.
    fn writes(&self) -> bool;

    /// Whether a record goes to the output, for a table's row, whose bytes no task writes.
    fn keeps(&self, examined: &Examined) -> bool;
}

/// Above so many bytes records are examined one at a time, since examining takes a multiple of them in memory.
const HEAVY: usize = 2 << 20;

/// What is the same for all chunks of a source.
pub struct Context<'a> {
    pub examiner: &'a Examiner<'a>,
    pub task: &'a dyn Task,
    pub source: &'a Source,
    pub shown: &'a str,
    pub format: Format,
    pub packing: Option<Packing>,
    /// Whether each record is a gzip member of its own.
    pub members: bool,
    pub heavy: &'a std::sync::Mutex<()>,
    /// The number of the record at work, for those who have to say where something went wrong.
    pub record: &'a Cell<u64>,
}

impl Context<'_> {
    pub fn process(&self, chunk: &Chunk) -> Done {
        let mut done = Done::default();
        match &chunk.content {
            Content::Records { bytes, ends, layout } => {
                let (mut start, mut offset) = (0, chunk.offset);
                for (number, end) in (chunk.first..).zip(ends) {
                    let before = done.main.len();
                    let record = &bytes[start..*end];
                    self.record(record, layout, self.at(number, offset), &mut done);
                    if self.members {
                        self.member(before, &mut done);
                    }
                    offset += record.len() as u64;
                    start = *end;
                }
            }
            Content::Through(bytes) => {
                self.task.through(bytes, &mut done);
                if self.members {
                    self.member(0, &mut done);
                }
            }
            Content::TooLong(bytes) => {
                let unit = self.unit(bytes, self.at(chunk.first, chunk.offset));
                self.task.unread(&unit, &self.too_long(), true, &mut done);
                if self.members {
                    self.member(0, &mut done);
                }
            }
            Content::Rows(rows) => self.rows(rows, &mut done),
            Content::Nothing => {}
        }
        if let Some(fault) = &chunk.fault {
            done.broken = true;
            done.problems.push(fault.clone());
        }
        let gzip = self.packing.filter(|packing| packing.compression == compress::Compression::Gzip);
        if let Some(packing) = gzip.filter(|_| !self.members) {
            done.part = Some(GzipPart::pack(&done.main, packing.level as u32));
            done.main = Vec::new();
        }
        done
    }

    fn at(&self, number: u64, offset: u64) -> At<'_> {
        self.record.set(number);
        At { shown: self.shown, number, offset, whole: self.format == Format::Text }
    }

    fn unit<'a>(&'a self, bytes: &'a [u8], at: At<'a>) -> Unit<'a> {
        Unit { bytes, at, source: self.source, format: self.format }
    }

    fn record(&self, bytes: &[u8], layout: &Layout, at: At, done: &mut Done) {
        let unit = self.unit(bytes, at);
        // A poisoned lock guards nothing that could be broken.
        let _one = (bytes.len() > HEAVY).then(|| self.heavy.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        match self.examiner.examine(bytes, layout, at) {
            Ok(Some(examined)) => {
                if let Some(notice) = &examined.notice {
                    done.problems.push(notice.clone());
                }
                self.task.record(&unit, &examined, done);
            }
            Ok(None) => self.task.blank(&unit, done),
            Err(why) => self.task.unread(&unit, &why, false, done),
        }
    }

    fn rows(&self, rows: &Rows, done: &mut Done) {
        let columns: Vec<&str> = rows.table.texts().collect();
        for (row, number) in rows.slice.rows.iter().zip(rows.slice.first_row..) {
            let at = self.at(number + 1, 0);
            let unit = self.unit(&[], at);
            let long = row.texts.iter().any(|text| text.bytes.len() > self.examiner.max_bytes);
            let texts: Result<Vec<&str>, _> =
                row.texts.iter().map(|text| std::str::from_utf8(text.bytes.data())).collect();
            let texts = match texts {
                _ if row.texts.is_empty() => {
                    self.task.blank(&unit, done);
                    continue;
                }
                Ok(_) if long => {
                    self.task.unread(&unit, &self.too_long(), true, done);
                    continue;
                }
                Err(why) => {
                    let why = format!("not UTF-8 at byte {} of the text", why.valid_up_to());
                    self.task.unread(&unit, &why, true, done);
                    continue;
                }
                Ok(texts) => texts,
            };
            let name = |column: usize| columns.get(column).copied().unwrap_or_default();
            let record = Record {
                fields: row
                    .texts
                    .iter()
                    .zip(texts)
                    .map(|(text, content)| Field { name: name(text.column), text: content.into() })
                    .collect(),
                id: row.id.as_deref().map(Into::into),
                title: row.title.as_deref().map(Into::into),
                url: row.url.as_deref().map(Into::into),
            };
            let mut examined = self.examiner.record(&record, at);
            // Which of the row's values of a column, for those who put something back.
            let mut nth = (usize::MAX, 0);
            for (text, found) in row.texts.iter().zip(&examined.found) {
                nth = if nth.0 == text.column { (nth.0, nth.1 + 1) } else { (text.column, 0) };
                if !found.cuts.is_empty() {
                    let edits: Vec<Edit> = found.cuts.iter().map(|cut| Edit::cut(cut.start..cut.end)).collect();
                    examined.values.push((name(text.column).to_owned(), nth.1, inverse(text.bytes.data(), &edits)));
                    done.changes.push(Change::Value { column: text.column, value: text.value, edits });
                }
            }
            if let Some(notice) = &examined.notice {
                done.problems.push(notice.clone());
            }
            if !self.task.keeps(&examined) {
                done.changes.push(Change::Drop(number - rows.first_row));
            }
            self.task.record(&unit, &examined, done);
        }
        if rows.last {
            done.changes.push(Change::End(rows.group));
        }
    }

    fn too_long(&self) -> String {
        format!("longer than --max-bytes {}: raise it", self.examiner.max_bytes)
    }

    /// Packs what was written from there on as a member of its own.
    fn member(&self, from: usize, done: &mut Done) {
        if done.main.len() > from {
            let level = self.packing.map_or(6, |packing| packing.level as u32);
            let member = compress::gzip_member(&done.main[from..], level);
            done.main.truncate(from);
            done.main.extend_from_slice(&member);
        }
    }
}
