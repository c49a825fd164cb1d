//! How one file's records are read, and how cuts in their texts become edits of their bytes: the one place where the
//! formats that are streams of bytes meet.

use std::borrow::Cow;

use super::names::Names;
use super::record::{Edit, Field, Record};
use super::text::{self, Decoded};
use super::{Format, csv, jsonl, warc};
use crate::document::Span;

/// How the records of one file are read.
#[derive(Clone, Debug)]
pub enum Layout {
    /// The file is the record, its text the file.
    Text,
    /// JSON objects with these names.
    JsonLines(Names),
    /// Rows under this header.
    Rows(csv::Header),
    /// WARC records, whose packed bodies unpack to so many bytes at most.
    Warc(usize),
}

/// A record that was read.
#[derive(Debug)]
pub enum Read<'a> {
    /// A text.
    Text(Decoded<'a>),
    /// An object.
    Line(&'a str, jsonl::Line<'a>),
    /// A row.
    Row(&'a str, csv::Row<'a>),
    /// A page, or its text.
    Page(&'a [u8], Box<warc::Text<'a>>),
}

impl Layout {
    /// Of a stream's format; `header` is the first record of a table, `limit` the bytes that a record may have.
    ///
    /// # Errors
    ///
    /// When the header names no text.
    pub fn new(format: Format, names: &Names, header: &[u8], limit: usize) -> Result<Layout, String> {
        Ok(match format {
            Format::JsonLines => Layout::JsonLines(names.clone()),
            Format::Csv => Layout::Rows(csv::Header::read(header, b',', names)?),
            Format::Tsv => Layout::Rows(csv::Header::read(header, b'\t', names)?),
            Format::Warc => Layout::Warc(limit),
            Format::Text | Format::Parquet => Layout::Text,
        })
    }

    /// Reads a record; `None` if there is no text in it.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the record and what to do.
    pub fn read<'a>(&'a self, record: &'a [u8]) -> Result<Option<Read<'a>>, String> {
        let read = match self {
            Layout::Text => Read::Text(text::decode(record)),
            Layout::JsonLines(names) => {
                let line = utf8(record)?;
                if line.trim_start_matches('\u{feff}').trim().is_empty() {
                    return Ok(None);
                }
                Read::Line(line, jsonl::read(line, names)?)
            }
            Layout::Rows(header) => {
                let row = utf8(record)?;
                if row.trim_matches(['\r', '\n']).is_empty() {
                    return Ok(None);
                }
                Read::Row(row, csv::read(row, header)?)
            }
            Layout::Warc(limit) if record.iter().any(|byte| !matches!(byte, b'\r' | b'\n')) => {
                match warc::text(record, *limit)? {
                    Some(text) => Read::Page(record, Box::new(text)),
                    None => return Ok(None),
                }
            }
            Layout::Warc(_) => return Ok(None),
        };
        Ok(Some(read))
    }
}

fn utf8(record: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(record).map_err(|why| {
        format!("not UTF-8 at byte {} of the line; convert the file, e.g. with iconv", why.valid_up_to())
    })
}

impl Read<'_> {
    /// The texts of the record, and what is known of them.
    pub fn record(&self) -> Record<'_> {
        match self {
            Read::Text(decoded) => {
                let text = Field { name: "text", text: Cow::Borrowed(decoded.text.as_ref()) };
                Record { fields: vec![text], ..Record::default() }
            }
            Read::Line(_, line) => borrowed(&line.record),
            Read::Row(_, row) => borrowed(&row.record),
            Read::Page(_, page) => Record {
                fields: vec![Field { name: "text", text: Cow::Borrowed(page.text.as_ref()) }],
                id: page.id.map(Cow::Borrowed),
                title: None,
                url: page.url.map(Cow::Borrowed),
            },
        }
    }

    /// What changes in the record when these bytes of the fields' texts are cut. Sorted and disjoint.
    ///
    /// # Errors
    ///
    /// When the record cannot be written without them; the sentence says why.
    pub fn cut(&self, cuts: &[&[Span]]) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        for (field, cuts) in cuts.iter().enumerate() {
            match self {
                Read::Text(decoded) => edits
                    .extend(cuts.iter().map(|cut| Edit::cut(decoded.in_bytes(cut.start)..decoded.in_bytes(cut.end)))),
                Read::Line(raw, line) => edits.extend(line.cut(raw, field, cuts)),
                Read::Row(raw, row) => edits.extend(row.cut(raw, field, cuts)),
                Read::Page(raw, page) => edits.extend(warc::edits(raw, page, cuts)?),
            }
        }
        edits.sort_by_key(|edit| edit.range.start);
        Ok(edits)
    }
}

fn borrowed<'a>(record: &'a Record) -> Record<'a> {
    fn short<'s>(text: &'s Option<Cow<str>>) -> Option<Cow<'s, str>> {
        text.as_deref().map(Cow::Borrowed)
    }
    Record {
        fields: record
            .fields
            .iter()
            .map(|field| Field { name: field.name, text: Cow::Borrowed(&field.text) })
            .collect(),
        id: short(&record.id),
        title: short(&record.title),
        url: short(&record.url),
    }
}
