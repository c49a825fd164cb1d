//! Records → what the filter says of each.

use dechaff::audit::{self, Options, Unit};
use dechaff::formats::layout::{Layout, Read};
use dechaff::formats::record::{Edit, Record};
use dechaff::{Document, Filter, Limit, Outcome, Report, Sites, Span};

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The file, as messages call it.
    pub shown: &'a str,
    /// The record's number in its file, from 1.
    pub number: u64,
    /// The byte of the unpacked file it begins at; of a table, 0.
    pub offset: u64,
    /// Whether the file is one document, which is its own place.
    pub whole: bool,
}

impl At<'_> {
    /// `path`, or `path:number`.
    pub fn place(&self) -> String {
        if self.whole { self.shown.to_owned() } else { format!("{}:{}", self.shown, self.number) }
    }

    /// `path#number`: the id of a record that has none.
    pub fn id(&self) -> String {
        format!("{}#{}", self.shown, self.number)
    }
}

/// What was found in one text of a record.
#[derive(Debug)]
pub struct Found {
    pub name: String,
    pub text: String,
    pub cuts: Vec<Span>,
    pub report: Report,
}

/// What the filter says of a record.
#[derive(Debug)]
pub struct Examined {
    pub id: String,
    /// The host of the record's URL.
    pub host: Option<String>,
    /// One for each text.
    pub found: Vec<Found>,
    pub audit: audit::Record,
    /// What changes in the record's bytes.
    pub edits: Vec<Edit>,
    /// Of a table's row: column, which of the row's values of it, and what undoes its changes.
    pub values: Vec<(String, u64, Vec<Edit>)>,
    /// Something that a person should know, though the record was read.
    pub notice: Option<String>,
}

/// How records are examined.
pub struct Examiner<'a> {
    /// `None`: everything is read and written, nothing is looked for.
    pub filter: Option<&'a Filter>,
    /// Where pages are only counted, for a second reading.
    pub sites: Option<&'a Sites>,
    pub audit: Options,
    /// Whether the audit record is added to each JSON Lines record.
    pub annotate: bool,
    /// Bytes that a record may have.
    pub max_bytes: usize,
}

impl Examiner<'_> {
    /// Examines a record of a stream. `None`: there is no text in it.
    ///
    /// # Errors
    ///
    /// A sentence that says why it cannot be read or written.
    pub fn examine(&self, bytes: &[u8], layout: &Layout, at: At) -> Result<Option<Examined>, String> {
        let Some(read) = layout.read(bytes)? else { return Ok(None) };
        let mut examined = self.record(&read.record(), at);
        let cuts: Vec<&[Span]> = examined.found.iter().map(|found| found.cuts.as_slice()).collect();
        examined.edits = read.cut(&cuts)?;
        match &read {
            Read::Text(decoded) => {
                if decoded.first_bad.is_some() && self.audit.unit == Unit::Byte {
                    let record = &mut examined.audit;
                    for piece in record.removed.iter_mut().chain(&mut record.suspect) {
                        (piece.start, piece.end) = (decoded.in_bytes(piece.start), decoded.in_bytes(piece.end));
                    }
                }
                if let Some(line) = decoded.first_bad_line() {
                    let why = "not UTF-8 here; these bytes were kept as they are: convert the file, e.g. with iconv";
                    examined.notice.get_or_insert_with(|| format!("{}:{line}: {why}", at.shown));
                }
            }
            Read::Line(raw, line) if self.annotate => {
                let annotation = serde_json::to_string(&examined.audit).map_err(|why| why.to_string())?;
                if let Some(edit) = line.annotate(raw, &annotation) {
                    examined.edits.push(edit);
                    examined.edits.sort_by_key(|edit| edit.range.start);
                }
            }
            _ => {}
        }
        Ok(Some(examined))
    }

    /// Examines the texts of a record.
    pub fn record(&self, record: &Record, at: At) -> Examined {
        let id = record.id.as_deref().map_or_else(|| at.id(), str::to_owned);
        let several = record.fields.len() > 1;
        let mut found: Vec<Found> = Vec::with_capacity(record.fields.len());
        let mut notice = None;
        for field in &record.fields {
            let mut document = Document::new(field.text.as_ref());
            document.title = record.title.as_deref().filter(|title| *title != field.text);
            document.url = record.url.as_deref();
            let nothing = || (Vec::new(), Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None });
            let (cuts, report) = match (self.filter, self.sites) {
                (Some(filter), Some(sites)) => {
                    filter.observe(document, sites);
                    nothing()
                }
                (Some(filter), None) => {
                    let cleaned = filter.clean(document);
                    (cleaned.cuts, cleaned.report)
                }
                (None, _) => nothing(),
            };
            let cuts = if at.whole { behind_mark(&field.text, cuts) } else { cuts };
            notice = notice.or_else(|| limit_notice(&report, at));
            found.push(Found { name: field.name.to_owned(), text: field.text.as_ref().to_owned(), cuts, report });
        }
        let ruleset = self.filter.map_or("", Filter::fingerprint);
        let records = |found: &Found| {
            audit::Record::new(id.clone(), &found.text, &found.cuts, &found.report, ruleset, self.audit)
        };
        let audit = match found.as_slice() {
            [only] if !several => Some(records(only)),
            all => audit::Record::of_fields(
                all.iter().map(|found| (found.name.as_str(), found.text.is_empty(), records(found))).collect(),
            ),
        };
        let audit = audit.unwrap_or_else(|| {
            let nothing = Report { outcome: Outcome::Clean, segments: Vec::new(), limit: None };
            audit::Record::new(id.clone(), "", &[], &nothing, ruleset, self.audit)
        });
        Examined {
            id,
            host: record.url.as_deref().and_then(host),
            found,
            audit,
            edits: Vec::new(),
            values: Vec::new(),
            notice,
        }
    }
}

/// Cuts that leave the byte order mark of a file where it is.
fn behind_mark(text: &str, mut cuts: Vec<Span>) -> Vec<Span> {
    if let Some(first) = cuts.first_mut().filter(|_| text.starts_with(MARK)) {
        first.start = first.start.max(MARK.len_utf8());
        cuts.retain(|cut| cut.start < cut.end);
    }
    cuts
}

const MARK: char = '\u{feff}';

/// A text that was not examined, or not cut as found, is a job not done.
fn limit_notice(report: &Report, at: At) -> Option<String> {
    let why = match report.limit? {
        Limit::DocumentBytes => "too long to be examined; it was passed through: split it",
        Limit::Rounds => "cutting did not settle; it was passed through: look at it with `dechaff explain`",
        _ => return None,
    };
    Some(format!("{}: {why}", at.place()))
}

/// The host that a URL names, in small letters, without a port.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next()?;
    let rest = rest.rsplit('@').next()?.split(':').next()?;
    (rest.contains('.') && rest.len() < 256).then(|| rest.to_ascii_lowercase())
}
