//! CSV and TSV with a header line. What is read goes by csv-core (quotes, doubled quotes, line breaks in quotes); what is
//! written are the row's own bytes without what was cut.

use std::borrow::Cow;
use std::ops::Range;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use super::names::Names;
use super::record::{Edit, Field, Record};
use crate::document::Span;

/// The reader of rows for one kind of file.
pub fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

/// What the header says.
#[derive(Clone, Debug)]
pub struct Header {
    delimiter: u8,
    texts: Vec<(usize, String)>,
    id: Option<usize>,
    title: Option<usize>,
    url: Option<usize>,
}

impl Header {
    /// Reads the first row.
    ///
    /// # Errors
    ///
    /// When no column is one of the texts; the sentence names the columns there are.
    pub fn read(row: &[u8], delimiter: u8, names: &Names) -> Result<Header, String> {
        let row = row.strip_prefix(b"\xef\xbb\xbf").unwrap_or(row);
        let columns: Vec<String> =
            cells(row, delimiter).iter().map(|cell| String::from_utf8_lossy(&cell.value).into_owned()).collect();
        let place = |name: &str| columns.iter().position(|column| column == name);
        let first = |names: &[String]| names.iter().find_map(|name| place(name));
        let mut texts: Vec<(usize, String)> =
            names.texts().filter_map(|name| Some((place(name)?, name.to_owned()))).collect();
        if texts.is_empty() {
            let called: Vec<&str> = names.texts().collect();
            let has = columns.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(format!("no column `{}`; the table has {has}: name one with --field", called.join("`, `")));
        }
        if !names.wants_all() {
            texts.truncate(1);
        }
        Ok(Header { delimiter, texts, id: first(&names.ids), title: first(&names.titles), url: first(&names.urls) })
    }
}

/// A row that was read.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its texts, and what is known of them.
    pub record: Record<'a>,
    cells: Vec<Cell>,
    header: &'a Header,
}

/// Reads a row.
///
/// # Errors
///
/// A sentence that says what is wrong with the row.
pub fn read<'a>(row: &'a str, header: &'a Header) -> Result<Row<'a>, String> {
    let cells = cells(row.as_bytes(), header.delimiter);
    let value = |column: usize| -> Option<Cow<'a, str>> {
        let cell: &Cell = cells.get(column)?;
        let raw = row.get(cell.inner.clone())?;
        Some(if raw.as_bytes() == cell.value.as_slice() {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(String::from_utf8_lossy(&cell.value).into_owned())
        })
    };
    let mut fields = Vec::with_capacity(header.texts.len());
    for (column, name) in &header.texts {
        let Some(text) = value(*column) else {
            return Err(format!("the row has {} columns, but `{name}` is column {}", cells.len(), column + 1));
        };
        if let Some(cell) = cells.get(*column)
            && unquoted(&row.as_bytes()[cell.inner.clone()], cell.quoted) != cell.value
        {
            return Err(format!("a stray quote in column `{name}`: double the quotes within a quoted value"));
        }
        fields.push(Field { name, text });
    }
    let of = |column: Option<usize>| column.and_then(value).filter(|value| !value.is_empty());
    let record = Record { fields, id: of(header.id), title: of(header.title), url: of(header.url) };
    Ok(Row { record, cells, header })
}

impl Row<'_> {
    /// What changes in the row when these bytes of a text are cut.
    pub fn cut(&self, row: &str, field: usize, cuts: &[Span]) -> Vec<Edit> {
        let Some(cell) = self.header.texts.get(field).and_then(|(column, _)| self.cells.get(*column)) else {
            return Vec::new();
        };
        let raw = &row.as_bytes()[cell.inner.clone()];
        let (mut raw_at, mut text_at) = (0, 0);
        let mut at = |offset: usize| {
            while text_at < offset && raw_at < raw.len() {
                raw_at += if cell.quoted && raw[raw_at] == b'"' { 2 } else { 1 };
                text_at += 1;
            }
            cell.inner.start + raw_at
        };
        cuts.iter().map(|cut| Edit::cut(at(cut.start)..at(cut.end))).collect()
    }
}

#[derive(Clone, Debug)]
struct Cell {
    value: Vec<u8>,
    /// Where it stands in the row, without its quotes.
    inner: Range<usize>,
    quoted: bool,
}

fn unquoted(raw: &[u8], quoted: bool) -> Vec<u8> {
    let mut value = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        value.push(*byte);
        if quoted && *byte == b'"' {
            rest.next();
        }
    }
    value
}

