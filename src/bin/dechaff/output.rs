//! Files that take their name only when they are whole, packed by the ending of their name.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dechaff::formats::compress::{self, Compression, GzipPart, GzipState, GzipWriter};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Where bytes go until the file is whole.
enum Place {
    /// A file that vanishes if the run does not end well.
    New(NamedTempFile),
    /// A file that stays, for a run that can be resumed.
    Part(File, PathBuf),
    /// What is no ordinary file (a device, a pipe) is written directly: a rename would put a file in its place.
    Special(File),
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Place::New(file) => file.write(bytes),
            Place::Part(file, _) | Place::Special(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Place::New(file) => file.flush(),
            Place::Part(file, _) | Place::Special(file) => file.flush(),
        }
    }
}

/// How what is written is packed.
enum Sink {
    Plain(BufWriter<Place>, u64),
    Gzip(GzipWriter<BufWriter<Place>>),
    /// With the plain bytes written, and after how many of them the encoder was flushed: that shows in the file.
    Zstd(Box<zstd::stream::write::Encoder<'static, BufWriter<Place>>>, Flushes),
}

/// Plain bytes written, and where the stream was flushed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flushes {
    plain: u64,
    at: Vec<u64>,
}

/// How far a file is written: enough to go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    Plain(u64),
    Gzip(GzipState),
    Zstd(Flushes),
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    pub compression: Compression,
    pub level: i32,
}

impl Packing {
    /// By the ending of the name, at this level or the format's own.
    pub fn of(path: &Path, level: Option<i32>) -> Packing {
        let compression = Compression::of_path(path);
        let most = if compression == Compression::Gzip { 9 } else { 19 };
        Packing { compression, level: level.unwrap_or_else(|| compression.default_level()).min(most) }
    }

    /// What is packed before it comes here, and anything for which the name does not count.
    pub const PLAIN: Packing = Packing { compression: Compression::None, level: 0 };
}

/// A file that takes its name only when it is whole.
pub struct Atomic {
    sink: Sink,
    path: PathBuf,
}

impl Atomic {
    /// A file packed by the ending of its name.
    pub fn create(path: &Path) -> Result<Atomic> {
        Atomic::packed(path, Packing::of(path, None), false)
    }

