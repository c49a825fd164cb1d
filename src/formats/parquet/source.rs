//! The file read from: positioned reads that several columns and threads can share, and what its pages are like.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;

use super::thrift::{PageHeader, PageKind, page_header};

/// The largest page that is read, in bytes after decompression: a page has to fit in memory.
pub const MAX_PAGE: u64 = 128 << 20;
/// The most levels (values and nulls) that a page of a repeated column may have: one row's have to fit in memory.
pub const MAX_LEVELS: u64 = 1 << 26;
/// A header with longer statistics than this is taken for damage.
const MAX_HEADER: usize = 16 << 20;
const COPY_BUFFER: usize = 1 << 20;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is at a step whose panics become errors. A panic hook that prints what happened can leave these
/// out: the error tells it.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs a step of the `parquet` crate, whose decoders panic on some kinds of damage: that becomes an error too.
///
/// What the step worked on must not be used again after an error.
pub(super) fn guarded<T>(step: impl FnOnce() -> ParquetResult<T>) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(step));
    GUARDED.set(outer);
    match done {
        Ok(result) => result.map_err(|why| why.to_string()),
        Err(_) => Err("it cannot be decoded: the file is damaged".into()),
    }
}

/// A file whose readers do not disturb one another.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: Arc<Mutex<File>>,
    length: u64,
}

/// What the pages of a column chunk have in common, as far as it matters for writing the chunk again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pages {
    /// Some data page is of version 2.
    pub version_2: bool,
    /// All data pages refer to a dictionary, and there is one at least.
    pub all_dictionary: bool,
    /// The encoding of the first data page that does not refer to a dictionary, as in the format's list.
    pub encoding: Option<i64>,
    /// Some page header has statistics.
    pub statistics: bool,
    /// Bytes of the dictionary, uncompressed.
    pub dictionary: u64,
}

impl Source {
    pub fn new(mut file: File) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Source { file: Arc::new(Mutex::new(file)), length })
    }

    /// Reads into the buffer from an offset on; fewer bytes only at the end of the file.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
        Ok(filled)
    }

    /// A range of bytes; an error if it is not all within the file.
    pub fn bytes(&self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        if start.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends too early"));
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut buffer = vec![0; length];
        match self.read_at(start, &mut buffer)? {
            read if read == length => Ok(buffer),
            _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter")),
        }
    }

    /// Copies a range of bytes.
    pub fn copy(&self, start: u64, length: u64, target: &mut impl Write) -> io::Result<()> {
        let mut at = start;
        let end = start.saturating_add(length);
        while at < end {
            let part = self.bytes(at, (end - at).min(COPY_BUFFER as u64))?;
            target.write_all(&part)?;
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Looks at all page headers of a column chunk, which lies within `start..end`.
    ///
    /// # Errors
    ///
    /// A page is damaged or larger than [`MAX_PAGE`]; of a repeated column: has more levels than [`MAX_LEVELS`].
    pub fn pages(&self, start: u64, end: u64, repeated: bool) -> Result<Pages, String> {
        let mut pages = Pages::default();
        let (mut data_pages, mut plain_pages) = (0u64, 0u64);
        let mut at = start;
        while at < end {
            let header = self.page_header(at, end)?;
            let size = header.compressed.max(header.uncompressed);
            if size > MAX_PAGE {
                return Err(format!(
                    "a page has {size} bytes, more than {MAX_PAGE}: write the file again with smaller pages"
                ));
            }
            match header.kind {
                PageKind::Data { levels, .. } if repeated && levels > MAX_LEVELS => {
                    return Err(format!(
                        "a page has {levels} values, more than {MAX_LEVELS}: write the file again with smaller pages"
                    ));
                }
                PageKind::Data { version, encoding, statistics, .. } => {
                    data_pages += 1;
                    pages.version_2 |= version == 2;
                    pages.statistics |= statistics;
                    if !matches!(encoding, PLAIN_DICTIONARY | RLE_DICTIONARY) {
                        plain_pages += 1;
                        pages.encoding.get_or_insert(encoding);
                    }
                }
                PageKind::Dictionary => pages.dictionary = header.uncompressed,
                PageKind::Other => {}
            }
            at = at.saturating_add(header.length as u64).saturating_add(header.compressed);
        }
        pages.all_dictionary = data_pages > 0 && plain_pages == 0;
        if at > end { Err("a page reaches beyond its column chunk: the file is damaged".into()) } else { Ok(pages) }
    }

    fn page_header(&self, at: u64, end: u64) -> Result<PageHeader, String> {
        let mut window = 512;
        loop {
            let length = end.saturating_sub(at).min(window as u64);
            let bytes = self.bytes(at, length).map_err(|why| format!("cannot be read: {why}"))?;
            if let Some(header) = page_header(&bytes) {
                return Ok(header);
            }
            if window >= MAX_HEADER || length < window as u64 {
                return Err(format!("no page header at byte {at}: the file is damaged"));
            }
            window *= 8;
        }
    }
}

const PLAIN_DICTIONARY: i64 = 2;
const RLE_DICTIONARY: i64 = 8;

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Source {
    type T = BufReader<Part>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(Part { source: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.bytes(start, length as u64).map(Bytes::from).map_err(|why| ParquetError::External(Box::new(why)))
    }
}

/// The file from an offset on.
#[derive(Debug)]
pub(super) struct Part {
    source: Source,
    at: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_known_to_be_one() {
        assert!(!is_guarded());
        let why = guarded::<()>(|| {
            assert!(is_guarded());
            guarded(|| Ok(())).unwrap();
            assert!(is_guarded(), "the step around it still is");
            panic!("of a decoder");
        });
        assert!(why.unwrap_err().contains("the file is damaged") && !is_guarded());
    }
}
