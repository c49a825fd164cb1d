//! Sources → records → what a command makes of them → files, on all cores, in the order of the input.
//!
//! Every thread does the same: it reads the next chunk of the first source that nobody is reading, examines it, and
//! leaves the result where the source's results are written in order. So one source keeps all threads busy as long as
//! reading is the smaller part; where it is not, the next source is opened beside it. What is read and not written yet
//! is bounded.

mod chunk;
mod journal;
mod table;
mod work;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use anyhow::{Result, bail};
use dechaff::formats::Format;
use dechaff::formats::names::Names;

use crate::args::FormatName;
use crate::examine::Examiner;
use crate::output::Packing;
use crate::progress::Progress;
use crate::source::{self, Opened, Source};
use crate::stop;
use crate::tally::Tally;
use chunk::{Asked, Position, Reader};
use journal::{Checkpoint, Journal};
use write::{Places, Shared, Turn, Writer, lock};

pub use work::{Done, Task, Unit};
pub use write::{Own, Paths};

/// What a run is asked for.
pub struct Plan<'a> {
    pub examiner: &'a Examiner<'a>,
    pub task: &'a dyn Task,
    pub names: &'a Names,
    pub format: FormatName,
    pub threads: Option<usize>,
    pub target: &'a Target,
    pub paths: Paths,
    /// The folder of attribute files.
    pub attributes: Option<&'a Path>,
    /// Level of packing, if not the format's own.
    pub level: Option<i32>,
    /// What was asked for, in words, if the run is to be one that can be resumed.
    pub resume: Option<String>,
    pub progress: &'a Progress,
}

/// Where results go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All to standard output.
    Stdout,
    /// Everything into one file.
    File(PathBuf),
    /// Each source into a file of the same name and relative path below this folder.
    Folder(PathBuf),
    /// Each source in place.
    Write,
}

impl Target {
    /// The file that a source's results go to, if it has one of its own.
    fn path_for(&self, source: &Source) -> Option<PathBuf> {
        match self {
            Target::Stdout => None,
            Target::File(path) => Some(path.clone()),
            Target::Folder(folder) => Some(folder.join(source.relative().unwrap_or(Path::new("stdin.txt")))),
            Target::Write => source.path.clone(),
        }
    }

    fn own(&self) -> Own {
        match self {
            Target::Stdout => Own::None,
            Target::File(_) | Target::Folder(_) => Own::New,
            Target::Write => Own::Instead,
        }
    }
}

/// Bytes read and not written yet, above which only a source without any is read on.
const IN_FLIGHT: u64 = 48 << 20;

/// Reads everything, hands it to the task on all threads, and writes in order. The tally, and whether anything failed.
///
/// # Errors
///
/// When nothing more can be written, or the run was interrupted.
pub fn run(sources: Vec<Source>, plan: &Plan, stdout: Option<Box<dyn std::io::Write + Send>>) -> Result<(Tally, bool)> {
    if stdout.is_none() {
        // Results that go to standard output are there as far as they are; a file must not be left half.
        stop::listen();
    }
    let threads = plan.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into)).max(1);
    let journal = match (&plan.resume, plan.target) {
        (Some(asked), Target::File(path)) => Some(Journal::new(path, false, asked, &sources)),
        (Some(asked), Target::Folder(path)) => Some(Journal::new(path, true, asked, &sources)),
        (Some(_), _) => bail!("--resume needs -o: what went to standard output, or in place, cannot be gone on with"),
        (None, _) => None,
    };
    let from = journal.as_ref().map(Journal::read).transpose()?.flatten();
    let shared = Shared::open(&plan.paths, stdout, plan.resume.is_some(), from.as_ref())?;
    let first = from.as_ref().map_or(0, |from| from.source);
    plan.progress.skip(sources.iter().take(first).filter_map(Source::size).sum());
    let run = Run {
        plan,
        board: Mutex::new(Board { next: first, open: Vec::new() }),
        moved: Condvar::new(),
        turn: Mutex::new(Turn::new(shared, journal, from.clone(), plan.task.tells())),
        from,
        sources,
        threads,
        in_flight: AtomicU64::new(0),
        heavy: Mutex::new(()),
        ended: AtomicBool::new(false),
        error: Mutex::new(None),
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| run.work());
        }
        run.work();
    });
    if let Some(why) = lock(&run.error).take() {
        return Err(why);
    }
    if stop::asked() {
        return Err(stop::Interrupted { resumable: plan.resume.is_some() }.into());
    }
    run.turn.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).finish()
}

