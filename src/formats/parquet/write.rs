//! Writes a file again, row group by row group: chunks with a change are encoded anew, all others are copied.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::parquet::basic::{BrotliLevel, ColumnOrder, Compression, Encoding, LogicalType, Type, ZstdLevel};
use ::parquet::bloom_filter::Sbbf;
use ::parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl};
use ::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
    Int96Type,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter, RowGroupMetaData,
    page_index::PageIndexBuilder,
};
use ::parquet::file::page_index::column_index::ColumnIndexMetaData;
use ::parquet::file::page_index::offset_index::OffsetIndexMetaData;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedPageWriter, TrackedWrite};

use super::read::{Cells, FOOTER_GROUPS, FOOTER_ROWS, Shared, TAIL, Table, place, rows_of};
use super::source::guarded;
use super::thrift::{self, Field};
use crate::formats::record::Edit;

const MAGIC: &[u8; 4] = b"PAR1";
/// Rows that are encoded at a time, unless their bytes reach the other bound before.
const BATCH_ROWS: usize = 1024;
/// Bytes of variable length that are encoded at a time; one row may have more.
const BATCH_BYTES: usize = 1 << 20;

/// What shall change in one row group.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Text column → number of the value → edits.
    edits: BTreeMap<usize, BTreeMap<u64, Vec<Edit>>>,
    dropped: BTreeSet<u64>,
}

impl Changes {
    /// Cuts byte ranges out of a value, which is named as in [`Text`](super::Text). The ranges must be sorted and
    /// must not overlap. A value that was named before gets these ranges instead.
    pub fn cut(&mut self, column: usize, value: u64, cuts: impl IntoIterator<Item = Range<usize>>) {
        self.edit(column, value, cuts.into_iter().map(Edit::cut).collect());
    }

    /// Replaces byte ranges of a value; else like [`cut`](Self::cut). An empty range inserts.
    pub fn edit(&mut self, column: usize, value: u64, edits: Vec<Edit>) {
        self.edits.entry(column).or_default().insert(value, edits);
    }

    /// Drops a row, counted from 0 within the row group, from all columns. Values keep their numbers.
    pub fn drop_row(&mut self, row: u64) {
        self.dropped.insert(row);
    }

    /// Whether nothing changes: the group will be copied.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.dropped.is_empty()
    }
}

/// Writes a changed copy of a table.
///
/// Kept as they are: the schema, the key-value metadata, `created_by` and all else at the top of the footer; the row
/// groups; of copied chunks also pages, statistics, page indexes and bloom filters. Chunks encoded anew keep their
/// codec (at a usual level), page version, dictionary or other encoding, and have statistics, indexes and a bloom
/// filter where the source has them; long bounds in statistics are truncated to 64 bytes, as the format allows.
///
/// Not kept: key-value metadata of single column chunks, bloom filters of an unknown kind, the layout of pages in
/// chunks encoded anew, page checksums there. A row group that loses all its rows is left out. Where rows are
/// dropped, floating point and INT96 columns lose their statistics unless their order is one that can be written.
pub struct Writer<W: Write + Send> {
    shared: Arc<Shared>,
    out: TrackedWrite<Sink<W>>,
    sink: Sink<W>,
    /// The next group of the source.
    next: usize,
    groups: Vec<RowGroupMetaData>,
    indexes: Vec<Vec<Indexes>>,
}

/// The page indexes of a column chunk.
#[derive(Default)]
struct Indexes {
    column: Option<ColumnIndexMetaData>,
    offset: Option<OffsetIndexMetaData>,
}

/// A column chunk that has been written.
struct Written {
    metadata: ColumnChunkMetaData,
    indexes: Indexes,
    bloom_filter: Option<Sbbf>,
}

impl<W: Write + Send> Writer<W> {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// The target cannot be written to.
    pub fn create(target: W, table: &Table) -> Result<Self, String> {
        let sink = Sink(Arc::new(Mutex::new(State { target, tail: None })));
        let mut out = TrackedWrite::new(sink.clone());
        out.write_all(MAGIC).map_err(unwritable)?;
        let shared = Arc::clone(&table.shared);
        Ok(Writer { shared, out, sink, next: 0, groups: Vec::new(), indexes: Vec::new() })
    }

