//! Files that end in `.gz` or `.zst`, read and written as if they did not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, also of several members.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Fast and small enough for a corpus; zstd's own default.
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// By the ending of the name.
    pub fn of_path(path: &Path) -> Compression {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// Unpacks what is read.
    ///
    /// # Errors
    ///
    /// When the decoder cannot be set up.
    pub fn reader<'a>(self, source: impl Read + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
        let source = BufReader::with_capacity(1 << 17, source);
        Ok(match self {
            Compression::None => Box::new(source),
            Compression::Gzip => {
                Box::new(BufReader::with_capacity(1 << 17, flate2::bufread::MultiGzDecoder::new(source)))
            }
            Compression::Zstd => {
                Box::new(BufReader::with_capacity(1 << 17, zstd::stream::read::Decoder::with_buffer(source)?))
            }
        })
    }

    /// Packs what is written. [`Sink::finish`] writes the end.
    ///
    /// # Errors
    ///
    /// When the encoder cannot be set up.
    pub fn writer<W: Write>(self, target: W) -> io::Result<Sink<W>> {
        let target = BufWriter::with_capacity(1 << 17, target);
        Ok(match self {
            Compression::None => Sink::Plain(target),
            Compression::Gzip => Sink::Gzip(flate2::write::GzEncoder::new(target, flate2::Compression::default())),
            Compression::Zstd => Sink::Zstd(zstd::stream::write::Encoder::new(target, ZSTD_LEVEL)?),
        })
    }
}

/// A reader of a file, unpacked by its ending.
///
/// # Errors
///
/// When the file cannot be opened.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    Compression::of_path(path).reader(File::open(path)?)
}

/// A writer that packs.
pub enum Sink<W: Write> {
    /// As it is.
    Plain(BufWriter<W>),
    /// Through gzip.
    Gzip(flate2::write::GzEncoder<BufWriter<W>>),
    /// Through Zstandard.
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> Sink<W> {
    /// Writes the end of the stream and gives the target back.
    ///
    /// # Errors
    ///
    /// When the rest cannot be written.
    pub fn finish(self) -> io::Result<W> {
        let target = match self {
            Sink::Plain(target) => target,
            Sink::Gzip(encoder) => encoder.finish()?,
            Sink::Zstd(encoder) => encoder.finish()?,
        };
        target.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Plain(target) => target.write(bytes),
            Sink::Gzip(encoder) => encoder.write(bytes),
            Sink::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Plain(target) => target.flush(),
            Sink::Gzip(encoder) => encoder.flush(),
            Sink::Zstd(encoder) => encoder.flush(),
        }
    }
}