struct Run<'a> {
    plan: &'a Plan<'a>,
    sources: Vec<Source>,
    threads: usize,
    board: Mutex<Board>,
    /// A chunk was read or written, or a source opened or closed.
    moved: Condvar,
    turn: Mutex<Turn>,
    from: Option<Checkpoint>,
    in_flight: AtomicU64,
    heavy: Mutex<()>,
    ended: AtomicBool,
    error: Mutex<Option<anyhow::Error>>,
}

struct Board {
    /// The next source to open.
    next: usize,
    open: Vec<Arc<Lane>>,
}

/// A source on its way through.
struct Lane {
    index: usize,
    shown: String,
    flow: Mutex<Flow>,
    input: Mutex<Option<Input>>,
    writer: Mutex<Option<Writer>>,
}

struct Input {
    records: Records,
    format: Format,
    members: bool,
    packing: Option<Packing>,
}

enum Records {
    Stream(Box<Reader>),
    Table(Box<table::Reader>),
}

#[derive(Default)]
struct Flow {
    reading: bool,
    writing: bool,
    exhausted: bool,
    closed: bool,
    issued: u64,
    written: u64,
    /// Results that wait for those before them, with where the source goes on and the bytes that were read.
    pending: BTreeMap<u64, (Done, Option<Position>, u64)>,
}