    /// Writes the next row group of the table, which must be the one of this number.
    ///
    /// # Errors
    ///
    /// The target cannot be written to, the group is out of turn, a column cannot be decoded (see [`Table::slices`])
    /// or a change does not fit: no such value or row, ranges out of order or beyond the end of the value. The writer
    /// is of no use afterwards.
    pub fn group(&mut self, group: usize, changes: &Changes) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let Some(source) = shared.metadata.row_groups().get(group).filter(|_| group == self.next) else {
            return Err(format!("row group {group} is out of turn: {} is next", self.next));
        };
        self.next += 1;
        let dropped = changes.dropped.len() as u64;
        if changes.dropped.last().is_some_and(|row| *row >= rows_of(source)) {
            return Err(format!("row group {group} has {} rows: a row beyond cannot be dropped", rows_of(source)));
        }
        if let Some(column) = changes.edits.keys().find(|column| **column >= shared.texts.len()) {
            return Err(format!("no text column {column}: there are {}", shared.texts.len()));
        }
        if dropped > 0 && dropped == rows_of(source) {
            return Ok(());
        }
        let start = self.out.bytes_written() as i64;
        let mut columns = Vec::with_capacity(source.num_columns());
        for leaf in 0..source.num_columns() {
            let text = shared.texts.iter().position(|(text, _)| *text == leaf);
            let edits = text.and_then(|column| changes.edits.get(&column));
            columns.push(match dropped > 0 || edits.is_some() {
                true => self.encode(group, leaf, edits, &changes.dropped)?,
                false => self.copy(group, leaf)?,
            });
        }
        let mut metadata = Vec::with_capacity(columns.len());
        let mut indexes = Vec::with_capacity(columns.len());
        for column in columns {
            metadata.push(self.bloom_filter(column.metadata, column.bloom_filter)?);
            indexes.push(column.indexes);
        }
        let size = match changes.is_empty() {
            true => source.total_byte_size(),
            false => metadata.iter().map(ColumnChunkMetaData::uncompressed_size).sum(),
        };
        let edited = |leaf: i32| {
            let texts = shared.texts.iter().enumerate();
            texts.into_iter().any(|(column, (text, _))| *text as i32 == leaf && changes.edits.contains_key(&column))
        };
        let sorting = source.sorting_columns().cloned();
        let metadata = RowGroupMetaData::builder(shared.metadata.file_metadata().schema_descr_ptr())
            .set_column_metadata(metadata)
            .set_num_rows((rows_of(source) - dropped) as i64)
            .set_total_byte_size(size)
            .set_sorting_columns(sorting.filter(|by| !by.iter().any(|by| edited(by.column_idx))))
            .set_ordinal(i32::try_from(self.groups.len()).map_err(|_| "too many row groups")?)
            .set_file_offset(start)
            .build()
            .map_err(unwritable)?;
        self.groups.push(metadata);
        self.indexes.push(indexes);
        Ok(())
    }

    /// Writes the footer and gives the target back.
    ///
    /// # Errors
    ///
    /// The target cannot be written to, or row groups are missing.
    pub fn finish(mut self) -> Result<W, String> {
        let table = &self.shared.metadata;
        if self.next != table.num_row_groups() {
            return Err(format!("row group {} has not been written", self.next));
        }
        self.out.flush().map_err(unwritable)?;
        let leaves = table.file_metadata().schema_descr().num_columns();
        let mut indexes = PageIndexBuilder::new(self.groups.len(), leaves);
        for (group, columns) in self.indexes.into_iter().enumerate() {
            for (column, found) in columns.into_iter().enumerate() {
                if let Some(index) = found.column {
                    indexes.put_column_index(index, group, column);
                }
                if let Some(index) = found.offset {
                    indexes.put_offset_index(index, group, column);
                }
            }
        }
        let rows = self.groups.iter().map(RowGroupMetaData::num_rows).sum();
        let schema = table.file_metadata().schema_descr_ptr();
        let file = FileMetaData::new(table.file_metadata().version(), rows, None, None, schema, None);
        let metadata = ParquetMetaDataBuilder::new(file)
            .set_row_groups(self.groups)
            .set_page_index(Some(Arc::new(indexes.build())))
            .build();
        self.sink.state().tail = Some(Vec::new());
        ParquetMetaDataWriter::new_with_tracked(self.out, &metadata)
            .with_preserve_page_index_locations(false)
            .finish()
            .map_err(unwritable)?;
        let state = Arc::try_unwrap(self.sink.0).map_err(|_| "the target is still in use")?;
        let State { mut target, tail } = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let tail = with_footer_of(&self.shared, &tail.unwrap_or_default()).ok_or("the footer cannot be written")?;
        target.write_all(&tail).and_then(|()| target.flush()).map_err(unwritable)?;
        Ok(target)
    }

    /// Copies a chunk as it is.
    fn copy(&mut self, group: usize, leaf: usize) -> Result<Written, String> {
        let shared = Arc::clone(&self.shared);
        let chunk = shared.chunk(group, leaf)?;
        let (start, length) = chunk.byte_range();
        let shift = self.out.bytes_written() as i64 - start as i64;
        let failed = |why: io::Error| format!("{} cannot be copied: {why}", place(group, chunk));
        shared.source.copy(start, length, &mut self.out).map_err(failed)?;
        let metadata = moved(chunk, shift).map_err(|why| format!("{}: {why}", place(group, chunk)))?;
        let indexes = shared.metadata.page_index_for_row_group(group);
        let mut offset = indexes.offset_index(leaf).cloned();
        for location in offset.iter_mut().flat_map(|offset| &mut offset.page_locations) {
            location.offset = location.offset.wrapping_add(shift);
        }
        let indexes = Indexes { column: indexes.column_index(leaf).cloned(), offset };
        // A filter only saves time: one of an unknown kind is left out.
        let bloom_filter = guarded(|| Sbbf::read_from_column_chunk(chunk, &shared.source)).unwrap_or_default();
        Ok(Written { metadata, indexes, bloom_filter })
    }

    /// Decodes a chunk and encodes it with the changes.
    fn encode(
        &mut self,
        group: usize,
        leaf: usize,
        edits: Option<&BTreeMap<u64, Vec<Edit>>>,
        dropped: &BTreeSet<u64>,
    ) -> Result<Written, String> {
        let shared = Arc::clone(&self.shared);
        let chunk = shared.chunk(group, leaf)?;
        let properties = Arc::new(properties(&shared, group, leaf)?);
        let rows = shared.metadata.row_groups().get(group).map_or(0, rows_of);
        let mut encoder = Encoder { shared: &shared, out: &mut self.out, group, leaf, rows, dropped, properties };
        macro_rules! unedited {
            ($kind:ty) => {
                encoder.run::<$kind>(BATCH_ROWS, |_, _| Ok(()), |_| 0)
            };
        }
        let closed = match chunk.column_type() {
            Type::BOOLEAN => unedited!(BoolType),
            Type::INT32 => unedited!(Int32Type),
            Type::INT64 => unedited!(Int64Type),
            Type::INT96 => unedited!(Int96Type),
            Type::FLOAT => unedited!(FloatType),
            Type::DOUBLE => unedited!(DoubleType),
            Type::FIXED_LEN_BYTE_ARRAY => encoder.run::<FixedLenByteArrayType>(1, |_, _| Ok(()), |value| value.len()),
            Type::BYTE_ARRAY => encoder.run::<ByteArrayType>(
                1,
                |number, value| match edits.and_then(|edits| edits.get(&number)) {
                    Some(edits) => edited(value.data(), edits).map(|new| *value = ByteArray::from(new)),
                    None => Ok(()),
                },
                ByteArray::len,
            ),
        };
        let (closed, values) = closed.map_err(|why| match why.starts_with("row group") {
            true => why,
            false => format!("{}: {why}", place(group, chunk)),
        })?;
        if let Some((last, _)) = edits.and_then(BTreeMap::last_key_value).filter(|(last, _)| **last >= values) {
            return Err(format!("{}: no value {last}: there are {values}", place(group, chunk)));
        }
        let had = shared.metadata.page_index_for_row_group(group);
        let indexes = Indexes {
            column: closed.column_index.filter(|_| had.column_index(leaf).is_some()),
            offset: closed.offset_index.filter(|_| had.offset_index(leaf).is_some()),
        };
        Ok(Written { metadata: closed.metadata, indexes, bloom_filter: closed.bloom_filter })
    }

    fn bloom_filter(
        &mut self,
        metadata: ColumnChunkMetaData,
        filter: Option<Sbbf>,
    ) -> Result<ColumnChunkMetaData, String> {
        let Some(filter) = filter else { return Ok(metadata) };
        let start = self.out.bytes_written();
        filter.write(&mut self.out).map_err(unwritable)?;
        let length = i32::try_from(self.out.bytes_written() - start).map_err(unwritable)?;
        metadata
            .into_builder()
            .set_bloom_filter_offset(Some(start as i64))
            .set_bloom_filter_length(Some(length))
            .build()
            .map_err(unwritable)
    }
}

