//! What the fields of a record, or the columns of a table, are called.

/// Names by which a record's parts are found: a key, or a dotted path to a nested one. Of several names the first that a
/// record has counts.
#[derive(Clone, Debug)]
pub struct Names {
    /// The texts, all of them; `None` for the first of [`TEXTS`] that a record has.
    pub texts: Option<Vec<String>>,
    /// The record's id.
    pub ids: Vec<String>,
    /// The page's title.
    pub titles: Vec<String>,
    /// The page's URL or host.
    pub urls: Vec<String>,
}

/// Where known corpora keep the text: FineWeb, C4, dolma and datatrove `text`, OSCAR `content`, RedPajama `raw_content`.
pub const TEXTS: [&str; 3] = ["text", "content", "raw_content"];

const IDS: [&str; 2] = ["id", "warc_headers.warc-record-id"];
const TITLES: [&str; 2] = ["title", "metadata.title"];
const URLS: [&str; 4] =
    ["url", "metadata.url", "warc_headers.warc-target-uri", "metadata.warc_headers.warc-target-uri"];

impl Default for Names {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names { texts: None, ids: owned(&IDS), titles: owned(&TITLES), urls: owned(&URLS) }
    }
}

impl Names {
    /// Candidates for the texts, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (asked, known) = match &self.texts {
            Some(asked) => (asked.as_slice(), &[][..]),
            None => (&[][..], &TEXTS[..]),
        };
        asked.iter().map(String::as_str).chain(known.iter().copied())
    }

    /// Whether each of the candidates is a text to clean, not only the first there is.
    pub const fn wants_all(&self) -> bool {
        self.texts.is_some()
    }
}
