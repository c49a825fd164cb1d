//! Paths → documents → what the filter says of each, in the order of the input whatever the number of threads.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dechaff::audit::{Options, Record};
use dechaff::formats::jsonl::{self, Fields};
use dechaff::formats::{Format, compress, text};
use dechaff::{Document, Filter, Limit, Report, Span};
use rayon::prelude::*;

use crate::args::{FormatName, Reading};

/// Bytes of documents that are examined at once.
const BATCH_BYTES: usize = 8 << 20;
/// Documents that are examined at once: small ones must not wait for each other.
const BATCH_DOCUMENTS: usize = 4096;

/// A file, or standard input.
#[derive(Clone, Debug)]
pub struct Source {
    pub path: Option<PathBuf>,
    /// The folder that was named, if the file was found below one.
    pub root: Option<PathBuf>,
}

impl Source {
    /// As messages and ids call it.
    pub fn shown(&self) -> String {
        self.path.as_ref().map_or_else(|| "-".to_owned(), |path| path.display().to_string())
    }

    fn open(&self, reading: &Reading) -> io::Result<(Format, Box<dyn BufRead + Send>)> {
        let mut reader: Box<dyn BufRead + Send> = match &self.path {
            Some(path) => compress::open(path)?,
            None => Box::new(io::BufReader::new(io::stdin())),
        };
        let format = match (reading.format, &self.path) {
            (FormatName::Text, _) => Format::Text,
            (FormatName::Jsonl, _) => Format::JsonLines,
            (FormatName::Auto, Some(path)) if Format::of_path(path) == Format::JsonLines => Format::JsonLines,
            (FormatName::Auto, Some(path)) if is_text_name(path) => Format::Text,
            (FormatName::Auto, _) => Format::of_start(reader.fill_buf()?),
        };
        Ok((format, reader))
    }
}

fn is_text_name(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    [".txt", ".md", ".text"]
        .iter()
        .any(|ending| name.trim_end_matches(".gz").trim_end_matches(".zst").ends_with(ending))
}

/// One document as it was read.
#[derive(Debug)]
pub struct Doc {
    pub format: Format,
    /// The file, or the line with its break.
    pub bytes: Vec<u8>,
    /// `path`, or `path:line`.
    pub place: String,
    /// `path#line`.
    pub fallback_id: String,
}

/// What the filter says of a document.
#[derive(Debug)]
pub struct Examined {
    pub id: String,
    /// The text, as the filter read it.
    pub text: String,
    pub cuts: Vec<Span>,
    /// `None` if there is no text to speak of: a blank line, or a record that could not be read.
    pub report: Option<Report>,
    /// What to write in its place; `None` if nothing changes.
    pub changed: Option<Vec<u8>>,
    pub record: Option<Record>,
    /// What went wrong with it.
    pub problem: Option<String>,
}

/// How documents are examined.
pub struct Examiner<'a> {
    pub filter: &'a Filter,
    pub reading: &'a Reading,
    pub audit: Options,
    /// Whether the audit record is added to each JSON Lines record.
    pub annotate: bool,
}

