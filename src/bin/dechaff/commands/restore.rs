//! `dechaff restore`: what was cleaned, as it was. The output and the audit with its text give the originals back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Lines, Seek, SeekFrom, Write};
use std::iter::Peekable;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use data_encoding::BASE64;
use dechaff::audit::{Bytes, Put, Record, Restore as Entry};
use dechaff::formats::Format;
use dechaff::formats::compress::{self, Compression};
use dechaff::formats::parquet::{Changes, Table, Texts, Wanted, Writer};
use dechaff::formats::record::{Edit, apply};
use dechaff::formats::split::{Next, Splitter};
use tempfile::NamedTempFile;

use super::Status;
use super::places::{self, Places};
use crate::args::Restore;
use crate::bulk::Target;
use crate::output::{Atomic, Packing};
use crate::print;
use crate::source::{self, Opened, Source};

pub fn run(args: &Restore) -> Result<Status> {
    let mut status = Status::default();
    let mut problem = |message: String| {
        status.failed = true;
        print::problem(format_args!("{message}"));
    };
    let sources = source::sources(&args.paths, &[&args.output, &args.audit], &mut problem);
    let folder = sources.len() > 1 || sources.iter().any(|source| source.root.is_some()) || args.output.is_dir();
    let target = if folder { Target::Folder(args.output.clone()) } else { Target::File(args.output.clone()) };
    places::check(&sources, &Places { target: &target, attributes: None, named: &[("--audit", Some(&args.audit))] })?;
    let audit = Audit::open(&args.audit)?;
    let mut seen = BTreeSet::new();
    for source in &sources {
        let name = match (audit.only(), source.relative()) {
            // One file may be called otherwise since: all that was noted is about it.
            (Some(only), _) if !folder => only.to_owned(),
            (_, Some(path)) => path.display().to_string(),
            (_, None) => "-".to_owned(),
        };
        let target = if folder { args.output.join(&name) } else { args.output.clone() };
        if let Err(why) = restore(source, args, &target, audit.entries(&name)?) {
            problem(format!("{}: {why:#}", source.shown()));
        }
        seen.insert(name);
    }
    for name in audit.places.keys().filter(|name| folder && !seen.contains(*name)) {
        if let Err(why) = whole(&args.output.join(name), audit.entries(name)?) {
            problem(format!("{name}: {why:#}"));
        }
    }
    Ok(status)
}

/// What an audit file says about bringing records back, by source.
struct Audit {
    /// One entry a line.
    file: NamedTempFile,
    /// Where each source's entries begin; they stand together.
    places: BTreeMap<String, u64>,
}

impl Audit {
    fn open(path: &Path) -> Result<Audit> {
        let shown = path.display().to_string();
        let mut lines = compress::open(path).with_context(|| shown.clone())?;
        let mut file = NamedTempFile::new().context("temporary files")?;
        let mut places = BTreeMap::new();
        let (mut at, mut number) = (0, 0);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).with_context(|| shown.clone())? > 0 {
            number += 1;
            let record: Record =
                serde_json::from_slice(&line).with_context(|| format!("{shown}:{number}: not a line of an audit"))?;
            if let Some(entry) = record.restore {
                places.entry(entry.source.clone()).or_insert(at);
                let mut kept = serde_json::to_vec(&entry)?;
                kept.push(b'\n');
                file.write_all(&kept).context("temporary files")?;
                at += kept.len() as u64;
            } else if !record.removed.is_empty() {
                bail!("{shown}:{number}: something was cut, but its text is not here: clean with --audit-text");
            }
            line.clear();
        }
        Ok(Audit { file, places })
    }

    fn only(&self) -> Option<&str> {
        self.places.keys().next().filter(|_| self.places.len() == 1).map(String::as_str)
    }

    /// The entries of a source, in the order of its records.
    fn entries(&self, name: &str) -> Result<Entries> {
        let mut lines = None;
        if let Some(place) = self.places.get(name) {
            let mut file = self.file.reopen().context("temporary files")?;
            file.seek(SeekFrom::Start(*place)).context("temporary files")?;
            lines = Some(BufReader::new(file).lines());
        }
        Ok(OfSource { name: name.to_owned(), lines }.peekable())
    }
}

/// Bytes of the longest record that is held in memory; of longer ones `clean` changes nothing unless told to.
const LONGEST: usize = 256 << 20;

type Entries = Peekable<OfSource>;

struct OfSource {
    name: String,
    lines: Option<Lines<BufReader<File>>>,
}

impl Iterator for OfSource {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        // Every line was read before, when the audit was opened.
        let line = self.lines.as_mut()?.next()?.ok()?;
        serde_json::from_str(&line).ok().filter(|entry: &Entry| entry.source == self.name)
    }
}

fn old(put: &Put) -> Result<Vec<u8>> {
    match &put.old {
        Bytes::Text(text) => Ok(text.clone().into_bytes()),
        Bytes::Raw { base64 } => BASE64.decode(base64.as_bytes()).context("the audit is damaged"),
    }
}

fn edit(put: &Put) -> Result<Edit> {
    Ok(Edit { range: put.at..put.at + put.len, new: old(put)? })
}