impl Run<'_> {
    fn work(&self) {
        while let Some(lane) = self.choose() {
            if let Err(why) = self.step(&lane) {
                lock(&self.error).get_or_insert(why);
                self.ended.store(true, Ordering::Relaxed);
            }
            let _board = lock(&self.board);
            self.moved.notify_all();
        }
    }

    /// The first source that can be read, marked as being read; `None` when there is nothing left to do.
    fn choose(&self) -> Option<Arc<Lane>> {
        let mut board = lock(&self.board);
        loop {
            if self.ended.load(Ordering::Relaxed) || stop::asked() {
                self.ended.store(true, Ordering::Relaxed);
                self.moved.notify_all();
                return None;
            }
            let full = self.in_flight.load(Ordering::Relaxed) > IN_FLIGHT;
            let window = 2 * self.threads as u64 + 2;
            let free = board.open.iter().find(|lane| {
                let mut flow = lock(&lane.flow);
                let waiting = flow.issued - flow.written;
                let takes = !flow.reading && !flow.exhausted && waiting < if full { 1 } else { window };
                flow.reading |= takes;
                takes
            });
            if let Some(lane) = free {
                return Some(Arc::clone(lane));
            }
            if board.next < self.sources.len() && board.open.len() < 2 * self.threads && !full {
                let index = board.next;
                board.next += 1;
                let lane = Arc::new(Lane {
                    index,
                    shown: self.sources[index].shown(),
                    flow: Mutex::new(Flow { reading: true, ..Flow::default() }),
                    input: Mutex::new(None),
                    writer: Mutex::new(None),
                });
                board.open.push(Arc::clone(&lane));
                return Some(lane);
            }
            if board.open.is_empty() && board.next >= self.sources.len() {
                self.moved.notify_all();
                return None;
            }
            // With a limit, so that an interruption is seen.
            board = self
                .moved
                .wait_timeout(board, Duration::from_millis(100))
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
    }

    /// Reads one chunk of a source and sees it through.
    fn step(&self, lane: &Lane) -> Result<()> {
        let mut input = lock(&lane.input);
        let mut opening = None;
        if input.is_none() {
            match self.open(lane)? {
                Ok(opened) => *input = Some(opened),
                Err(problem) => opening = Some(problem),
            }
        }
        let chunk = input.as_mut().and_then(|input| match &mut input.records {
            Records::Stream(reader) => reader.next(&lane.shown),
            Records::Table(reader) => reader.next(&lane.shown),
        });
        let about = input.as_ref().map(|input| {
            let ending = chunk.as_ref().filter(|chunk| chunk.between && chunk.fault.is_none());
            let position = match &input.records {
                Records::Stream(reader) => ending.map(|_| reader.position()),
                Records::Table(_) => None,
            };
            (input.format, input.packing, input.members, position)
        });
        drop(input);
        let mut flow = lock(&lane.flow);
        flow.reading = false;
        let number = flow.issued;
        let bytes = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        match (&chunk, &opening) {
            (None, None) => flow.exhausted = true,
            (None, Some(_)) => {
                flow.exhausted = true;
                flow.issued += 1;
            }
            _ => flow.issued += 1,
        }
        drop(flow);
        self.in_flight.fetch_add(bytes, Ordering::Relaxed);
        self.moved.notify_all();
        if let Some(problem) = opening {
            let done = Done { problems: vec![problem], broken: true, ..Done::default() };
            lock(&lane.flow).pending.insert(number, (done, None, 0));
        } else if let (Some(chunk), Some((format, packing, members, position))) = (chunk, about) {
            let context = work::Context {
                examiner: self.plan.examiner,
                task: self.plan.task,
                source: &self.sources[lane.index],
                shown: &lane.shown,
                format,
                packing,
                members,
                heavy: &self.heavy,
            };
            let done = context.process(&chunk);
            self.plan.progress.add(&done.tally);
            lock(&lane.flow).pending.insert(number, (done, position, bytes));
        }
        self.drain(lane)
    }

    /// Opens a source and its files; a source that cannot be opened is a problem of its own, not the end of the run.
    fn open(&self, lane: &Lane) -> Result<Result<Input, String>> {
        let source = &self.sources[lane.index];
        let from = self.from.as_ref().filter(|from| from.source == lane.index);
        let asked = Asked { names: self.plan.names, max_bytes: self.plan.examiner.max_bytes };
        let read = &self.plan.progress.read;
        let failed = |why: String| format!("{}: {why}", lane.shown);
        let position = from.map_or_else(Position::default, |from| from.position);
        let opened = match source.open(self.plan.format, read) {
            Err(why) => Err(failed(source::unreadable(&why))),
            Ok(Opened::Stream(format, reader)) => Reader::open(source, format, reader, &asked, position)
                .map(|reader| (Records::Stream(Box::new(reader)), format)),
            Ok(Opened::Table(_)) if self.plan.task.writes() && *self.plan.target == Target::Stdout => {
                Err(failed("Parquet cannot go to standard output: give -o".to_owned()))
            }
            Ok(Opened::Table(file)) => table::Reader::open(file, self.plan.names, read)
                .map(|reader| (Records::Table(Box::new(reader)), Format::Parquet))
                .map_err(failed),
        };
        let (records, format) = match opened {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(why)),
        };
        let main = self.plan.target.path_for(source);
        // A table is packed inside.
        let packing = main.as_deref().filter(|_| format.is_stream()).map(|path| Packing::of(path, self.plan.level));
        // One gzip member a record, so that a record can be read without those before it.
        let members = format == Format::Warc
            && packing.is_some_and(|packing| packing.compression == dechaff::formats::compress::Compression::Gzip);
        let attributes = self.plan.attributes.map(|folder| {
            let name = source.relative().unwrap_or(Path::new("stdin.jsonl")).to_owned();
            let lines = Format::of_path(&name) == Some(Format::JsonLines);
            if lines { folder.join(name) } else { folder.join(format!("{}.jsonl", name.display())) }
        });
        let places = Places {
            own: self.plan.target.own(),
            main: main.as_deref(),
            packing: if members { Packing::PLAIN } else { packing.unwrap_or(Packing::PLAIN) },
            attributes: attributes.as_deref(),
            stays: self.plan.resume.is_some(),
            shown: &lane.shown,
        };
        let table = match &records {
            Records::Table(reader) => Some(reader.table().as_ref()),
            Records::Stream(_) => None,
        };
        *lock(&lane.writer) = Some(Writer::open(lane.index, &places, table, from.filter(|from| from.chunks > 0))?);
        Ok(Ok(Input { records, format, members, packing }))
    }

    /// Writes what is next in order, unless another thread is at it, and closes the source once it is through.
    fn drain(&self, lane: &Lane) -> Result<()> {
        loop {
            let mut flow = lock(&lane.flow);
            if flow.writing || flow.closed {
                return Ok(());
            }
            let next = flow.written;
            if let Some((done, position, bytes)) = flow.pending.remove(&next) {
                flow.writing = true;
                drop(flow);
                let put = self.put(lane, done, position);
                self.in_flight.fetch_sub(bytes, Ordering::Relaxed);
                let mut flow = lock(&lane.flow);
                flow.writing = false;
                flow.written += 1;
                put?;
            } else if flow.exhausted && flow.written == flow.issued && !flow.reading {
                flow.closed = true;
                drop(flow);
                self.close(lane)?;
                lock(&self.board).open.retain(|open| open.index != lane.index);
                return Ok(());
            } else {
                return Ok(());
            }
        }
    }

    fn put(&self, lane: &Lane, done: Done, position: Option<Position>) -> Result<()> {
        let mut writer = lock(&lane.writer);
        writer.get_or_insert_with(|| Writer::nothing(lane.index, &lane.shown)).put(done, position, &self.turn)
    }

    fn close(&self, lane: &Lane) -> Result<()> {
        let writer = lock(&lane.writer).take();
        writer.unwrap_or_else(|| Writer::nothing(lane.index, &lane.shown)).finish(&self.turn)
    }
}