fn cells(row: &[u8], delimiter: u8) -> Vec<Cell> {
    let mut reader = reader(delimiter);
    let mut cells = Vec::new();
    let mut buffer = vec![0; row.len() + 1];
    let mut at = 0;
    loop {
        let (start, mut length) = (at, 0);
        let last = loop {
            let (result, read, written) = reader.read_field(&row[at..], &mut buffer[length..]);
            at += read;
            length += written;
            match result {
                // The row is given whole: more input than it does not come.
                ReadFieldResult::InputEmpty if at < row.len() => {}
                ReadFieldResult::InputEmpty => {
                    let (end, _, written) = reader.read_field(&[], &mut buffer[length..]);
                    length += written;
                    if matches!(end, ReadFieldResult::End) {
                        return cells;
                    }
                    break true;
                }
                ReadFieldResult::OutputFull => buffer.resize(buffer.len() * 2, 0),
                ReadFieldResult::Field { record_end } => break record_end,
                ReadFieldResult::End => return cells,
            }
        };
        cells.push(cell(row, start..at, last, delimiter, &buffer[..length]));
        if last {
            return cells;
        }
    }
}

/// A cell whose bytes, with the delimiter or the line break behind it, were read.
fn cell(row: &[u8], read: Range<usize>, last: bool, delimiter: u8, value: &[u8]) -> Cell {
    let Range { mut start, mut end } = read;
    let at = |position: usize| row.get(position).copied();
    if start == 0 {
        // Breaks before the row are empty lines, a mark at the start of the file is no text.
        start += if row.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        while start < end && matches!(at(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
    }
    let quoted = at(start) == Some(b'"');
    let ends_here = |end: usize| match at(end - 1) {
        Some(byte) if !last => byte == delimiter,
        Some(byte) => matches!(byte, b'\r' | b'\n'),
        None => false,
    };
    if quoted {
        while end > start + 1 && ends_here(end) {
            end -= 1;
        }
        let closed = end > start + 1 && at(end - 1) == Some(b'"');
        return Cell { value: value.to_vec(), inner: start + 1..end - usize::from(closed), quoted };
    }
    while end > start && ends_here(end) {
        end -= 1;
        if !last {
            break;
        }
    }
    Cell { value: value.to_vec(), inner: start..end, quoted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::record::apply;

    fn cut(row: &str, header: &Header, piece: &str) -> String {
        let read = read(row, header).unwrap();
        let mut edits = Vec::new();
        for (field, text) in read.record.fields.iter().enumerate() {
            let spans: Vec<Span> =
                text.text.match_indices(piece).map(|(at, _)| Span::new(at, at + piece.len())).collect();
            edits.extend(read.cut(row, field, &spans));
        }
        String::from_utf8(apply(row.as_bytes(), &edits)).unwrap()
    }

    #[test]
    fn rows_keep_their_quotes_and_breaks() {
        let header = Header::read(b"\xef\xbb\xbf\"id\",text,url\r\n", b',', &Names::default()).unwrap();
        for (row, expected) in [
            ("1,one JUNK two,http://a\r\n", "1,one  two,http://a\r\n"),
            ("1,\"say \"\"JUNK\"\", he said\nhi\",x\n", "1,\"say \"\"\"\", he said\nhi\",x\n"),
            ("\n1,JUNK", "\n1,"),
            ("1,\"JUNK\"\r\n", "1,\"\"\r\n"),
            ("1,\"a\"\"\"\"JUNK\"\"b\",\"\"\"c\"\"\"", "1,\"a\"\"\"\"\"\"b\",\"\"\"c\"\"\""),
            ("1,,x\n", "1,,x\n"),
        ] {
            assert_eq!(cut(row, &header, "JUNK"), expected, "{row}");
        }
        let row = read("7,\"a\"\"b\",\n", &header).unwrap().record;
        assert_eq!((row.fields[0].text.as_ref(), row.id.as_deref(), row.url), ("a\"b", Some("7"), None));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let names = Names::default();
        let header = Header::read(b"id\ttext\n", b'\t', &names).unwrap();
        assert!(read("only one\n", &header).unwrap_err().contains("1 columns, but `text` is column 2"));
        assert!(read("1\t\"a\"b\"\n", &header).unwrap_err().contains("stray quote"));
        assert!(Header::read(b"a,b\n", b',', &names).unwrap_err().contains("the table has a, b"));
    }
}