fn unwritable(why: impl std::fmt::Display) -> String {
    format!("cannot be written: {why}")
}

/// A value after its edits.
fn edited(value: &[u8], edits: &[Edit]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    for Edit { range, new } in edits {
        let kept = value.get(at..range.start).filter(|_| range.start <= range.end && range.end <= value.len());
        let kept = kept.ok_or_else(|| {
            format!("the edit at bytes {}..{} does not fit a value of {} bytes", range.start, range.end, value.len())
        })?;
        out.extend_from_slice(kept);
        out.extend_from_slice(new);
        at = range.end;
    }
    out.extend_from_slice(value.get(at..).unwrap_or_default());
    Ok(out)
}

/// The metadata of a chunk that stands elsewhere now.
fn moved(chunk: &ColumnChunkMetaData, shift: i64) -> Result<ColumnChunkMetaData, ParquetError> {
    // Empty chunks may state 0 for a page they do not have.
    let place = |offset: i64| if offset < 4 { offset } else { offset.wrapping_add(shift) };
    let mut new = ColumnChunkMetaData::builder(chunk.column_descr_ptr())
        .set_compression_codec(chunk.compression_codec())
        .set_encodings_mask(*chunk.encodings_mask())
        .set_total_compressed_size(chunk.compressed_size())
        .set_total_uncompressed_size(chunk.uncompressed_size())
        .set_num_values(chunk.num_values())
        .set_data_page_offset(place(chunk.data_page_offset()))
        .set_dictionary_page_offset(chunk.dictionary_page_offset().map(place))
        .set_index_page_offset(chunk.index_page_offset().map(place))
        .set_unencoded_byte_array_data_bytes(chunk.unencoded_byte_array_data_bytes())
        .set_repetition_level_histogram(chunk.repetition_level_histogram().cloned())
        .set_definition_level_histogram(chunk.definition_level_histogram().cloned());
    if let Some(statistics) = chunk.statistics() {
        new = new.set_statistics(statistics.clone());
    }
    if let Some(statistics) = chunk.geo_statistics() {
        new = new.set_geo_statistics(Box::new(statistics.clone()));
    }
    if let Some(statistics) = chunk.page_encoding_stats() {
        new = new.set_page_encoding_stats(statistics.clone());
    }
    new.build()
}