    /// A file packed so. With `stays` what was written so far outlives a run that is cut short.
    pub fn packed(path: &Path, packing: Packing, stays: bool) -> Result<Atomic> {
        // A link is followed: what it leads to is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let place = if std::fs::metadata(&path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            if stays {
                bail!("{}: is no ordinary file, which a run that can be resumed needs", path.display());
            }
            let file = File::options().write(true).open(&path);
            Place::Special(file.with_context(|| format!("{}: cannot write", path.display()))?)
        } else {
            let folder = folder(&path);
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
            if stays {
                let part = part(&path);
                let file = File::options().create(true).truncate(true).read(true).write(true).open(&part);
                Place::Part(file.with_context(|| format!("{}: cannot write", part.display()))?, part)
            } else {
                let file = tempfile::Builder::new().prefix(".dechaff-").tempfile_in(folder);
                Place::New(file.with_context(|| format!("{}: cannot write into this folder", folder.display()))?)
            }
        };
        let sink = Sink::new(place, packing).with_context(|| format!("{}: cannot write", path.display()))?;
        Ok(Atomic { sink, path })
    }

    /// Goes on with a file of which so much was written.
    pub fn resume(path: &Path, packing: Packing, written: &Written) -> Result<Atomic> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let part = part(&path);
        let broken = || format!("{}: cannot go on with what was written so far; start anew without it", part.display());
        let again = part.with_extension("dechaff-again");
        // The run may have ended right after the file had taken its name.
        if !part.exists() {
            std::fs::copy(&path, &again).with_context(broken)?;
            std::fs::rename(&again, &part).with_context(broken)?;
        }
        let length = match written {
            Written::Plain(length) => *length,
            Written::Gzip(state) => state.packed,
            Written::Zstd(flushes) => {
                // The encoder's state is not in the file: what it was given goes through a new one, beside the old file
                // until all of it is there.
                let file = File::options().create(true).truncate(true).write(true).open(&again).with_context(broken)?;
                let sink = Sink::new(Place::Part(file, part.clone()), packing).with_context(broken)?;
                let mut atomic = Atomic { sink, path: path.clone() };
                atomic.again(&mut compress::open(&part).with_context(broken)?, flushes).with_context(broken)?;
                std::fs::rename(&again, &part).with_context(broken)?;
                return Ok(atomic);
            }
        };
        let mut file = File::options().read(true).write(true).open(&part).with_context(broken)?;
        if file.metadata().with_context(broken)?.len() < length {
            bail!(broken());
        }
        file.set_len(length).with_context(broken)?;
        file.seek(SeekFrom::Start(length)).with_context(broken)?;
        let target = BufWriter::with_capacity(BUFFER, Place::Part(file, part));
        let sink = match written {
            Written::Gzip(state) => Sink::Gzip(GzipWriter::new(target, packing.level as u32, Some(*state))?),
            _ => Sink::Plain(target, length),
        };
        Ok(Atomic { sink, path })
    }

    /// Takes back what `keep_packed` did, if the run ended right after it: the file grows plain again.
    pub fn unpack(path: &Path) -> Result<()> {
        let part = part(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        if part.exists() || !path.exists() {
            return Ok(());
        }
        let broken = || format!("{}: cannot go on with what was written so far; start anew without it", path.display());
        let again = part.with_extension("dechaff-again");
        let mut file = File::create(&again).with_context(broken)?;
        io::copy(&mut compress::open(path).with_context(broken)?, &mut file).with_context(broken)?;
        std::fs::rename(&again, &part).with_context(broken)
    }

    fn again(&mut self, old: &mut dyn Read, flushes: &Flushes) -> io::Result<()> {
        let mut from = 0;
        for at in &flushes.at {
            let copied = io::copy(&mut old.take(at - from), &mut self.sink)?;
            if copied < at - from {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.sink.flush_here()?;
            from = *at;
        }
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.write_all(bytes).with_context(|| format!("{}: cannot write", self.path.display()))
    }

    /// Writes what was packed for a gzip file elsewhere.
    pub fn write_part(&mut self, part: &GzipPart) -> Result<()> {
        match &mut self.sink {
            Sink::Gzip(sink) => sink.part(part).with_context(|| format!("{}: cannot write", self.path.display())),
            _ => bail!("{}: is no gzip file", self.path.display()),
        }
    }

    /// How far the file is written; all of it is on its way to the disk then.
    pub fn checkpoint(&mut self) -> Result<Written> {
        self.sink.checkpoint().with_context(|| format!("{}: cannot write", self.path.display()))
    }

    /// Puts the file in its place, with the permissions of the one it replaces, or those of a new file.
    pub fn keep(self) -> Result<()> {
        let Atomic { sink, path } = self;
        let failed = || format!("{}: cannot write", path.display());
        match sink.finish().with_context(failed)? {
            Place::Special(_) => Ok(()),
            Place::Part(file, part) => {
                permit(&file, &path).with_context(failed)?;
                std::fs::rename(&part, &path).with_context(failed)
            }
            Place::New(file) => {
                permit(file.as_file(), &path).with_context(failed)?;
                file.persist(&path).with_context(failed)?;
                Ok(())
            }
        }
    }

    /// Puts what grew as plain bytes in its place, packed.
    pub fn keep_packed(self, packing: Packing) -> Result<()> {
        let path = self.path.clone();
        let failed = || format!("{}: cannot write", path.display());
        let Place::Part(mut file, part) = self.sink.finish().with_context(failed)? else { return Ok(()) };
        if packing.compression == Compression::None {
            permit(&file, &path).with_context(failed)?;
            return std::fs::rename(&part, &path).with_context(failed);
        }
        file.rewind().with_context(failed)?;
        // Of a name that the next run uses again, if this one is killed here.
        let place = part.with_extension("dechaff-pack");
        let target = Place::Part(File::create(&place).with_context(failed)?, place);
        let mut packed = Atomic { sink: Sink::new(target, packing).with_context(failed)?, path: path.clone() };
        io::copy(&mut file, &mut packed).with_context(failed)?;
        packed.keep()?;
        std::fs::remove_file(&part).with_context(failed)
    }

    /// Leaves no trace of it.
    pub fn discard(self) -> Result<()> {
        if let Ok(Place::Part(_, part)) = self.sink.finish() {
            std::fs::remove_file(&part).with_context(|| format!("{}: cannot remove", part.display()))?;
        }
        Ok(())
    }
}

impl Write for Atomic {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

const BUFFER: usize = 1 << 17;

impl Sink {
    fn new(place: Place, packing: Packing) -> io::Result<Sink> {
        let target = BufWriter::with_capacity(BUFFER, place);
        Ok(match packing.compression {
            Compression::None => Sink::Plain(target, 0),
            Compression::Gzip => Sink::Gzip(GzipWriter::new(target, packing.level as u32, None)?),
            Compression::Zstd => {
                let encoder = zstd::stream::write::Encoder::new(target, packing.level)?;
                Sink::Zstd(Box::new(encoder), Flushes::default())
            }
        })
    }

    fn flush_here(&mut self) -> io::Result<()> {
        if let Sink::Zstd(encoder, flushes) = self {
            encoder.flush()?;
            flushes.at.push(flushes.plain);
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> io::Result<Written> {
        self.flush_here()?;
        Ok(match self {
            Sink::Plain(target, length) => {
                target.flush()?;
                Written::Plain(*length)
            }
            Sink::Gzip(target) => Written::Gzip(target.checkpoint()?),
            Sink::Zstd(_, flushes) => Written::Zstd(flushes.clone()),
        })
    }

    fn finish(self) -> io::Result<Place> {
        let target = match self {
            Sink::Plain(target, _) => target,
            Sink::Gzip(encoder) => encoder.finish()?,
            Sink::Zstd(encoder, _) => encoder.finish()?,
        };
        target.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Plain(target, length) => {
                let written = target.write(bytes)?;
                *length += written as u64;
                Ok(written)
            }
            Sink::Gzip(encoder) => encoder.write(bytes),
            Sink::Zstd(encoder, flushes) => {
                let written = encoder.write(bytes)?;
                flushes.plain += written as u64;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Plain(target, _) => target.flush(),
            Sink::Gzip(encoder) => encoder.flush(),
            Sink::Zstd(encoder, _) => encoder.flush(),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file grows that a later run may go on with. The leading dot hides it from those who read the folder.
fn part(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    folder(path).join(format!(".{name}.dechaff-part"))
}

/// A temporary file is private; what takes a lasting name is readable like any other new file.
fn permit(file: &File, path: &Path) -> io::Result<()> {
    if let Ok(old) = std::fs::metadata(path) {
        return file.set_permissions(old.permissions());
    }
    #[allow(unused_mut)]
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    file.set_permissions(permissions)
}