impl Examiner<'_> {
    pub fn examine(&self, doc: &Doc) -> Examined {
        match doc.format {
            Format::Text => self.text(doc),
            Format::JsonLines => self.json(doc).unwrap_or_else(|why| Examined::unread(doc, Some(why))),
        }
    }

    fn text(&self, doc: &Doc) -> Examined {
        let decoded = text::decode(&doc.bytes);
        let cleaned = self.filter.clean(decoded.text.as_ref());
        let (cuts, report) = (cleaned.cuts, cleaned.report);
        let changed = (!cuts.is_empty()).then(|| decoded.without(&cuts));
        let mut record =
            Record::new(doc.fallback_id.clone(), &decoded.text, &cuts, &report, self.filter.fingerprint(), self.audit);
        if decoded.first_bad.is_some() && self.audit.unit == dechaff::audit::Unit::Byte {
            for removed in record.removed.iter_mut().chain(&mut record.suspect) {
                (removed.start, removed.end) = (decoded.in_bytes(removed.start), decoded.in_bytes(removed.end));
            }
        }
        let bad = decoded.first_bad_line().map(|line| {
            format!(
                "{}:{line}: not UTF-8 here; these bytes were kept as they are: convert the file, e.g. with iconv",
                doc.place
            )
        });
        Examined {
            id: doc.fallback_id.clone(),
            problem: limit_problem(doc, &report).or(bad),
            text: decoded.text.into_owned(),
            cuts,
            report: Some(report),
            changed,
            record: Some(record),
        }
    }

    fn json(&self, doc: &Doc) -> Result<Examined, String> {
        let line = std::str::from_utf8(&doc.bytes).map_err(|why| {
            let at = why.valid_up_to();
            format!("{}: not UTF-8 at byte {at} of the line; the record was passed through: convert the file, e.g. with iconv", doc.place)
        })?;
        if line.trim().is_empty() {
            return Ok(Examined::unread(doc, None));
        }
        let fields: Fields = jsonl::fields(line, &self.reading.names())
            .map_err(|why| format!("{}: {why}; the record was passed through", doc.place))?;
        let id = fields.id.clone().unwrap_or_else(|| doc.fallback_id.clone());
        let mut document = Document::new(fields.text.as_ref());
        (document.title, document.url) = (fields.title.as_deref(), fields.url.as_deref());
        let cleaned = self.filter.clean(document);
        let (cuts, report) = (cleaned.cuts, cleaned.report);
        let record = Record::new(id.clone(), &fields.text, &cuts, &report, self.filter.fingerprint(), self.audit);
        let text = (!cuts.is_empty()).then_some(cleaned.text.as_ref());
        let annotation = self
            .annotate
            .then(|| serde_json::to_string(&record))
            .transpose()
            .map_err(|why| format!("{}: {why}", doc.place))?;
        let changed = (text.is_some() || annotation.is_some())
            .then(|| jsonl::rewrite(line, &fields, text, annotation.as_deref()).into_bytes());
        Ok(Examined {
            id,
            problem: limit_problem(doc, &report),
            text: fields.text.into_owned(),
            cuts,
            report: Some(report),
            changed,
            record: Some(record),
        })
    }
}

/// A text that was not examined, or not cut as found, is a job not done.
fn limit_problem(doc: &Doc, report: &Report) -> Option<String> {
    let why = match report.limit? {
        Limit::DocumentBytes => "too long to be examined; it was passed through: split it",
        Limit::Rounds => "cutting did not settle; it was passed through: look at it with `dechaff explain`",
        _ => return None,
    };
    Some(format!("{}:1: {why}", doc.place))
}

impl Examined {
    fn unread(doc: &Doc, problem: Option<String>) -> Examined {
        Examined {
            id: doc.fallback_id.clone(),
            text: String::new(),
            cuts: Vec::new(),
            report: None,
            changed: None,
            record: None,
            problem,
        }
    }
}

/// What happens to documents once they are examined, called in the order of the input.
pub trait Handler {
    fn begin(&mut self, source: &Source) -> Result<()>;
    fn document(&mut self, doc: &Doc, examined: Examined) -> Result<()>;
    /// `whole` is false if the source could not be read to its end.
    fn end(&mut self, source: &Source, whole: bool) -> Result<()>;
    fn problem(&mut self, message: String);
}

enum Event {
    Begin(Source),
    Doc(Doc),
    Problem(String),
    End(Source, bool),
}