/// How to encode a chunk so that it resembles the source's.
fn properties(shared: &Shared, group: usize, leaf: usize) -> Result<WriterProperties, String> {
    const ROOM: usize = 1 << 20;
    let chunk = shared.chunk(group, leaf)?;
    let pages = shared.pages(group, leaf)?;
    if chunk.compression() == Compression::LZO {
        return Err(format!("{} is compressed with LZO: write it with another codec", place(group, chunk)));
    }
    let version = if pages.version_2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
    let column_index = shared.metadata.page_index_for_row_group(group).column_index(leaf).is_some();
    let statistics = match (column_index, chunk.statistics().is_some()) {
        _ if !order_is_kept(shared, leaf) => EnabledStatistics::None,
        (false, false) => EnabledStatistics::None,
        (false, true) if !pages.statistics => EnabledStatistics::Chunk,
        _ => EnabledStatistics::Page,
    };
    let dictionary = usize::try_from(pages.dictionary).unwrap_or(usize::MAX);
    let builder = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(level(chunk.compression()))
        .set_encoding(encoding(chunk.column_type(), pages.encoding))
        .set_dictionary_enabled(pages.all_dictionary)
        .set_dictionary_page_size_limit(dictionary.saturating_add(ROOM))
        .set_statistics_enabled(statistics)
        .set_write_page_header_statistics(pages.statistics && statistics == EnabledStatistics::Page);
    Ok(match chunk.bloom_filter_offset() {
        Some(_) => builder
            .set_bloom_filter_enabled(true)
            .set_bloom_filter_max_ndv((chunk.num_values() as u64).clamp(1, ROOM as u64))
            .build(),
        None => builder.build(),
    })
}