/// A document that was left out as a whole.
fn whole(path: &Path, entries: Entries) -> Result<()> {
    let mut file = Atomic::create(path)?;
    for entry in entries {
        match (entry.dropped, entry.edits.as_slice()) {
            (true, [whole]) => file.write(&old(whole)?)?,
            _ => bail!("is in the audit, but not among the files given"),
        }
    }
    file.keep()
}

fn restore(source: &Source, args: &Restore, target: &Path, entries: Entries) -> Result<()> {
    let read = Arc::default();
    match source.open(args.format, &read).map_err(|why| anyhow!(source::unreadable(&why)))? {
        Opened::Stream(format, reader) => stream(format, reader, target, entries),
        Opened::Table(file) => table(file, target, entries),
    }
}

fn stream(format: Format, mut reader: Box<dyn BufRead + Send>, target: &Path, mut entries: Entries) -> Result<()> {
    let packing = Packing::of(target, None);
    let members = format == Format::Warc && packing.compression == Compression::Gzip;
    let mut file = Atomic::packed(target, if members { Packing::PLAIN } else { packing }, false)?;
    let mut put = |bytes: &[u8]| match members {
        true => file.write(&compress::gzip_member(bytes, packing.level as u32)),
        false => file.write(bytes),
    };
    let mut splitter = Splitter::new(format, LONGEST);
    let mut number = 0;
    let mut record = Vec::new();
    loop {
        record.clear();
        number += 1;
        while let Some(entry) = entries.next_if(|entry| entry.dropped && entry.record == number) {
            for piece in &entry.edits {
                put(&old(piece)?)?;
            }
            number += 1;
        }
        match splitter.next(reader.as_mut(), &mut record) {
            Ok(Next::End) => break,
            Ok(Next::Record) => {
                if let Some(entry) = entries.next_if(|entry| entry.record == number) {
                    let edits: Vec<Edit> = entry.edits.iter().map(edit).collect::<Result<_>>()?;
                    if edits.iter().any(|edit| edit.range.end > record.len()) {
                        bail!("record {number} is not the one that the audit is about");
                    }
                    put(&apply(&record, &edits))?;
                } else {
                    put(&record)?;
                }
            }
            Ok(Next::TooLong) => {
                while !splitter.rest(reader.as_mut(), &mut record)? {
                    put(&record)?;
                    record.clear();
                }
                put(&record)?;
            }
            Err(why) if why.kind() == std::io::ErrorKind::InvalidData => {
                put(&record)?;
                record.clear();
                while !splitter.rest(reader.as_mut(), &mut record)? {}
                put(&record)?;
                break;
            }
            Err(why) => return Err(anyhow!(source::unreadable(&why))),
        }
    }
    if let Some(entry) = entries.next() {
        bail!("ends before record {}, which the audit is about; nothing was written", entry.record);
    }
    file.keep()
}

fn table(file: File, target: &Path, entries: Entries) -> Result<()> {
    let entries: Vec<Entry> = entries.collect();
    if entries.iter().any(|entry| entry.dropped) {
        bail!("rows of it were left out with --drop-junk; a row's other columns are not in the audit");
    }
    let mut columns: Vec<&str> =
        entries.iter().flat_map(|entry| &entry.edits).filter_map(|put| put.column.as_deref()).collect();
    columns.sort_unstable();
    columns.dedup();
    let output = Atomic::packed(target, Packing::PLAIN, false)?;
    let texts = Texts::All(&columns);
    let opened = Table::open(file, &Wanted { texts, id: &[], title: &[], url: &[] }).map_err(|why| anyhow!(why))?;
    let mut by_row: BTreeMap<u64, &Entry> = entries.iter().map(|entry| (entry.record, entry)).collect();
    let mut writer = Writer::create(output, &opened).map_err(|why| anyhow!(why))?;
    let names: Vec<&str> = opened.texts().collect();
    if let Some(missing) = columns.iter().find(|column| !names.contains(column)) {
        bail!("has no column `{missing}`, which the audit is about");
    }
    let mut row_number = 0;
    for group in 0..opened.groups() {
        let mut changes = Changes::default();
        let last = row_number + opened.rows_in(group);
        // A group of which nothing is noted is copied without being read.
        if by_row.range(row_number + 1..=last).next().is_none() {
            row_number = last;
            writer.group(group, &changes).map_err(|why| anyhow!(why))?;
            continue;
        }
        for slice in opened.slices(group, 1 << 20, 1024).map_err(|why| anyhow!(why))? {
            for row in slice.map_err(|why| anyhow!(why))?.rows {
                row_number += 1;
                let Some(entry) = by_row.remove(&row_number) else { continue };
                let mut nth = (usize::MAX, 0);
                for text in &row.texts {
                    nth = if nth.0 == text.column { (nth.0, nth.1 + 1) } else { (text.column, 0) };
                    let of =
                        |put: &&Put| put.column.as_deref() == names.get(text.column).copied() && put.value == nth.1;
                    let edits: Vec<Edit> = entry.edits.iter().filter(of).map(edit).collect::<Result<_>>()?;
                    if !edits.is_empty() {
                        changes.edit(text.column, text.value, edits);
                    }
                }
            }
        }
        writer.group(group, &changes).map_err(|why| anyhow!(why))?;
    }
    writer.finish().map_err(|why| anyhow!(why))?.keep()
}
