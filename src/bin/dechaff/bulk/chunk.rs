//! One source → chunks of records, read by one thread at a time.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use dechaff::formats::Format;
use dechaff::formats::jsonl;
use dechaff::formats::layout::Layout;
use dechaff::formats::names::Names;
use dechaff::formats::split::{Next, Splitter};

use super::table::Rows;
use crate::source;
use crate::source::Source;

/// Bytes, and records, that are examined together: enough to be worth the hand-over, little enough to keep all threads
/// busy and memory small.
const BYTES: usize = 512 << 10;
const RECORDS: usize = 1024;

/// Some records in a row.
pub struct Chunk {
    /// The first record's number in its source, from 1.
    pub first: u64,
    /// The byte of the unpacked source where it begins.
    pub offset: u64,
    pub content: Content,
    /// Whether a record ends here: a run can be resumed behind it.
    pub between: bool,
    /// What ended the reading, if anything did but the end.
    pub fault: Option<String>,
}

pub enum Content {
    /// Bytes, and where in them each record ends.
    Records { bytes: Vec<u8>, ends: Vec<usize>, layout: Arc<Layout> },
    /// Bytes that go through as they are: a header, or what follows a long record's beginning.
    Through(Vec<u8>),
    /// The beginning of a record that is too long to be examined.
    TooLong(Vec<u8>),
    /// Rows of a table.
    Rows(Rows),
    /// Nothing but the fault.
    Nothing,
}

impl Chunk {
    /// Bytes it holds.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Records { bytes, .. } | Content::Through(bytes) | Content::TooLong(bytes) => bytes.len(),
            Content::Rows(rows) => rows.slice.rows.iter().flat_map(|row| &row.texts).map(|text| text.bytes.len()).sum(),
            Content::Nothing => 0,
        }
    }

    /// Records that end in it.
    pub fn records(&self) -> u64 {
        match &self.content {
            Content::Records { ends, .. } => ends.len() as u64,
            _ => 0,
        }
    }
}

/// Where the reading of a source goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    pub records: u64,
    pub offset: u64,
}

/// A source that is being read.
pub struct Reader {
    reader: Box<dyn BufRead + Send>,
    splitter: Splitter,
    layout: Arc<Layout>,
    format: Format,
    at: Position,
    /// Bytes of the source to hand on as they are: the header.
    header: Vec<u8>,
    /// The beginning of a record that is too long, or of what is none, to be handed on next.
    long: Vec<u8>,
    state: State,
    /// Why nothing of the source can be examined, if that is yet to be said.
    lost: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Records,
    /// Within a record that is too long.
    Rest,
    /// Where no record can be found any more, up to the end.
    Lost,
    Done,
}

/// What is there of the source without waiting for more, of which nothing is taken.
fn beginning(reader: &mut dyn BufRead) -> io::Result<&[u8]> {
    while let Err(why) = reader.fill_buf() {
        if why.kind() != io::ErrorKind::Interrupted {
            return Err(why);
        }
    }
    reader.fill_buf()
}

/// What a source turns out to be.
pub struct Asked<'a> {
    pub names: &'a Names,
    pub max_bytes: usize,
}

impl Reader {
    /// Goes to where a source is to be read from.
    pub fn open(
        source: &Source,
        format: Format,
        mut reader: Box<dyn BufRead + Send>,
        asked: &Asked,
        from: Position,
    ) -> Result<Reader, String> {
        let failed = |why: io::Error| format!("{}: {}", source.shown(), source::unreadable(&why));
        let mut splitter = Splitter::new(format, asked.max_bytes);
        let mut header = Vec::new();
        if matches!(format, Format::Csv | Format::Tsv) {
            splitter.next(reader.as_mut(), &mut header).map_err(failed)?;
        }
        let blank = header.iter().all(u8::is_ascii_whitespace);
        let layout = match format {
            // A table without a header has no rows either.
            Format::Csv | Format::Tsv if blank => Ok(Layout::Text),
            Format::JsonLines => match jsonl::is_document(beginning(reader.as_mut()).map_err(failed)?) {
                Some(why) if from == Position::default() => Err(why),
                _ => Layout::new(format, asked.names, &header, asked.max_bytes),
            },
            _ => Layout::new(format, asked.names, &header, asked.max_bytes),
        };
        let layout = match layout {
            Ok(layout) => layout,
            Err(why) => {
                let why = format!("{}:1: {why}", source.shown());
                return Ok(Reader::through(format, Box::new(io::Cursor::new(header).chain(reader)), why));
            }
        };
        let mut at = Position { records: u64::from(!header.is_empty()), offset: header.len() as u64 };
        if from.offset > at.offset {
            let behind = from.offset - at.offset;
            if io::copy(&mut Read::take(&mut reader, behind), &mut io::sink()).map_err(failed)? < behind {
                return Err(format!("{}: shorter than when it was read before; start anew", source.shown()));
            }
            (at, header) = (from, Vec::new());
        }
        Ok(Reader {
            reader,
            splitter,
            layout: Arc::new(layout),
            format,
            at,
            header,
            long: Vec::new(),
            state: State::Records,
            lost: None,
        })
    }

