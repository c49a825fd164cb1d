//! A stream of bytes → its records, one after the other, each as its bytes stand there.

use std::io::{self, BufRead};

use csv_core::ReadRecordResult;

use super::{Format, csv, warc};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The stream is at its end.
    End,
    /// One whole record.
    Record,
    /// The beginning of a record that is longer than the limit; [`Splitter::rest`] reads on.
    TooLong,
}

/// Splits a stream.
#[derive(Debug)]
pub struct Splitter {
    kind: Kind,
    /// Bytes that a record may have.
    limit: usize,
}

#[derive(Debug)]
enum Kind {
    Whole {
        done: bool,
    },
    Lines,
    Rows(Box<csv_core::Reader>),
    /// With the bytes that are left of the block of a record that is too long.
    Warc(u64),
}

/// What [`Splitter::rest`] reads at once, in bytes.
const REST: usize = 1 << 20;

impl Splitter {
    /// For a format that is read as a stream. `limit`: bytes that a record may have.
    pub fn new(format: Format, limit: usize) -> Splitter {
        let kind = match format {
            Format::JsonLines => Kind::Lines,
            Format::Csv => Kind::Rows(Box::new(csv::reader(b','))),
            Format::Tsv => Kind::Rows(Box::new(csv::reader(b'\t'))),
            Format::Warc => Kind::Warc(0),
            Format::Text | Format::Parquet => Kind::Whole { done: false },
        };
        Splitter { kind, limit }
    }

    /// Appends the next record to `into`.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read; what could be read of the record is in `into`. Of kind `InvalidData` where no record
    /// of a WARC file can be found; [`Splitter::rest`] then gives all that follows.
    pub fn next(&mut self, reader: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<Next> {
        let start = into.len();
        match &mut self.kind {
            // A file without any bytes is a document, too.
            Kind::Whole { done: true } => return Ok(Next::End),
            Kind::Whole { done } => *done = true,
            Kind::Warc(left) => {
                return match warc::next(reader, self.limit, into) {
                    Ok(warc::Next::Record) => Ok(Next::Record),
                    // Line breaks before the end belong to nothing, but are kept.
                    Ok(warc::Next::End) if into.len() > start => Ok(Next::Record),
                    Ok(warc::Next::End) => Ok(Next::End),
                    Ok(warc::Next::TooLong(length)) => {
                        *left = length;
                        Ok(Next::TooLong)
                    }
                    Err(why) => {
                        if why.kind() == io::ErrorKind::InvalidData {
                            self.kind = Kind::Whole { done: true };
                        }
                        Err(why)
                    }
                };
            }
            _ => {}
        }
        loop {
            let room = (self.limit + 1).saturating_sub(into.len() - start);
            match self.some(reader, into, room)? {
                Some(true) => return Ok(Next::Record),
                Some(false) if into.len() - start > self.limit => return Ok(Next::TooLong),
                Some(false) => {}
                None if into.len() == start && !matches!(self.kind, Kind::Whole { .. }) => return Ok(Next::End),
                None => return Ok(Next::Record),
            }
        }
    }

    /// Appends more of a record that is too long: `true` when it is whole.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read.
    pub fn rest(&mut self, reader: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<bool> {
        if let Kind::Warc(left) = &mut self.kind {
            return warc::rest(reader, left, REST as u64, into);
        }
        let start = into.len();
        while into.len() - start < REST {
            match self.some(reader, into, REST)? {
                Some(false) => {}
                Some(true) | None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Some bytes of the record: whether it ends with them, `None` at the end of the stream.
    fn some(&mut self, reader: &mut dyn BufRead, into: &mut Vec<u8>, room: usize) -> io::Result<Option<bool>> {
        let bytes = loop {
            match reader.fill_buf() {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
                Ok(bytes) => break bytes,
            }
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        let bytes = &bytes[..bytes.len().min(room)];
        let (taken, ends) = match &mut self.kind {
            Kind::Whole { .. } | Kind::Warc(_) => (bytes.len(), false),
            Kind::Lines => match memchr::memchr(b'\n', bytes) {
                Some(at) => (at + 1, true),
                None => (bytes.len(), false),
            },
            Kind::Rows(rows) => row(rows, bytes),
        };
        into.extend_from_slice(&bytes[..taken]);
        reader.consume(taken);
        Ok(Some(ends))
    }
}

/// Bytes of these that belong to the row, and whether it ends with them.
fn row(reader: &mut csv_core::Reader, bytes: &[u8]) -> (usize, bool) {
    // What stands in the cells is read again once the row is whole.
    let (mut values, mut ends) = ([0; 4096], [0; 64]);
    let mut at = 0;
    loop {
        let (result, read, ..) = reader.read_record(&bytes[at..], &mut values, &mut ends);
        at += read;
        match result {
            ReadRecordResult::Record => return (at, true),
            ReadRecordResult::InputEmpty | ReadRecordResult::End => return (at, false),
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn split(format: Format, limit: usize, bytes: &[u8]) -> Vec<(String, Next)> {
        // A small buffer puts every border somewhere.
        let mut reader = BufReader::with_capacity(3, bytes);
        let mut splitter = Splitter::new(format, limit);
        let mut records = Vec::new();
        loop {
            let mut record = Vec::new();
            let next = splitter.next(&mut reader, &mut record).unwrap();
            if next == Next::End {
                break;
            }
            while next == Next::TooLong && !splitter.rest(&mut reader, &mut record).unwrap() {}
            records.push((String::from_utf8(record).unwrap(), next));
        }
        let all: String = records.iter().map(|(record, _)| record.as_str()).collect();
        assert_eq!(all.as_bytes(), bytes, "nothing is lost");
        records
    }

    #[test]
    fn records_come_whole_and_in_order() {
        let of = |records: &[(String, Next)]| records.iter().map(|(record, _)| record.len()).collect::<Vec<_>>();
        assert_eq!(of(&split(Format::JsonLines, 100, b"{}\n\n{\"a\":1}\n{")), [3, 1, 8, 1]);
        assert_eq!(of(&split(Format::Text, 100, b"one\ntwo")), [7]);
        assert_eq!(of(&split(Format::Text, 100, b"")), [0]);
        assert_eq!(of(&split(Format::Csv, 100, b"a,b\n1,\"x\ny\"\n2,z")), [4, 8, 3]);
        // The second half of a line break goes with the row after it.
        assert_eq!(of(&split(Format::Csv, 100, b"a,b\r\n1,2\r\n")).iter().sum::<usize>(), 10);
    }

    #[test]
    fn records_over_the_limit_are_told() {
        let long = "x".repeat(50);
        for (format, bytes) in
            [(Format::JsonLines, format!("{long}\n{{}}\n")), (Format::Csv, format!("\"{long}\"\n1\n"))]
        {
            let records = split(format, 20, bytes.as_bytes());
            let kinds: Vec<Next> = records.iter().map(|(_, next)| *next).collect();
            assert_eq!(kinds, [Next::TooLong, Next::Record]);
        }
        assert_eq!(split(Format::Text, 20, long.as_bytes())[0].1, Next::TooLong);
    }
}
