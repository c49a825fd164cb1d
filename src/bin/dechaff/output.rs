//! Where results go: standard output, a file, a folder that mirrors the input, or the files themselves.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dechaff::formats::compress::{Compression, Sink};
use tempfile::NamedTempFile;

use crate::input::Source;

/// A file that takes its name only when it is whole. What is no ordinary file (a device, a pipe) is written directly:
/// a rename would put an ordinary file in its place.
pub struct Atomic {
    sink: Sink<Place>,
    path: PathBuf,
}

enum Place {
    New(NamedTempFile),
    Special(File),
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Place::New(file) => file.write(bytes),
            Place::Special(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Place::New(file) => file.flush(),
            Place::Special(file) => file.flush(),
        }
    }
}

impl Atomic {
    pub fn create(path: &Path) -> Result<Atomic> {
        // A link is followed: what it leads to is replaced, not the link.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            let file = File::options().write(true).open(path);
            let file = file.with_context(|| format!("{}: cannot write", path.display()))?;
            return Ok(Atomic {
                sink: Compression::of_path(path).writer(Place::Special(file))?,
                path: path.to_owned(),
            });
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot make this folder", folder.display()))?;
        let file = tempfile::Builder::new()
            .prefix(".dechaff-")
            .tempfile_in(folder)
            .with_context(|| format!("{}: cannot write into this folder", folder.display()))?;
        let sink = Compression::of_path(path).writer(Place::New(file))?;
        Ok(Atomic { sink, path: path.to_owned() })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.write_all(bytes).with_context(|| format!("{}: cannot write", self.path.display()))
    }

    /// Puts the file in its place, with the permissions of the one it replaces, or those of a new file.
    pub fn keep(self) -> Result<()> {
        let Atomic { sink, path } = self;
        let Place::New(file) = sink.finish().with_context(|| format!("{}: cannot write", path.display()))? else {
            return Ok(());
        };
        if let Ok(old) = std::fs::metadata(&path) {
            file.as_file().set_permissions(old.permissions())?;
        } else {
            let plain = tempfile_permissions(file.as_file())?;
            file.as_file().set_permissions(plain)?;
        }
        file.persist(&path).with_context(|| format!("{}: cannot write", path.display()))?;
        Ok(())
    }
}

/// A temporary file is private; what takes a lasting name is readable like any other new file.
fn tempfile_permissions(file: &File) -> io::Result<std::fs::Permissions> {
    #[allow(unused_mut)]
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    Ok(permissions)
}

/// What `clean` was told to do with its results.
pub enum Target {
    Stdout,
    /// Everything into one file.
    File(PathBuf),
    /// Each input into a file of the same name and relative path below this folder.
    Folder(PathBuf),
    /// Each input in place.
    Write,
    /// Nothing but differences.
    Diff,
}

impl Target {
    /// The file that an input's results go to, if each input has its own.
    pub fn path_for(&self, source: &Source) -> Option<PathBuf> {
        match (self, &source.path) {
            (Target::Write, path) => path.clone(),
            (Target::Folder(folder), Some(path)) => {
                let relative = source.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
                Some(folder.join(relative.unwrap_or(Path::new(path.file_name()?))))
            }
            (Target::Folder(folder), None) => Some(folder.join("stdin.txt")),
            _ => None,
        }
    }
}