    /// Hands a source on as it is, of which nothing can be examined, and says why.
    pub fn through(format: Format, reader: Box<dyn BufRead + Send>, why: String) -> Reader {
        Reader {
            reader,
            splitter: Splitter::new(Format::Text, usize::MAX >> 1),
            layout: Arc::new(Layout::Text),
            format,
            at: Position::default(),
            header: Vec::new(),
            long: Vec::new(),
            state: State::Lost,
            lost: Some(format!("{why}; nothing of this file was examined")),
        }
    }

    /// Where the next chunk begins.
    pub fn position(&self) -> Position {
        self.at
    }

    /// The next records; `None` at the end.
    pub fn next(&mut self, shown: &str) -> Option<Chunk> {
        let Position { records, offset } = self.at;
        if self.lost.is_some() {
            let (content, fault) = (Content::Nothing, self.lost.take());
            return Some(Chunk { first: 1, offset: 0, content, between: false, fault });
        }
        if !self.header.is_empty() {
            let content = Content::Through(std::mem::take(&mut self.header));
            return Some(Chunk { first: 1, offset: 0, content, between: true, fault: None });
        }
        let mut chunk = Chunk { first: records + 1, offset, content: Content::Nothing, between: true, fault: None };
        let read = match self.state {
            State::Done => return None,
            State::Records => self.records(&mut chunk),
            State::Rest if !self.long.is_empty() => {
                self.at.records += 1;
                chunk.content = Content::TooLong(std::mem::take(&mut self.long));
                chunk.between = false;
                Ok(())
            }
            State::Rest | State::Lost => self.rest(&mut chunk),
        };
        if let Err(why) = read {
            let lost = self.is_lost(&why);
            chunk.fault = Some(if lost {
                let all = "if it is of another format, say which with --format; the file was passed through";
                let fate = if self.at.records == 0 { all } else { "from here on the file was passed through" };
                format!("{shown}:{}: {why}; {fate}", self.at.records + 1)
            } else {
                format!("{shown}:{}: {}", self.at.records + 1, source::unreadable(&why))
            });
            self.state = if lost { State::Lost } else { State::Done };
        }
        self.at.offset = offset + chunk.len() as u64;
        if chunk.len() == 0 && chunk.records() == 0 && chunk.fault.is_none() && self.state == State::Rest {
            return self.next(shown);
        }
        (chunk.len() > 0 || chunk.fault.is_some() || chunk.records() > 0).then_some(chunk)
    }

    fn records(&mut self, chunk: &mut Chunk) -> io::Result<()> {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let mut fault = Ok(());
        while bytes.len() < BYTES && ends.len() < RECORDS {
            let start = bytes.len();
            match self.splitter.next(self.reader.as_mut(), &mut bytes) {
                Ok(Next::Record) => {
                    ends.push(bytes.len());
                    self.at.records += 1;
                }
                Ok(Next::End) => {
                    self.state = State::Done;
                    break;
                }
                Ok(Next::TooLong) => {
                    self.long = bytes.split_off(start);
                    self.state = State::Rest;
                    break;
                }
                Err(why) => {
                    // What could be read of the record goes through, too: where no record begins, with what follows.
                    if self.is_lost(&why) {
                        self.long = bytes.split_off(start);
                    } else if bytes.len() > start {
                        ends.push(bytes.len());
                        self.at.records += 1;
                    }
                    fault = Err(why);
                    break;
                }
            }
        }
        let layout = Arc::clone(&self.layout);
        chunk.content = Content::Records { bytes, ends, layout };
        fault
    }

    /// Whether no record can be found from here on.
    fn is_lost(&self, why: &io::Error) -> bool {
        self.format == Format::Warc && why.kind() == io::ErrorKind::InvalidData
    }

    fn rest(&mut self, chunk: &mut Chunk) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.long);
        let ended = self.splitter.rest(self.reader.as_mut(), &mut bytes);
        chunk.between = matches!(ended, Ok(true)) && self.state == State::Rest;
        if let (Ok(true), state) = (&ended, self.state) {
            self.state = if state == State::Rest { State::Records } else { State::Done };
        }
        chunk.content = Content::Through(bytes);
        ended.map(drop)
    }
}
