//! One Parquet file → slices of its rows, and what is to change in its row groups.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, anyhow};
use dechaff::formats::names::Names;
use dechaff::formats::parquet::{Changes, Slice, Slices, Table, Texts, Wanted, Writer};
use dechaff::formats::record::Edit;

use super::chunk::{Chunk, Content};
use crate::output::Atomic;

/// Text, and rows, that are examined together.
const BYTES: usize = 512 << 10;
const ROWS: usize = 1024;

/// Some rows of one row group.
pub struct Rows {
    pub table: Arc<Table>,
    pub slice: Slice,
    pub group: usize,
    /// The number, within the file, of the group's first row.
    pub first_row: u64,
    /// Whether the group ends with them.
    pub last: bool,
}

/// What shall change in a row group.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// Bytes of a value of a text column.
    Value { column: usize, value: u64, edits: Vec<Edit> },
    /// A row of the group vanishes.
    Drop(u64),
    /// All changes of this group are known.
    End(usize),
}

/// A table that is being read.
pub struct Reader {
    table: Arc<Table>,
    group: usize,
    slices: Option<Slices>,
    /// The number of the group's first row, and how many rows of it were read.
    first_row: u64,
    rows: u64,
    /// Bytes on disk, by which a group moves the progress on.
    size: u64,
    read: Arc<AtomicU64>,
}

impl Reader {
    pub fn open(file: File, names: &Names, read: &Arc<AtomicU64>) -> std::result::Result<Reader, String> {
        let size = file.metadata().map_or(0, |about| about.len());
        let texts: Vec<&str> = names.texts().collect();
        fn short(names: &[String]) -> Vec<&str> {
            names.iter().map(String::as_str).collect()
        }
        let wanted = Wanted {
            texts: if names.wants_all() { Texts::All(&texts) } else { Texts::First(&texts) },
            id: &short(&names.ids),
            title: &short(&names.titles),
            url: &short(&names.urls),
        };
        let table = Arc::new(Table::open(file, &wanted)?);
        Ok(Reader { table, group: 0, slices: None, first_row: 0, rows: 0, size, read: Arc::clone(read) })
    }

    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The next rows; `None` at the end.
    pub fn next(&mut self, shown: &str) -> Option<Chunk> {
        while self.group < self.table.groups() {
            let group = self.group;
            if self.slices.is_none() {
                match self.table.slices(group, BYTES, ROWS) {
                    Ok(slices) => self.slices = Some(slices),
                    Err(why) => return Some(self.broken(shown, &why)),
                }
            }
            match self.slices.as_mut().and_then(Iterator::next) {
                Some(Err(why)) => return Some(self.broken(shown, &why)),
                Some(Ok(slice)) => {
                    self.rows += slice.rows.len() as u64;
                    let last = self.rows >= self.table.rows_in(group);
                    let rows = Rows { table: Arc::clone(&self.table), group, first_row: self.first_row, last, slice };
                    if last {
                        self.next_group();
                    }
                    return Some(Chunk {
                        first: rows.slice.first_row + 1,
                        offset: 0,
                        content: Content::Rows(rows),
                        between: false,
                        fault: None,
                    });
                }
                None => self.next_group(),
            }
        }
        None
    }

    fn next_group(&mut self) {
        self.read.fetch_add(self.size / self.table.groups().max(1) as u64, Ordering::Relaxed);
        self.first_row += self.table.rows_in(self.group);
        (self.rows, self.slices) = (0, None);
        self.group += 1;
    }

    fn broken(&mut self, shown: &str, why: &str) -> Chunk {
        let (first, group) = (self.first_row + self.rows + 1, self.group);
        self.group = self.table.groups();
        let fault = format!("{shown}: row group {}: {why}; nothing of this file was written", group + 1);
        Chunk { first, offset: 0, content: Content::Nothing, between: false, fault: Some(fault) }
    }
}

/// A table that is being written: group by group, once all that changes in one is known.
pub struct Output {
    writer: Writer<Atomic>,
    next: usize,
    changes: Changes,
}

impl Output {
    pub fn create(file: Atomic, table: &Table) -> Result<Output> {
        let writer = Writer::create(file, table).map_err(|why| anyhow!(why))?;
        Ok(Output { writer, next: 0, changes: Changes::default() })
    }

    pub fn change(&mut self, changes: Vec<Change>) -> Result<()> {
        for change in changes {
            match change {
                Change::Value { column, value, edits } => self.changes.edit(column, value, edits),
                Change::Drop(row) => self.changes.drop_row(row),
                Change::End(group) => {
                    // Groups without rows come by no slice.
                    for empty in self.next..group {
                        self.group(empty, &Changes::default())?;
                    }
                    let changes = std::mem::take(&mut self.changes);
                    self.group(group, &changes)?;
                }
            }
        }
        Ok(())
    }

    fn group(&mut self, group: usize, changes: &Changes) -> Result<()> {
        self.next = group + 1;
        self.writer.group(group, changes).map_err(|why| anyhow!(why))
    }

    pub fn finish(mut self, groups: usize) -> Result<Atomic> {
        for empty in self.next..groups {
            self.group(empty, &Changes::default())?;
        }
        let mut file = self.writer.finish().map_err(|why| anyhow!(why))?;
        file.flush()?;
        Ok(file)
    }
}