/// Files that the paths name, folders walked in the order of names.
pub fn sources(paths: &[PathBuf], mut problem: impl FnMut(String)) -> Vec<Source> {
    if paths.is_empty() {
        return vec![Source { path: None, root: None }];
    }
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source { path: None, root: None });
        } else if path.is_dir() {
            let visible =
                |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
            for entry in walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(visible) {
                match entry {
                    Ok(entry) if entry.file_type().is_file() => {
                        sources.push(Source { path: Some(entry.into_path()), root: Some(path.clone()) });
                    }
                    Ok(_) => {}
                    Err(why) => problem(format!("{}: {why}", path.display())),
                }
            }
        } else {
            sources.push(Source { path: Some(path.clone()), root: None });
        }
    }
    sources
}

/// Reads everything, examines it in parallel, and hands it over in order.
pub fn run(sources: Vec<Source>, examiner: &Examiner, threads: Option<usize>, handler: &mut dyn Handler) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .context("the threads could not be started; try a smaller -j")?;
    let mut batch = Batch { events: Vec::new(), bytes: 0, documents: 0, pool, examiner, handler };
    for source in sources {
        batch.push(Event::Begin(source.clone()))?;
        let whole = match source.open(examiner.reading) {
            Ok((format, mut reader)) => batch.read(&source, format, &mut reader)?,
            Err(why) => {
                batch.push(Event::Problem(format!("{}: {}", source.shown(), unreadable(&why))))?;
                false
            }
        };
        batch.push(Event::End(source, whole))?;
    }
    batch.flush()
}

fn unreadable(why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("broken compressed data ({why}); what could be read was processed: fetch the file again")
        }
        _ => why.to_string(),
    }
}

struct Batch<'a> {
    events: Vec<Event>,
    bytes: usize,
    documents: usize,
    pool: rayon::ThreadPool,
    examiner: &'a Examiner<'a>,
    handler: &'a mut dyn Handler,
}

impl Batch<'_> {
    fn push(&mut self, event: Event) -> Result<()> {
        if let Event::Doc(doc) = &event {
            self.bytes += doc.bytes.len();
            self.documents += 1;
        }
        self.events.push(event);
        if self.bytes >= BATCH_BYTES || self.documents >= BATCH_DOCUMENTS { self.flush() } else { Ok(()) }
    }

    /// Whether the source could be read to its end.
    fn read(&mut self, source: &Source, format: Format, reader: &mut (dyn BufRead + Send)) -> Result<bool> {
        let shown = source.shown();
        let mut line = 0;
        loop {
            let mut bytes = Vec::new();
            line += 1;
            let read = match format {
                Format::Text => reader.read_to_end(&mut bytes),
                Format::JsonLines => reader.read_until(b'\n', &mut bytes),
            };
            let done = match &read {
                Ok(0) => true,
                Ok(_) => format == Format::Text,
                Err(_) => true,
            };
            // What was read before a fault goes through, too.
            if !bytes.is_empty() || format == Format::Text && line == 1 {
                let place = if format == Format::Text { shown.clone() } else { format!("{shown}:{line}") };
                self.push(Event::Doc(Doc { format, bytes, place, fallback_id: format!("{shown}#{line}") }))?;
            }
            if let Err(why) = read {
                self.push(Event::Problem(format!("{shown}:{line}: {}", unreadable(&why))))?;
                return Ok(false);
            }
            if done {
                return Ok(true);
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        let (events, examiner) = (std::mem::take(&mut self.events), self.examiner);
        (self.bytes, self.documents) = (0, 0);
        let examined: Vec<Option<Examined>> = self.pool.install(|| {
            events
                .par_iter()
                .map(|event| match event {
                    Event::Doc(doc) => Some(examiner.examine(doc)),
                    _ => None,
                })
                .collect()
        });
        for (event, examined) in events.into_iter().zip(examined) {
            match (event, examined) {
                (Event::Begin(source), _) => self.handler.begin(&source)?,
                (Event::End(source, whole), _) => self.handler.end(&source, whole)?,
                (Event::Problem(message), _) => self.handler.problem(message),
                (Event::Doc(doc), Some(examined)) => self.handler.document(&doc, examined)?,
                (Event::Doc(_), None) => {}
            }
        }
        Ok(())
    }
}
