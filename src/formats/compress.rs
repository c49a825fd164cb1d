//! Packed files, read and written as if they were not.
//!
//! What is read is recognised by its first bytes, what is written is packed by the ending of its name. A gzip file is
//! written as one member, a Zstandard file as one frame, since many readers stop at the end of the first. The parts of
//! a gzip file can still be packed apart from each other, by several threads: [`GzipPart`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;

use crc32fast::Hasher;
use flate2::{Compress, FlushCompress, Status};

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

const BUFFER: usize = 1 << 17;

impl Compression {
    /// By the ending of the name.
    pub fn of_path(path: &Path) -> Compression {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// By the first bytes; four are enough.
    pub fn of_start(start: &[u8]) -> Compression {
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            // A skippable frame, as seekable files begin with.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The level that is used where none is asked for: each format's own default.
    pub const fn default_level(self) -> i32 {
        match self {
            Compression::Zstd => 3,
            _ => 6,
        }
    }
}

/// Unpacks what is read, if its first bytes say that it is packed.
///
/// # Errors
///
/// When the first bytes cannot be read, or the decoder cannot be set up.
pub fn reader<'a>(mut source: impl Read + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut start = Vec::new();
    source.by_ref().take(4).read_to_end(&mut start)?;
    let compression = Compression::of_start(&start);
    let whole = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(source));
    Ok(match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(BufReader::with_capacity(BUFFER, flate2::bufread::MultiGzDecoder::new(whole))),
        Compression::Zstd => {
            Box::new(BufReader::with_capacity(BUFFER, zstd::stream::read::Decoder::with_buffer(whole)?))
        }
    })
}

/// A reader of a file, unpacked if it is packed.
///
/// # Errors
///
/// When the file cannot be opened.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    reader(File::open(path)?)
}

/// A stretch of a gzip file, packed for itself.
#[derive(Debug)]
pub struct GzipPart {
    packed: Vec<u8>,
    plain: u64,
    checksum: Hasher,
}

impl GzipPart {
    /// Packs bytes at a level of 0 to 9.
    pub fn pack(bytes: &[u8], level: u32) -> GzipPart {
        let mut checksum = Hasher::new();
        checksum.update(bytes);
        let mut packed = Vec::with_capacity(bytes.len() / 2 + 64);
        if !bytes.is_empty() {
            deflate(bytes, level, FlushCompress::Sync, &mut packed);
        }
        GzipPart { packed, plain: bytes.len() as u64, checksum }
    }
}

fn deflate(bytes: &[u8], level: u32, flush: FlushCompress, packed: &mut Vec<u8>) {
    let mut encoder = Compress::new(flate2::Compression::new(level), false);
    loop {
        let at = encoder.total_in() as usize;
        packed.reserve(1 << 14);
        // Deflating from memory into memory with room to spare has no way to fail; without progress it ends.
        match encoder.compress_vec(&bytes[at..], packed, flush) {
            Ok(Status::Ok) if encoder.total_in() as usize == bytes.len() && packed.len() < packed.capacity() => return,
            Ok(Status::Ok) => {}
            _ => return,
        }
    }
}

/// A whole gzip member of these bytes.
pub fn gzip_member(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut member = GZIP_HEAD.to_vec();
    deflate(bytes, level, FlushCompress::Finish, &mut member);
    let mut checksum = Hasher::new();
    checksum.update(bytes);
    member.extend_from_slice(&checksum.finalize().to_le_bytes());
    member.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    member
}

/// Magic, deflate, no flags, no time, no hint, unknown system.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A writer of one gzip member that takes parts packed elsewhere.
#[derive(Debug)]
pub struct GzipWriter<W: Write> {
    target: W,
    level: u32,
    /// Plain bytes not packed yet.
    waiting: Vec<u8>,
    state: GzipState,
}

/// How far a gzip file is written: enough to go on with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GzipState {
    /// Bytes written.
    pub packed: u64,
    /// Bytes that they unpack to.
    pub plain: u64,
    /// CRC-32 of these.
    pub checksum: u32,
}

/// Plain bytes that small writes are gathered to.
const GATHER: usize = 1 << 18;

impl<W: Write> GzipWriter<W> {
    /// A new file, or, with a state, one of which so much was written.
    ///
    /// # Errors
    ///
    /// When the head cannot be written.
    pub fn new(mut target: W, level: u32, state: Option<GzipState>) -> io::Result<Self> {
        let state = match state {
            Some(state) => state,
            None => {
                target.write_all(&GZIP_HEAD)?;
                GzipState { packed: GZIP_HEAD.len() as u64, ..GzipState::default() }
            }
        };
        Ok(GzipWriter { target, level, waiting: Vec::new(), state })
    }

    /// Writes a part.
    ///
    /// # Errors
    ///
    /// When the target cannot be written.
    pub fn part(&mut self, part: &GzipPart) -> io::Result<()> {
        self.gathered()?;
        self.append(part)
    }

    fn gathered(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let part = GzipPart::pack(&self.waiting, self.level);
        self.waiting.clear();
        self.append(&part)
    }

    fn append(&mut self, part: &GzipPart) -> io::Result<()> {
        self.target.write_all(&part.packed)?;
        let mut checksum = Hasher::new_with_initial_len(self.state.checksum, self.state.plain);
        checksum.combine(&part.checksum);
        self.state.checksum = checksum.finalize();
        self.state.packed += part.packed.len() as u64;
        self.state.plain += part.plain;
        Ok(())
    }

    /// Packs what was gathered and says how far the file is.
    ///
    /// # Errors
    ///
    /// When the target cannot be written.
    pub fn checkpoint(&mut self) -> io::Result<GzipState> {
        self.gathered()?;
        self.target.flush()?;
        Ok(self.state)
    }

    /// Writes the end of the member and gives the target back.
    ///
    /// # Errors
    ///
    /// When the target cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.gathered()?;
        // An empty last block.
        self.target.write_all(&[3, 0])?;
        self.target.write_all(&self.state.checksum.to_le_bytes())?;
        self.target.write_all(&(self.state.plain as u32).to_le_bytes())?;
        Ok(self.target)
    }

    /// The target.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.target
    }
}

impl<W: Write> Write for GzipWriter<W> {
    /// Takes bytes in such pieces that the file depends on what is written, not on how.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(GATHER - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == GATHER {
            self.gathered()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}
