//! Streams of documents: text and JSON Lines, plain or compressed.
//!
//! A reader hands out records with their place, a writer puts back what did not change byte for byte.

pub mod compress;
pub mod jsonl;
pub mod text;

use std::path::Path;

/// How a file holds its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole file is one document.
    Text,
    /// One JSON object a line, the document in one of its fields.
    JsonLines,
}

impl Format {
    /// The format that a file name's ending stands for, under `.gz` or `.zst` too; text if it says nothing.
    pub fn of_path(path: &Path) -> Format {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        if name.ends_with(".jsonl") || name.ends_with(".ndjson") { Format::JsonLines } else { Format::Text }
    }

    /// The format of bytes without a name: JSON Lines if the first line is a JSON object.
    pub fn of_start(start: &[u8]) -> Format {
        let line = start.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        let whole = start.contains(&b'\n');
        let object = line.trim_ascii_start().starts_with(b"{\"")
            && (!whole || serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).is_ok());
        if object { Format::JsonLines } else { Format::Text }
    }
}
