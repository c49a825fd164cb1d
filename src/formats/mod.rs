//! Files of documents: text, JSON Lines, CSV, WARC and Parquet, plain or packed.
//!
//! bytes → records ([`split`]) → the texts of a record ([`record`], and one module a format) → edits of its bytes. What
//! no edit touches stays byte for byte.

pub mod compress;
pub mod csv;
mod http;
pub mod jsonl;
pub mod layout;
pub mod names;
pub mod parquet;
pub mod record;
pub mod split;
pub mod text;
pub mod warc;

use std::path::Path;

/// How a file holds its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole file is one document.
    Text,
    /// One JSON object a line, the document in one of its fields.
    JsonLines,
    /// Rows under a header, with commas.
    Csv,
    /// Rows under a header, with tabs.
    Tsv,
    /// WARC records: pages as they were fetched, or WET, their text.
    Warc,
    /// Columns.
    Parquet,
}

const ENDINGS: [(&str, Format); 12] = [
    (".txt", Format::Text),
    (".text", Format::Text),
    (".md", Format::Text),
    (".jsonl", Format::JsonLines),
    (".ndjson", Format::JsonLines),
    // Nearly all corpora that call their files so have one record a line; of one that has not it is said.
    (".json", Format::JsonLines),
    (".csv", Format::Csv),
    (".tsv", Format::Tsv),
    (".warc", Format::Warc),
    (".wet", Format::Warc),
    (".parquet", Format::Parquet),
    (".pq", Format::Parquet),
];

impl Format {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::JsonLines => "JSON Lines",
            Format::Csv => "CSV",
            Format::Tsv => "TSV",
            Format::Warc => "WARC",
            Format::Parquet => "Parquet",
        }
    }

    /// The format that a file name's ending stands for, under `.gz` or `.zst` too.
    pub fn of_path(path: &Path) -> Option<Format> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format)
    }

    /// The format of bytes whose name says nothing, by their beginning: the first line is enough.
    pub fn of_start(start: &[u8]) -> Format {
        if start.starts_with(b"PAR1") {
            return Format::Parquet;
        }
        if start.starts_with(b"WARC/") {
            return Format::Warc;
        }
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let mut lines = start.split(|byte| *byte == b'\n');
        let line = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        let whole = lines.next().is_some();
        let object = line.trim_ascii_start().strip_prefix(b"{");
        if object.is_some_and(|inner| inner.trim_ascii_start().starts_with(b"\""))
            && (!whole || serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok())
        {
            return Format::JsonLines;
        }
        for (delimiter, format) in [(b',', Format::Csv), (b'\t', Format::Tsv)] {
            if whole && line.len() < 4096 && csv::Header::read(line, delimiter, &names::Names::default()).is_ok() {
                let columns = line.split(|byte| *byte == delimiter).count();
                if columns > 1 {
                    return format;
                }
            }
        }
        Format::Text
    }

    /// Whether it is read as a stream of bytes.
    pub const fn is_stream(self) -> bool {
        !matches!(self, Format::Parquet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name_or_beginning() {
        for (name, format) in [
            ("a/CC-MAIN.warc.wet.gz", Some(Format::Warc)),
            ("x.JSONL.zst", Some(Format::JsonLines)),
            ("x.csv", Some(Format::Csv)),
            ("x.json.gz", Some(Format::JsonLines)),
            ("x.html", None),
        ] {
            assert_eq!(Format::of_path(Path::new(name)), format, "{name}");
        }
        for (start, format) in [
            (&b"\n{\"text\":\"a\"}\n"[..], Format::JsonLines),
            (b"{\"text\":\"a line cut sho", Format::JsonLines),
            (b"{\"text\" is not json}\nx", Format::Text),
            (b"WARC/1.0\r\n", Format::Warc),
            (b"PAR1\x15", Format::Parquet),
            (b"id,text,url\n1,a,b\n", Format::Csv),
            (b"url\ttext\n", Format::Tsv),
            (b"the text, in short, is\n", Format::Text),
            (b"text\n", Format::Text),
            (b"", Format::Text),
        ] {
            assert_eq!(Format::of_start(start), format, "{start:?}");
        }
    }
}