/// A codec at a usual level: the file does not say which one it was, and the crate's own would make files larger.
fn level(codec: Compression) -> Compression {
    match codec {
        Compression::ZSTD(level) => Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or(level)),
        Compression::BROTLI(level) => Compression::BROTLI(BrotliLevel::try_new(6).unwrap_or(level)),
        other => other,
    }
}

/// Whether bounds that are computed now fit the order that the footer, which is kept, states for the column.
fn order_is_kept(shared: &Shared, leaf: usize) -> bool {
    let file = shared.metadata.file_metadata();
    let columns = file.schema_descr().columns();
    let Some(column) = columns.get(leaf) else { return false };
    let (logical, converted) = (column.logical_type_ref(), column.converted_type());
    let now = ColumnOrder::column_order_for_type(logical, converted, column.physical_type());
    match file.column_orders().and_then(|orders| orders.get(leaf)) {
        Some(order) => *order == now,
        // Without an order, bounds in the newer fields are ignored.
        None => {
            !matches!(column.physical_type(), Type::FLOAT | Type::DOUBLE | Type::INT96)
                && !matches!(logical, Some(LogicalType::Float16))
        }
    }
}

/// The encoding of that number in the format's list, if it can be written for the type.
fn encoding(kind: Type, number: Option<i64>) -> Encoding {
    use Encoding::{BYTE_STREAM_SPLIT, DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, PLAIN, RLE};
    use Type::{BOOLEAN, BYTE_ARRAY, DOUBLE, FIXED_LEN_BYTE_ARRAY, FLOAT, INT32, INT64};
    match (number, kind) {
        (Some(3), BOOLEAN) => RLE,
        (Some(5), INT32 | INT64) => DELTA_BINARY_PACKED,
        (Some(6), BYTE_ARRAY) => DELTA_LENGTH_BYTE_ARRAY,
        (Some(7), BYTE_ARRAY | FIXED_LEN_BYTE_ARRAY) => DELTA_BYTE_ARRAY,
        (Some(9), FLOAT | DOUBLE | INT32 | INT64 | FIXED_LEN_BYTE_ARRAY) => BYTE_STREAM_SPLIT,
        _ => PLAIN,
    }
}

/// Encodes one chunk anew.
struct Encoder<'a, W: Write + Send> {
    shared: &'a Shared,
    out: &'a mut TrackedWrite<Sink<W>>,
    group: usize,
    leaf: usize,
    rows: u64,
    dropped: &'a BTreeSet<u64>,
    properties: Arc<WriterProperties>,
}

/// Levels and values that wait to be encoded.
struct Batch<T: DataType> {
    def: Vec<i16>,
    rep: Vec<i16>,
    values: Vec<T::T>,
    bytes: usize,
    rows: usize,
}

