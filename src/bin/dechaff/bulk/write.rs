//! What was done → files, in the order of the input.
//!
//! Each source has files of its own; some files are shared by all. A source whose turn has not come yet keeps what goes to
//! the shared ones until the sources before it are through: in memory first, then on disk.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dechaff::formats::compress::Compression;
use dechaff::formats::parquet::Table;
use tempfile::SpooledTempFile;

use super::chunk::Position;
use super::journal::{Checkpoint, Journal};
use super::table;
use super::work::Done;
use crate::output::{Atomic, Packing, Written};
use crate::print;
use crate::tally::Tally;

/// Files that all sources share, by their place in [`Shared::files`].
const AUDIT: usize = 0;
const ERRORS: usize = 1;
const REJECTS: usize = 2;
const SHARED: usize = 3;

/// Bytes of a shared file that a waiting source keeps in memory.
const SPOOL: usize = 256 << 10;
/// Messages that are shown; further ones are counted.
const MESSAGES: u64 = 50;

/// Everything that is written in turn.
pub struct Turn {
    /// The source whose turn it is.
    current: usize,
    shared: Shared,
    pub tally: Tally,
    pub failed: bool,
    /// Whether messages are shown.
    tells: bool,
    messages: u64,
    /// Of sources that are through before their turn.
    waiting: BTreeMap<usize, Held>,
    journal: Option<Journal>,
}

/// What all sources write to.
pub struct Shared {
    /// Standard output, if it goes there.
    pub stdout: Option<Box<dyn Write + Send>>,
    files: [Option<(Atomic, Packing)>; SHARED],
    /// Whether they can be gone on with.
    stays: bool,
}

/// Where shared files go.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub audit: Option<PathBuf>,
    pub errors: Option<PathBuf>,
    pub rejects: Option<PathBuf>,
}

impl Shared {
    /// Makes the files, or goes on with those of a checkpoint.
    pub fn open(
        paths: &Paths,
        stdout: Option<Box<dyn Write + Send>>,
        stays: bool,
        from: Option<&Checkpoint>,
    ) -> Result<Shared> {
        let open = |at: usize, path: &Option<PathBuf>| -> Result<Option<(Atomic, Packing)>> {
            let Some(path) = path else { return Ok(None) };
            let packing = Packing::of(path, None);
            // What may be gone on with grows unpacked: then it can be cut back to any record.
            let grows = if stays { Packing::PLAIN } else { packing };
            let atomic = match from.and_then(|from| from.shared.get(at)?.as_ref()) {
                Some(written) => {
                    if packing.compression != Compression::None {
                        Atomic::unpack(path)?;
                    }
                    Atomic::resume(path, grows, written)?
                }
                None => Atomic::packed(path, grows, stays)?,
            };
            Ok(Some((atomic, packing)))
        };
        let files = [open(AUDIT, &paths.audit)?, open(ERRORS, &paths.errors)?, open(REJECTS, &paths.rejects)?];
        Ok(Shared { stdout, files, stays })
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        match &mut self.files[at] {
            Some((file, _)) if !bytes.is_empty() => file.write(bytes),
            _ => Ok(()),
        }
    }

    fn checkpoint(&mut self) -> Result<Vec<Option<Written>>> {
        self.files.iter_mut().map(|file| file.as_mut().map(|(file, _)| file.checkpoint()).transpose()).collect()
    }

    fn keep(self) -> Result<()> {
        if let Some(mut stdout) = self.stdout {
            stdout.flush().context("standard output")?;
        }
        for (file, packing) in self.files.into_iter().flatten() {
            if self.stays { file.keep_packed(packing) } else { file.keep() }?;
        }
        Ok(())
    }
}

impl Turn {
    pub fn new(shared: Shared, journal: Option<Journal>, from: Option<Checkpoint>, tells: bool) -> Turn {
        let from = from.unwrap_or_default();
        Turn {
            current: from.source,
            shared,
            tally: from.tally,
            failed: from.failed,
            tells,
            messages: 0,
            waiting: BTreeMap::new(),
            journal,
        }
    }

    /// Shows a message about something that could not be done.
    pub fn problem(&mut self, message: &str) {
        self.failed = true;
        self.messages += 1;
        if self.tells && self.messages <= MESSAGES {
            print::problem(format_args!("{message}"));
        }
    }

