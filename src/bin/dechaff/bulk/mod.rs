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

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use dechaff::formats::Format;
use dechaff::formats::compress::Compression;
use dechaff::formats::names::Names;

use crate::args::FormatName;
use crate::commands::places;
use crate::examine::Examiner;
use crate::output::Packing;
use crate::print;
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
    pub fn path_for(&self, source: &Source) -> Option<PathBuf> {
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

/// Whether a file of this name may hold this format: none is made into another.
fn fits(path: &Path, format: Format) -> std::result::Result<(), String> {
    let shown = path.display();
    match Format::of_path(path) {
        Some(Format::Parquet) if format == Format::Parquet => match Packing::of(path, None).compression {
            Compression::None => Ok(()),
            _ => Err(format!("{shown}: Parquet is packed inside: leave the last ending of the name away")),
        },
        Some(named) if named != format && (!matches!(named, Format::Text) || format == Format::Parquet) => {
            let (named, format) = (named.name(), format.name());
            Err(format!("is {format}, but {shown} is a name for {named}, and formats are not converted: give another"))
        }
        _ => Ok(()),
    }
}

/// A panic, as an error of the run.
fn fault(shown: &str, record: u64, panic: &(dyn Any + Send)) -> anyhow::Error {
    let why = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let place = if record > 0 { format!("{shown}:{record}") } else { shown.to_owned() };
    anyhow!("{place}: a fault in dechaff itself ({}): please report it, with this record", why.unwrap_or("unknown"))
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
        said: AtomicBool::new(false),
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
    /// Whether it was said which formats `--annotate` is for.
    said: AtomicBool,
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
            let at = Cell::new(0);
            // The other threads wait for this one's result: if it never comes, the run is over for them, too.
            let done = catch_unwind(AssertUnwindSafe(|| self.step(&lane, &at)))
                .unwrap_or_else(|panic| Err(fault(&lane.shown, at.get(), panic.as_ref())));
            if let Err(why) = done {
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
    ///
    /// `at` becomes the number of the record at work.
    fn step(&self, lane: &Lane, at: &Cell<u64>) -> Result<()> {
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
                record: at,
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
            Ok(Opened::Table(file)) => self.table(file, &lane.shown).map_err(failed),
        };
        let main = self.plan.target.path_for(source);
        let opened = opened.and_then(|(records, format)| {
            let named = main.as_deref().filter(|_| matches!(self.plan.target, Target::File(_)));
            named.map_or(Ok(()), |path| fits(path, format)).map_err(failed)?;
            Ok((records, format))
        });
        let (records, format) = match opened {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(why)),
        };
        if self.plan.examiner.annotate && format != Format::JsonLines && !self.said.swap(true, Ordering::Relaxed) {
            print::notice(format_args!("--annotate adds to JSON Lines only; files of other formats stay without"));
        }
        // A table is packed inside.
        let packing = main.as_deref().filter(|_| format.is_stream()).map(|path| Packing::of(path, self.plan.level));
        // One gzip member a record, so that a record can be read without those before it.
        let members = format == Format::Warc && packing.is_some_and(|packing| packing.compression == Compression::Gzip);
        let attributes = self.plan.attributes.map(|folder| {
            let [same, added] = places::attributes(folder, source);
            if format == Format::JsonLines { same } else { added }
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

    /// Opens a Parquet file; one whose texts cannot be found goes through as it is, if it is to go anywhere.
    fn table(&self, file: File, shown: &str) -> std::result::Result<(Records, Format), String> {
        let again = file.try_clone();
        let read = &self.plan.progress.read;
        let why = match table::Reader::open(file, self.plan.names, read) {
            Ok(reader) => return Ok((Records::Table(Box::new(reader)), Format::Parquet)),
            Err(why) => why,
        };
        match again.and_then(|mut file| file.rewind().map(|()| file)) {
            Ok(file) if self.plan.task.writes() => {
                let reader = Box::new(BufReader::with_capacity(1 << 17, file));
                Ok((
                    Records::Stream(Box::new(Reader::through(Format::Parquet, reader, format!("{shown}: {why}")))),
                    Format::Parquet,
                ))
            }
            _ => Err(why),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examine::Examined;

    /// A task with a fault that shows at one record.
    struct Faulty;

    impl Task for Faulty {
        fn record(&self, unit: &Unit, _: &Examined, done: &mut Done) {
            assert!(unit.at.number != 3000, "this one");
            done.main.extend_from_slice(unit.bytes);
        }

        fn blank(&self, _: &Unit, _: &mut Done) {}

        fn unread(&self, _: &Unit, _: &str, _: bool, _: &mut Done) {}

        fn through(&self, _: &[u8], _: &mut Done) {}

        fn writes(&self) -> bool {
            true
        }

        fn keeps(&self, _: &Examined) -> bool {
            true
        }
    }

    #[test]
    fn a_panic_ends_the_run_with_the_record_and_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("rows.jsonl");
        std::fs::write(&path, "{\"text\":\"x\"}\n".repeat(20_000)).unwrap();
        let sources = vec![Source { path: Some(path), root: None }];
        let examiner =
            Examiner { filter: None, sites: None, audit: Default::default(), annotate: false, max_bytes: 1 << 20 };
        let plan = Plan {
            examiner: &examiner,
            task: &Faulty,
            names: &Names::default(),
            format: FormatName::Auto,
            threads: Some(4),
            target: &Target::File(temp.path().join("out.jsonl")),
            paths: Paths::default(),
            attributes: None,
            level: None,
            resume: None,
            progress: &Progress::new(&sources, false),
        };
        let why = run(sources, &plan, None).unwrap_err().to_string();
        assert!(why.contains("rows.jsonl:3000: a fault in dechaff itself (this one)"), "{why}");
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "nothing half is left");
    }
}