impl<T: DataType> Batch<T> {
    fn write(&mut self, cells: &Cells<T>, writer: &mut ColumnWriterImpl<'_, T>) -> Result<(), String> {
        if self.rows > 0 {
            let def = (cells.max_def > 0).then_some(self.def.as_slice());
            let rep = (cells.max_rep > 0).then_some(self.rep.as_slice());
            guarded(|| writer.write_batch(&self.values, def, rep)).map_err(unwritable)?;
        }
        self.def.clear();
        self.rep.clear();
        self.values.clear();
        (self.bytes, self.rows) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> Encoder<'_, W> {
    /// Reads so many rows at a time, edits the values and writes them; also counts the values that were there.
    fn run<T: DataType>(
        &mut self,
        step: usize,
        mut edit: impl FnMut(u64, &mut T::T) -> Result<(), String>,
        size: impl Fn(&T::T) -> usize,
    ) -> Result<(ColumnCloseResult, u64), String> {
        let column = self.shared.chunk(self.group, self.leaf)?.column_descr_ptr();
        let mut cells = self.shared.cells::<T>(self.group, self.leaf)?;
        let pages = Box::new(SerializedPageWriter::new(self.out));
        let mut writer = ColumnWriterImpl::<T>::new(column, Arc::clone(&self.properties), pages);
        let mut batch = Batch::<T> { def: Vec::new(), rep: Vec::new(), values: Vec::new(), bytes: 0, rows: 0 };
        let (mut row, mut number) = (0u64, 0u64);
        while row < self.rows {
            let rows = step.min(usize::try_from(self.rows - row).unwrap_or(step));
            cells.read(rows)?;
            let levels = if cells.max_def > 0 { cells.def.len() } else { cells.values.len() };
            let mut values = cells.values.drain(..);
            let mut kept = false;
            for level in 0..levels {
                if cells.rep.get(level).is_none_or(|rep| *rep == 0) {
                    kept = !self.dropped.contains(&row);
                    batch.rows += usize::from(kept);
                    row += 1;
                }
                let def = cells.def.get(level).copied();
                if def.is_none_or(|def| def == cells.max_def) {
                    let mut value = values.next().ok_or("fewer values than levels: the file is damaged")?;
                    if kept {
                        edit(number, &mut value)?;
                        batch.bytes = batch.bytes.saturating_add(size(&value));
                        batch.values.push(value);
                    }
                    number += 1;
                }
                if kept {
                    batch.def.extend(def);
                    batch.rep.extend(cells.rep.get(level));
                }
            }
            drop(values);
            if batch.rows >= BATCH_ROWS || batch.bytes >= BATCH_BYTES {
                batch.write(&cells, &mut writer)?;
            }
        }
        batch.write(&cells, &mut writer)?;
        let closed = guarded(|| writer.close()).map_err(unwritable)?;
        match closed.rows_written == self.rows - self.dropped.len() as u64 {
            true => Ok((closed, number)),
            false => Err("it has another number of rows than its row group: the file is damaged".into()),
        }
    }
}

/// Page indexes and footer as the crate writes them, but with all fields of the source's footer that do not speak of
/// rows: the crate would state other column orders, under which copied statistics would be wrong.
fn with_footer_of(shared: &Shared, written: &[u8]) -> Option<Vec<u8>> {
    let (size, _) = written.get(written.len().checked_sub(TAIL)?..)?.split_first_chunk::<4>()?;
    let end = written.len() - TAIL;
    let start = end.checked_sub(u32::from_le_bytes(*size) as usize)?;
    let (fields, _) = thrift::fields(written.get(start..end)?)?;
    let new = |id| fields.iter().find(|field| field.id == id).copied();
    let merged = shared.footer.iter().map(|(id, kind, value)| match *id {
        FOOTER_ROWS | FOOTER_GROUPS => new(*id),
        id => Some(Field { id, kind: *kind, value }),
    });
    let footer = thrift::write_struct(merged.collect::<Option<Vec<Field>>>()?);
    let mut out = written.get(..start)?.to_vec();
    out.extend_from_slice(&footer);
    out.extend_from_slice(&u32::try_from(footer.len()).ok()?.to_le_bytes());
    out.extend_from_slice(MAGIC);
    Some(out)
}

/// The target, which the crate's writers take by value; from a moment on, bytes are kept back instead.
struct Sink<W>(Arc<Mutex<State<W>>>);

struct State<W> {
    target: W,
    tail: Option<Vec<u8>>,
}

impl<W> Sink<W> {
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Clone for Sink<W> {
    fn clone(&self) -> Self {
        Sink(Arc::clone(&self.0))
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        match &mut state.tail {
            Some(tail) => tail.write(bytes),
            None => state.target.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.state().target.flush()
    }
}