    fn write(&mut self, done: Done, main: &[u8]) -> Result<()> {
        if let Some(stdout) = self.shared.stdout.as_mut().filter(|_| !main.is_empty()) {
            stdout.write_all(main).context("standard output")?;
        }
        for (at, bytes) in [(AUDIT, &done.audit), (ERRORS, &done.errors), (REJECTS, &done.rejects)] {
            self.shared.write(at, bytes)?;
        }
        for message in &done.problems {
            self.problem(message);
        }
        for message in done.notices.iter().filter(|_| self.tells) {
            print::notice(format_args!("{message}"));
        }
        self.tally.add(done.tally);
        Ok(())
    }

    fn release(&mut self, held: Held) -> Result<()> {
        let Held { mut main, shared, rest } = held;
        if let Some(stdout) = &mut self.shared.stdout {
            main.rewind()?;
            std::io::copy(&mut main, stdout).context("standard output")?;
        }
        for (at, mut spool) in shared.into_iter().enumerate() {
            spool.rewind()?;
            let mut bytes = vec![0; SPOOL];
            loop {
                let read = spool.read(&mut bytes)?;
                if read == 0 {
                    break;
                }
                self.shared.write(at, &bytes[..read])?;
            }
        }
        self.write(rest, &[])
    }

    fn note(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let shared = self.shared.checkpoint()?;
        journal.write(&Checkpoint { shared, tally: self.tally.clone(), failed: self.failed, ..checkpoint })
    }

    /// Everything is written.
    pub fn finish(mut self) -> Result<(Tally, bool)> {
        if self.tells && self.messages > MESSAGES {
            let more = self.messages - MESSAGES;
            print::notice(format_args!("{more} more messages like these; --errors FILE has all records set aside"));
        }
        self.shared.keep()?;
        if let Some(journal) = self.journal.take() {
            journal.remove()?;
        }
        Ok((self.tally, self.failed))
    }
}

/// What a source keeps until its turn.
struct Held {
    main: SpooledTempFile,
    shared: [SpooledTempFile; SHARED],
    rest: Done,
}

impl Held {
    fn new() -> Held {
        let spool = || SpooledTempFile::new(SPOOL);
        Held { main: spool(), shared: [spool(), spool(), spool()], rest: Done::default() }
    }

    fn add(&mut self, done: Done, main: &[u8]) -> Result<()> {
        self.main.write_all(main)?;
        for (spool, bytes) in self.shared.iter_mut().zip([&done.audit, &done.errors, &done.rejects]) {
            spool.write_all(bytes).context("temporary files")?;
        }
        self.rest.problems.extend(done.problems);
        self.rest.notices.extend(done.notices);
        self.rest.tally.add(done.tally);
        Ok(())
    }
}

/// How a source's own file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// It has none: its output is shared, or there is no output.
    None,
    /// It is new.
    New,
    /// It takes the source's place, if anything changed and all of it could be read.
    Instead,
}

/// Where a source's own files go.
pub struct Places<'a> {
    pub own: Own,
    pub main: Option<&'a Path>,
    pub packing: Packing,
    pub attributes: Option<&'a Path>,
    pub stays: bool,
    pub shown: &'a str,
}

/// A source's own file.
enum Main {
    None,
    Stream(Atomic),
    /// A table, with the number of its row groups.
    Table(Box<table::Output>, usize),
}

/// What is written of one source.
pub struct Writer {
    index: usize,
    main: Main,
    attributes: Option<Atomic>,
    held: Option<Held>,
    own: Own,
    shown: String,
    chunks: u64,
    changed: bool,
    discard: bool,
    broken: bool,
}

/// Chunks after which a run can be gone on with.
const CHECKPOINT: u64 = 128;

impl Writer {
    /// Makes the source's files, or goes on with those of a checkpoint.
    pub fn open(index: usize, places: &Places, table: Option<&Table>, from: Option<&Checkpoint>) -> Result<Writer> {
        let open = |path: Option<&Path>, packing: Packing, written: Option<&Written>| -> Result<Option<Atomic>> {
            let Some(path) = path else { return Ok(None) };
            Ok(Some(match written {
                Some(written) => Atomic::resume(path, packing, written)?,
                None => Atomic::packed(path, packing, places.stays)?,
            }))
        };
        let attributes = places.attributes.map_or(Packing::PLAIN, |path| Packing::of(path, None));
        Ok(Writer {
            index,
            main: match (open(places.main, places.packing, from.and_then(|from| from.main.as_ref()))?, table) {
                (Some(file), Some(table)) => Main::Table(Box::new(table::Output::create(file, table)?), table.groups()),
                (Some(file), None) => Main::Stream(file),
                (None, _) => Main::None,
            },
            attributes: open(places.attributes, attributes, from.and_then(|from| from.attributes.as_ref()))?,
            held: None,
            own: places.own,
            shown: places.shown.to_owned(),
            chunks: from.map_or(0, |from| from.chunks),
            changed: false,
            discard: false,
            broken: false,
        })
    }

