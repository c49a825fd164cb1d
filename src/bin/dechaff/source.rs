//! Paths → files to read, each opened by what it holds.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dechaff::formats::{Format, compress};

use crate::args::FormatName;
use crate::commands::places::Real;
use crate::print;

/// A file, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub path: Option<PathBuf>,
    /// The folder that was named, if the file was found below one.
    pub root: Option<PathBuf>,
}

/// A source that can be read.
pub enum Opened {
    /// Unpacked bytes.
    Stream(Format, Box<dyn BufRead + Send>),
    /// A Parquet file, which is read from several places.
    Table(File),
}

impl Source {
    /// As messages and ids call it.
    pub fn shown(&self) -> String {
        self.path.as_ref().map_or_else(|| "-".to_owned(), |path| path.display().to_string())
    }

    /// Its path below the folder that was named, or its name.
    pub fn relative(&self) -> Option<&Path> {
        let path = self.path.as_deref()?;
        match &self.root {
            Some(root) => path.strip_prefix(root).ok(),
            None => path.file_name().map(Path::new),
        }
    }

    /// Bytes on disk, if it is an ordinary file.
    pub fn size(&self) -> Option<u64> {
        let about = std::fs::metadata(self.path.as_deref()?).ok()?;
        Some(about).filter(std::fs::Metadata::is_file).map(|about| about.len())
    }

    /// Opens it; what is read of the file is added to `read`, in bytes on disk.
    pub fn open(&self, format: FormatName, read: &Arc<AtomicU64>) -> io::Result<Opened> {
        let Some(path) = &self.path else { return opened(io::stdin(), format, None, read) };
        let mut file = File::open(path)?;
        let wanted = known(format).or_else(|| Format::of_path(path));
        // Only an ordinary file can be read from several places.
        if file.metadata()?.is_file() && wanted.is_none_or(|format| format == Format::Parquet) {
            let mut start = Vec::new();
            file.by_ref().take(4).read_to_end(&mut start)?;
            if wanted == Some(Format::Parquet) || Format::of_start(&start) == Format::Parquet {
                return Ok(Opened::Table(file));
            }
            file.rewind()?;
        }
        opened(file, format, Some(path), read)
    }
}

/// Bytes by which the format of a file without a telling name is known.
const START: u64 = 64 << 10;

fn known(format: FormatName) -> Option<Format> {
    Some(match format {
        FormatName::Auto => return None,
        FormatName::Text => Format::Text,
        FormatName::Jsonl => Format::JsonLines,
        FormatName::Csv => Format::Csv,
        FormatName::Tsv => Format::Tsv,
        FormatName::Warc | FormatName::Wet => Format::Warc,
        FormatName::Parquet => Format::Parquet,
    })
}

fn opened(
    source: impl Read + Send + 'static,
    format: FormatName,
    path: Option<&Path>,
    read: &Arc<AtomicU64>,
) -> io::Result<Opened> {
    let mut reader = compress::reader(Counted { inner: source, read: Arc::clone(read) })?;
    let format = match known(format).or_else(|| Format::of_path(path?)) {
        Some(format) => format,
        None => {
            // A pipe gives what it has, which may be a few bytes: what a format begins with has to be whole.
            let mut start = Vec::new();
            reader.by_ref().take(START).read_to_end(&mut start)?;
            let format = Format::of_start(&start);
            reader = Box::new(io::BufReader::with_capacity(1 << 17, io::Cursor::new(start).chain(reader)));
            format
        }
    };
    if format == Format::Parquet {
        // From a pipe, or packed: it has to lie on disk to be read.
        let mut file = tempfile::tempfile()?;
        io::copy(&mut reader, &mut file)?;
        file.rewind()?;
        return Ok(Opened::Table(file));
    }
    Ok(Opened::Stream(format, reader))
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(into)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// Files that the paths name, folders walked in the order of names.
///
/// Within a folder hidden files, links and what the run itself writes to, `written`, are left out; of the last two it is
/// said.
pub fn sources(paths: &[PathBuf], written: &[&Path], mut problem: impl FnMut(String)) -> Vec<Source> {
    if paths.is_empty() {
        return vec![Source { path: None, root: None }];
    }
    let mut sources = Vec::new();
    let mut real = Real::default();
    let written: Vec<PathBuf> = written.iter().map(|path| real.of(path)).collect();
    let mut links = 0;
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source { path: None, root: None });
        } else if path.is_dir() {
            let own = own_below(path, &written);
            let read = |entry: &walkdir::DirEntry| {
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                entry.depth() == 0 || !hidden && !is_own(entry.path(), &own)
            };
            for entry in walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(read) {
                match entry {
                    Ok(entry) if entry.depth() > 0 && entry.path_is_symlink() => links += 1,
                    Ok(entry) if entry.file_type().is_file() => {
                        sources.push(Source { path: Some(entry.into_path()), root: Some(path.clone()) });
                    }
                    Ok(_) => {}
                    Err(why) => problem(format!("{}: {why}", path.display())),
                }
            }
        } else {
            sources.push(Source { path: Some(path.clone()), root: None });
        }
    }
    if links > 0 {
        let links = if links == 1 { "1 symbolic link was".to_owned() } else { format!("{links} symbolic links were") };
        print::notice(format_args!("{links} not followed: name a file itself to have it read"));
    }
    sources
}

/// Which of the places that are written to lie below the folder, as its walk calls them.
fn own_below(folder: &Path, written: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(real) = folder.canonicalize() else { return Vec::new() };
    let below = written.iter().filter_map(|place| place.strip_prefix(&real).ok());
    below.filter(|place| !place.as_os_str().is_empty()).map(|place| folder.join(place)).collect()
}

/// Whether it is one of them; it is said, since somebody may have meant it.
fn is_own(path: &Path, own: &[PathBuf]) -> bool {
    let found = own.iter().any(|own| own == path);
    if found {
        print::notice(format_args!("{}: is written by this run, and was not read", path.display()));
    }
    found
}

/// What a person can do about a file that cannot be read.
pub fn unreadable(why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("broken compressed data ({why}); what could be read was processed: fetch the file again")
        }
        _ => why.to_string(),
    }
}
