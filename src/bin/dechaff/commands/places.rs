//! Where results go, looked at before anything is written: nothing may overwrite what is read, or what else is written.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::bulk::Target;
use crate::source::Source;

/// Files that a run writes.
pub struct Places<'a> {
    pub target: &'a Target,
    /// The folder of attribute files.
    pub attributes: Option<&'a Path>,
    /// The file that each of these options names.
    pub named: &'a [(&'static str, Option<&'a Path>)],
}

/// Refuses places that would overwrite each other, or what is read.
///
/// # Errors
///
/// A sentence that names both.
pub fn check(sources: &[Source], places: &Places) -> Result<()> {
    let mut real = Real::default();
    let mut named: HashMap<PathBuf, &str> = HashMap::new();
    let output = match places.target {
        Target::File(path) => Some(path.as_path()),
        _ => None,
    };
    for (option, path) in [("--output", output)].iter().chain(places.named) {
        let Some(path) = path.filter(|path| !is_special(path)) else { continue };
        if let Some(other) = named.insert(real.of(path), option) {
            bail!("{}: is given to {other} and to {option}: give each a file of its own", path.display());
        }
    }
    let mut read = HashSet::new();
    for source in sources.iter().filter(|source| source.path.as_deref().is_some_and(|path| !is_special(path))) {
        let path = real.of(source.path.as_deref().unwrap_or(Path::new("")));
        if let Some(option) = named.get(&path) {
            let instead = if *option == "--output" { ", or change it in place with -w" } else { "" };
            bail!("{}: is an input, which {option} would overwrite: give another name{instead}", source.shown());
        }
        read.insert(path);
    }
    let mut written: HashMap<PathBuf, (&Source, What)> = HashMap::new();
    for source in sources {
        for (place, what) in own(source, places).into_iter().filter(|(place, _)| !is_special(place)) {
            let (shown, place) = (place.display().to_string(), real.of(&place));
            if let Some(option) = named.get(&place) {
                bail!("{shown}: the {what} of {} would go there, and {option}: give another name", source.shown());
            }
            if read.contains(&place) && !(*places.target == Target::Write && what == What::Output) {
                let instead = if what == What::Output { ", or change it in place with -w" } else { "" };
                bail!("{shown}: is an input, which the {what} would overwrite: give another folder{instead}");
            }
            match written.insert(place, (source, what)) {
                // Of the two names of its attributes a source uses one.
                Some((other, before)) if !std::ptr::eq(other, source) || before != what => {
                    let (one, two) = (other.shown(), source.shown());
                    bail!("{shown}: the {before} of {one} and the {what} of {two} would both go there: {APART}");
                }
                _ => {}
            }
        }
    }
    Ok(())
}

const APART: &str = "give each a folder of its own, or name the folder above both inputs";

/// What of a source goes into a file of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Output,
    Attributes,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Output => "output",
            What::Attributes => "attributes",
        })
    }
}

/// The files that a source has for itself.
fn own(source: &Source, places: &Places) -> Vec<(PathBuf, What)> {
    let mut all = Vec::new();
    if !matches!(places.target, Target::File(_)) {
        all.extend(places.target.path_for(source).map(|path| (path, What::Output)));
    }
    if let Some(folder) = places.attributes {
        // Which of the two names it is depends on what the file holds.
        all.extend(attributes(folder, source).map(|path| (path, What::Attributes)));
    }
    all
}

/// Where a source's attributes go: by its own name if it is JSON Lines, with `.jsonl` added if it is not.
pub fn attributes(folder: &Path, source: &Source) -> [PathBuf; 2] {
    let name = source.relative().unwrap_or(Path::new("stdin"));
    let mut added = name.as_os_str().to_owned();
    added.push(".jsonl");
    match source.path {
        Some(_) => [folder.join(name), folder.join(added)],
        None => [folder.join(&added), folder.join(&added)],
    }
}

/// Devices and pipes take whatever comes.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// Paths as they are without links. What does not exist yet counts below the folder that does.
#[derive(Default)]
pub struct Real {
    folders: HashMap<PathBuf, PathBuf>,
}

impl Real {
    pub fn of(&mut self, path: &Path) -> PathBuf {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return folder_of(path) };
        if std::fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink()) {
            return folder_of(path);
        }
        match self.folders.get(folder) {
            Some(known) => known.join(name),
            None => {
                let known = folder_of(folder);
                self.folders.insert(folder.to_owned(), known.clone());
                known.join(name)
            }
        }
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => folder_of(folder).join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}