    /// Of a source that could not be opened: there is nothing to write but the message.
    pub fn nothing(index: usize, shown: &str) -> Writer {
        Writer {
            index,
            main: Main::None,
            attributes: None,
            held: None,
            own: Own::None,
            shown: shown.to_owned(),
            chunks: 0,
            changed: false,
            discard: false,
            broken: true,
        }
    }

    /// Writes what was done for a chunk; `position` is where the next begins, if a record ends with this one.
    pub fn put(&mut self, mut done: Done, position: Option<Position>, turn: &std::sync::Mutex<Turn>) -> Result<()> {
        self.changed |= done.changed;
        self.discard |= done.discard;
        self.broken |= done.broken;
        let main = std::mem::take(&mut done.main);
        let mut shared = main.as_slice();
        match &mut self.main {
            Main::None => {}
            Main::Stream(file) => {
                shared = &[];
                match &done.part {
                    Some(part) => file.write_part(part)?,
                    None => file.write(&main)?,
                }
            }
            // Of a table that cannot be read to its end nothing is written.
            Main::Table(..) if self.broken => {}
            Main::Table(output, _) => {
                output.change(std::mem::take(&mut done.changes)).with_context(|| self.shown.clone())?;
            }
        }
        if let Some(file) = &mut self.attributes {
            file.write(&done.attributes)?;
        }
        self.chunks += 1;
        // Where a packed file is flushed shows in its bytes: it must not depend on threads, or on whose turn it is.
        let rest = position.filter(|_| self.chunks.is_multiple_of(CHECKPOINT));
        let main_written = match &mut self.main {
            Main::Stream(file) if rest.is_some() => Some(file.checkpoint()?),
            _ => None,
        };
        let attributes = self.attributes.as_mut().filter(|_| rest.is_some()).map(Atomic::checkpoint).transpose()?;

        let mut turn = lock(turn);
        if turn.current != self.index {
            drop(turn);
            return self.held.get_or_insert_with(Held::new).add(done, shared);
        }
        if let Some(held) = self.held.take() {
            turn.release(held)?;
        }
        turn.write(done, shared)?;
        if let Some(position) = rest {
            turn.note(Checkpoint {
                source: self.index,
                position,
                chunks: self.chunks,
                main: main_written,
                attributes,
                ..Checkpoint::default()
            })?;
        }
        Ok(())
    }

    /// Everything of this source is written.
    pub fn finish(self, turn: &std::sync::Mutex<Turn>) -> Result<()> {
        let broken = self.broken;
        let file = match self.main {
            Main::None => None,
            Main::Stream(file) => Some(file),
            Main::Table(..) if broken => None,
            Main::Table(output, groups) => Some(output.finish(groups).with_context(|| self.shown.clone())?),
        };
        if let Some(file) = file {
            match self.own {
                // What could not be read to its end must not lose the rest; what did not change need not be touched.
                Own::Instead if broken => {
                    print::notice(format_args!("{}: left as it is", self.shown));
                    file.discard()?;
                }
                Own::Instead if !self.changed => file.discard()?,
                _ if self.discard => file.discard()?,
                _ => file.keep()?,
            }
        }
        if let Some(file) = self.attributes {
            file.keep()?;
        }
        let mut turn = lock(turn);
        if turn.current != self.index {
            turn.waiting.insert(self.index, self.held.unwrap_or_else(Held::new));
            return Ok(());
        }
        if let Some(held) = self.held {
            turn.release(held)?;
        }
        turn.current += 1;
        loop {
            let current = turn.current;
            let Some(held) = turn.waiting.remove(&current) else { break };
            turn.release(held)?;
            turn.current += 1;
        }
        let source = turn.current;
        turn.note(Checkpoint { source, ..Checkpoint::default() })
    }
}

/// A lock whose holder cannot have left anything half done: the run ends at the first error.
pub fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
