//! An open file and its rows: chosen columns are decoded row by row and handed out in slices of bounded size.

use std::fs::File;
use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, Type};
use ::parquet::column::reader::ColumnReaderImpl;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
    RowGroupMetaData,
};
use ::parquet::file::serialized_reader::SerializedPageReader;
use ::parquet::schema::types::{ColumnDescriptor, TypePtr};

use super::source::{Pages, Source, guarded};
use super::thrift;

/// Which columns are asked for, by dotted path: `text`, `doc.body`, `paragraphs` (the elements of a list).
///
/// The levels that a list or map puts between (`list.element`) may be named or left out.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The texts.
    pub texts: Texts<'a>,
    /// What the record's id may be called; the first that exists counts.
    pub id: &'a [&'a str],
    /// What the page's title may be called; the first that exists counts.
    pub title: &'a [&'a str],
    /// What the page's URL or host may be called; the first that exists counts.
    pub url: &'a [&'a str],
}

/// Which columns are texts.
#[derive(Clone, Copy, Debug)]
pub enum Texts<'a> {
    /// The first of these that exists and is text.
    First(&'a [&'a str]),
    /// All of these that exist.
    All(&'a [&'a str]),
}

/// An open file.
#[derive(Debug)]
pub struct Table {
    pub(super) shared: Arc<Shared>,
}

/// What the table, its readers and its writers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub source: Source,
    pub metadata: ParquetMetaData,
    /// The top fields of the footer as they stand in the file: id, wire type, value. Row groups are left out.
    pub footer: Vec<(i16, u8, Vec<u8>)>,
    /// Leaf column and name of each text.
    pub texts: Vec<(usize, String)>,
    id: Option<usize>,
    title: Option<usize>,
    url: Option<usize>,
}

/// The field of the footer that counts the rows.
pub(super) const FOOTER_ROWS: i16 = 3;
/// The field of the footer that lists the row groups.
pub(super) const FOOTER_GROUPS: i16 = 4;
/// The field of the footer that says how the file is encrypted.
const FOOTER_ENCRYPTION: i16 = 8;
/// Magic bytes and the footer's length, at the end of the file.
pub(super) const TAIL: usize = 8;

const ENCRYPTED: &str = "the file is encrypted: decrypt it first";

impl Table {
    /// Opens a file: reads its footer and page indexes and looks up the columns.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong and what to do: it is no Parquet file, it is damaged or encrypted, there is
    /// no such column (the columns there are get listed) or it is not text.
    pub fn open(file: File, wanted: &Wanted) -> Result<Table, String> {
        let source = Source::new(file).map_err(|why| format!("cannot be read: {why}"))?;
        let footer = footer(&source)?;
        let options = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let reader = ParquetMetaDataReader::new()
            .with_metadata_options(Some(options))
            .with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = guarded(|| without_false_dictionaries(reader.parse_and_finish(&source)?))
            .map_err(|why| format!("damaged footer: {why}"))?;
        check(&metadata, ::parquet::file::reader::Length::len(&source))?;
        let columns = Columns::of(&metadata);
        let texts = columns.texts(wanted.texts)?;
        let [id, title, url] = [wanted.id, wanted.title, wanted.url].map(|names| columns.first(names));
        let (title, url) = (title.filter(|leaf| columns.is_text(*leaf)), url.filter(|leaf| columns.is_text(*leaf)));
        let shared = Shared { source, footer, texts, id, title, url, metadata };
        Ok(Table { shared: Arc::new(shared) })
    }

    /// How many rows the file has.
    pub fn rows(&self) -> u64 {
        self.shared.metadata.row_groups().iter().map(rows_of).sum()
    }

    /// How many row groups the file has.
    pub fn groups(&self) -> usize {
        self.shared.metadata.num_row_groups()
    }

    /// How many rows a row group has; 0 if there is no such group.
    pub fn rows_in(&self, group: usize) -> u64 {
        self.shared.metadata.row_groups().get(group).map_or(0, rows_of)
    }

    /// The full dotted paths of the text columns, in the order in which [`Text::column`] counts them.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shared.texts.iter().map(|(_, name)| name.as_str())
    }

    /// The rows of one row group, as slices of at most so many bytes of text and so many rows, but one row at least.
    ///
    /// Besides the slice, one page and one dictionary of each chosen column are in memory.
    ///
    /// # Errors
    ///
    /// There is no such group, a column is damaged, uses an unknown compression or has a page larger than
    /// [`MAX_PAGE`](super::MAX_PAGE).
    pub fn slices(&self, group: usize, max_bytes: usize, max_rows: usize) -> Result<Slices, String> {
        let shared = &self.shared;
        let texts = shared.texts.iter().map(|(leaf, _)| shared.cells(group, *leaf)).collect::<Result<Vec<_>, _>>()?;
        let scalar = |leaf: Option<usize>| leaf.map(|leaf| shared.scalar(group, leaf)).transpose();
        let first_row = shared.metadata.row_groups().iter().take(group).map(rows_of).sum();
        Ok(Slices {
            values: vec![0; texts.len()],
            texts,
            id: scalar(shared.id)?,
            title: scalar(shared.title)?,
            url: scalar(shared.url)?,
            row: first_row,
            left: self.rows_in(group),
            max_bytes,
            max_rows: max_rows.max(1),
        })
    }
}

/// The top fields of the footer, without the row groups.
fn footer(source: &Source) -> Result<Vec<(i16, u8, Vec<u8>)>, String> {
    let length = ::parquet::file::reader::Length::len(source);
    let no_parquet = || "not a Parquet file: it does not end as one; it may be cut short".to_owned();
    let tail_start = length.checked_sub(TAIL as u64).ok_or_else(no_parquet)?;
    let tail = source.bytes(tail_start, TAIL as u64).map_err(|why| format!("cannot be read: {why}"))?;
    let (size, magic) = tail.split_first_chunk::<4>().ok_or_else(no_parquet)?;
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err(ENCRYPTED.into()),
        _ => return Err(no_parquet()),
    }
    let size = u64::from(u32::from_le_bytes(*size));
    let start = tail_start.checked_sub(size).ok_or("damaged footer: it is longer than the file")?;
    let bytes = source.bytes(start, size).map_err(|why| format!("cannot be read: {why}"))?;
    let (fields, _) = thrift::fields(&bytes).ok_or("damaged footer")?;
    if fields.iter().any(|field| field.id == FOOTER_ENCRYPTION) {
        return Err(ENCRYPTED.into());
    }
    let kept = fields.iter().map(|field| match field.id {
        FOOTER_GROUPS => (field.id, field.kind, Vec::new()),
        _ => (field.id, field.kind, field.value.to_vec()),
    });
    Ok(kept.collect())
}

/// Some writers state a dictionary at byte 0 or behind the data where there is none.
fn without_false_dictionaries(metadata: ParquetMetaData) -> Result<ParquetMetaData, ParquetError> {
    let is_false = |chunk: &ColumnChunkMetaData| {
        let is_real = |offset| (4..chunk.data_page_offset()).contains(&offset);
        chunk.num_values() > 0 && chunk.dictionary_page_offset().is_some_and(|offset| !is_real(offset))
    };
    if !metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).any(is_false) {
        return Ok(metadata);
    }
    let mut metadata = metadata.into_builder();
    let mut groups = Vec::new();
    for group in metadata.take_row_groups() {
        let mut group = group.into_builder();
        for chunk in group.take_columns() {
            group = group.add_column_metadata(match is_false(&chunk) {
                true => chunk.into_builder().set_dictionary_page_offset(None).build()?,
                false => chunk,
            });
        }
        groups.push(group.build()?);
    }
    Ok(metadata.set_row_groups(groups).build())
}

/// Refuses positions that later steps could not work with.
fn check(metadata: &ParquetMetaData, length: u64) -> Result<(), String> {
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    for (number, group) in metadata.row_groups().iter().enumerate() {
        if group.num_columns() != leaves || group.num_rows() < 0 {
            return Err(format!("damaged footer: row group {number} does not fit the schema"));
        }
        for chunk in group.columns() {
            let (name, bad) = (chunk.column_path().string(), "damaged footer: row group");
            if chunk.file_path().is_some() {
                return Err(format!("column `{name}` lies in another file: give the file with the data itself"));
            }
            let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
            let end = start.checked_add(chunk.compressed_size()).and_then(|end| u64::try_from(end).ok());
            // A chunk without values may have pages at no place at all.
            let misplaced = start < 4 || chunk.data_page_offset() < start;
            if start < 0
                || misplaced && chunk.num_values() > 0
                || chunk.compressed_size() < 0
                || end.is_none_or(|end| end > length)
            {
                return Err(format!("{bad} {number}, column `{name}` has an impossible position"));
            }
            if chunk.num_values() < 0 || chunk.uncompressed_size() < 0 {
                return Err(format!("{bad} {number}, column `{name}` has a negative size"));
            }
        }
    }
    Ok(())
}

pub(super) fn rows_of(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0)
}

/// The leaf columns and what they are called.
struct Columns<'a> {
    metadata: &'a ParquetMetaData,
    /// The path without the levels that lists and maps put between.
    short: Vec<String>,
}

impl<'a> Columns<'a> {
    fn of(metadata: &'a ParquetMetaData) -> Self {
        let mut short = Vec::new();
        for field in metadata.file_metadata().schema().get_fields() {
            short_paths(field, field.name(), &mut short);
        }
        Columns { metadata, short }
    }

    fn leaf(&self, leaf: usize) -> &ColumnDescriptor {
        self.metadata.file_metadata().schema_descr().columns()[leaf].as_ref()
    }

    /// The leaf of a name: full paths come before short ones; a short one must be the only one.
    fn find(&self, name: &str) -> Option<usize> {
        let columns = self.metadata.file_metadata().schema_descr().columns();
        if let Some(leaf) = columns.iter().position(|column| column.path().string() == name) {
            return Some(leaf);
        }
        let mut leaves = (0..columns.len()).filter(|leaf| self.short.get(*leaf).is_some_and(|short| short == name));
        leaves.next().filter(|_| leaves.next().is_none())
    }

    fn first(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name)).filter(|leaf| self.leaf(*leaf).max_rep_level() == 0)
    }

    fn is_text(&self, leaf: usize) -> bool {
        let column = self.leaf(leaf);
        column.physical_type() == Type::BYTE_ARRAY
            && matches!(column.logical_type_ref(), None | Some(LogicalType::String))
            && matches!(column.converted_type(), ConvertedType::NONE | ConvertedType::UTF8)
    }

    fn texts(&self, wanted: Texts) -> Result<Vec<(usize, String)>, String> {
        let mut leaves = Vec::new();
        match wanted {
            Texts::First(names) => {
                let found: Vec<usize> = names.iter().filter_map(|name| self.find(name)).collect();
                match found.iter().find(|leaf| self.is_text(**leaf)).or(found.first()) {
                    Some(leaf) => leaves.push(self.text(*leaf)?),
                    None => return Err(self.missing(names)),
                }
            }
            Texts::All(names) => {
                for leaf in names.iter().filter_map(|name| self.find(name)) {
                    let text = self.text(leaf)?;
                    if !leaves.contains(&text) {
                        leaves.push(text);
                    }
                }
                if leaves.is_empty() {
                    return Err(self.missing(names));
                }
            }
        }
        Ok(leaves)
    }

    fn text(&self, leaf: usize) -> Result<(usize, String), String> {
        let (column, name) = (self.leaf(leaf), self.leaf(leaf).path().string());
        if self.is_text(leaf) {
            return Ok((leaf, name));
        }
        let kind = match (column.logical_type_ref(), column.converted_type()) {
            (Some(logical), _) => format!("{logical:?}"),
            (None, ConvertedType::NONE | ConvertedType::UTF8) => column.physical_type().to_string(),
            (None, converted) => converted.to_string(),
        };
        Err(format!("column `{name}` is not text but {kind}: name another with --field"))
    }

    fn missing(&self, names: &[&str]) -> String {
        const SHOWN: usize = 12;
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let more = if self.short.len() > SHOWN { ", …" } else { "" };
        let shown: Vec<&str> = self.short.iter().take(SHOWN).map(String::as_str).collect();
        format!("no column {}; the file has {}{more}: name one with --field", quoted.join(" or "), shown.join(", "))
    }
}

/// Collects the short paths of the leaves below a field, in the order of the leaf columns.
fn short_paths(field: &TypePtr, path: &str, out: &mut Vec<String>) {
    if field.is_primitive() {
        out.push(path.to_owned());
        return;
    }
    let info = field.get_basic_info();
    let is_list =
        info.converted_type() == ConvertedType::LIST || matches!(info.logical_type_ref(), Some(LogicalType::List));
    let is_map = matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || matches!(info.logical_type_ref(), Some(LogicalType::Map));
    match field.get_fields() {
        [repeated] if is_list && repeated.is_primitive() => out.push(path.to_owned()),
        [repeated] if is_list || is_map => match repeated.get_fields() {
            // Old writers name the element itself so where the list has no third level.
            [element]
                if is_list && repeated.name() != "array" && repeated.name() != format!("{}_tuple", field.name()) =>
            {
                short_paths(element, path, out)
            }
            fields => fields.iter().for_each(|field| short_paths(field, &format!("{path}.{}", field.name()), out)),
        },
        fields => fields.iter().for_each(|field| short_paths(field, &format!("{path}.{}", field.name()), out)),
    }
}

/// The rows of a row group, slice by slice. After an error there is nothing more.
pub struct Slices {
    texts: Vec<Cells<ByteArrayType>>,
    /// How many values of each text column have been read.
    values: Vec<u64>,
    id: Option<Scalar>,
    title: Option<Scalar>,
    url: Option<Scalar>,
    row: u64,
    left: u64,
    max_bytes: usize,
    max_rows: usize,
}

/// Some consecutive rows.
#[derive(Debug)]
pub struct Slice {
    /// The number of the first row within the file, from 0.
    pub first_row: u64,
    /// The rows.
    pub rows: Vec<Row>,
}

/// What is asked for of one row.
#[derive(Debug)]
pub struct Row {
    /// The texts that are not null, column by column; a list has several.
    pub texts: Vec<Text>,
    /// The record's id, if it is a string or an integer.
    pub id: Option<String>,
    /// The page's title, if it is a string.
    pub title: Option<String>,
    /// The page's URL, if it is a string.
    pub url: Option<String>,
}

/// A text and where it belongs.
#[derive(Debug)]
pub struct Text {
    /// Which text column, as in [`Table::texts`].
    pub column: usize,
    /// The number of the value among those of its column and row group that are not null, from 0.
    pub value: u64,
    /// The text as it stands in the file: UTF-8, if the writer kept the rules. It shares the memory of its page.
    pub bytes: ByteArray,
}

impl Iterator for Slices {
    type Item = Result<Slice, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let slice = self.slice();
        if slice.is_err() {
            self.left = 0;
        }
        Some(slice)
    }
}

impl Slices {
    fn slice(&mut self) -> Result<Slice, String> {
        let first_row = self.row;
        let mut rows = Vec::new();
        let mut bytes = 0;
        while self.left > 0 && rows.len() < self.max_rows && (rows.is_empty() || bytes < self.max_bytes) {
            let row = self.row()?;
            bytes += row.texts.iter().map(|text| text.bytes.len()).sum::<usize>();
            rows.push(row);
            self.row += 1;
            self.left -= 1;
        }
        Ok(Slice { first_row, rows })
    }

    fn row(&mut self) -> Result<Row, String> {
        let mut texts = Vec::new();
        for (column, (cells, value)) in self.texts.iter_mut().zip(&mut self.values).enumerate() {
            cells.read(1)?;
            for bytes in cells.values.drain(..) {
                texts.push(Text { column, value: *value, bytes });
                *value += 1;
            }
        }
        let next = |scalar: &mut Option<Scalar>| scalar.as_mut().map_or(Ok(None), Scalar::next);
        Ok(Row { texts, id: next(&mut self.id)?, title: next(&mut self.title)?, url: next(&mut self.url)? })
    }
}

/// A column read one value a row, as a string.
enum Scalar {
    Bytes(Cells<ByteArrayType>),
    Int32(Cells<Int32Type>, bool),
    Int64(Cells<Int64Type>, bool),
    /// Of a type that is not shown.
    Other,
}

impl Scalar {
    fn next(&mut self) -> Result<Option<String>, String> {
        Ok(match self {
            Scalar::Bytes(cells) => cells.one()?.and_then(|bytes| Some(bytes.as_utf8().ok()?.to_owned())),
            Scalar::Int32(cells, false) => cells.one()?.map(|id| id.to_string()),
            Scalar::Int32(cells, true) => cells.one()?.map(|id| id.cast_unsigned().to_string()),
            Scalar::Int64(cells, false) => cells.one()?.map(|id| id.to_string()),
            Scalar::Int64(cells, true) => cells.one()?.map(|id| id.cast_unsigned().to_string()),
            Scalar::Other => None,
        })
    }
}

/// A column chunk that is being decoded: levels and values of the rows last read.
pub(super) struct Cells<T: DataType> {
    reader: ColumnReaderImpl<T>,
    /// Where it is, for errors.
    place: String,
    /// The definition level at which there is a value.
    pub max_def: i16,
    pub max_rep: i16,
    /// Definition levels; empty if there can be no nulls.
    pub def: Vec<i16>,
    /// Repetition levels, 0 where a row starts; empty outside lists.
    pub rep: Vec<i16>,
    /// The values that are not null.
    pub values: Vec<T::T>,
}

impl<T: DataType> Cells<T> {
    /// Reads the next so many rows in place of the last ones.
    pub fn read(&mut self, rows: usize) -> Result<(), String> {
        self.def.clear();
        self.rep.clear();
        self.values.clear();
        let (reader, values) = (&mut self.reader, &mut self.values);
        let read = guarded(|| reader.read_records(rows, Some(&mut self.def), Some(&mut self.rep), values))
            .map_err(|why| format!("{}: {why}", self.place))?;
        if read.0 != rows {
            return Err(format!("{}: it ends before the last row: the file is damaged", self.place));
        }
        // The decoder takes as many bits as a level needs, the encoder relies on what they say.
        let fits = |levels: &[i16], max: i16| levels.iter().all(|level| (0..=max).contains(level));
        let starts_a_row = self.rep.first().is_none_or(|rep| *rep == 0);
        match fits(&self.def, self.max_def) && fits(&self.rep, self.max_rep) && starts_a_row {
            true => Ok(()),
            false => Err(format!("{}: impossible levels: the file is damaged", self.place)),
        }
    }

    fn one(&mut self) -> Result<Option<T::T>, String> {
        self.read(1)?;
        Ok(self.values.pop())
    }
}

impl Shared {
    /// A column chunk; an error if there is no such row group or column.
    pub fn chunk(&self, group: usize, leaf: usize) -> Result<&ColumnChunkMetaData, String> {
        let groups = self.metadata.row_groups();
        let group = groups.get(group).ok_or_else(|| format!("no row group {group}: there are {}", groups.len()))?;
        group.columns().get(leaf).ok_or_else(|| format!("no column {leaf}: there are {}", group.num_columns()))
    }

    /// What the pages of a chunk are like.
    pub fn pages(&self, group: usize, leaf: usize) -> Result<Pages, String> {
        let chunk = self.chunk(group, leaf)?;
        let (start, length) = chunk.byte_range();
        let repeated = chunk.column_descr().max_rep_level() > 0;
        self.source.pages(start, start + length, repeated).map_err(|why| format!("{}: {why}", place(group, chunk)))
    }

    /// Starts decoding a chunk.
    pub fn cells<T: DataType>(&self, group: usize, leaf: usize) -> Result<Cells<T>, String> {
        let chunk = self.chunk(group, leaf)?;
        let place = place(group, chunk);
        self.pages(group, leaf)?;
        let rows = self.metadata.row_groups().get(group).map_or(0, rows_of);
        let source = Arc::new(self.source.clone());
        let pages = guarded(|| SerializedPageReader::new(source, chunk, rows as usize, None))
            .map_err(|why| format!("{place}: {why}"))?;
        let column = chunk.column_descr_ptr();
        Ok(Cells {
            max_def: column.max_def_level(),
            max_rep: column.max_rep_level(),
            reader: ColumnReaderImpl::new(column, Box::new(pages)),
            place,
            def: Vec::new(),
            rep: Vec::new(),
            values: Vec::new(),
        })
    }

    fn scalar(&self, group: usize, leaf: usize) -> Result<Scalar, String> {
        let column = self.chunk(group, leaf)?.column_descr();
        use ConvertedType::{INT_8, INT_16, INT_32, INT_64, NONE, UINT_8, UINT_16, UINT_32, UINT_64, UTF8};
        let converted = column.converted_type();
        let unsigned = matches!(converted, UINT_8 | UINT_16 | UINT_32 | UINT_64);
        let plain = column.logical_type_ref().is_none_or(|kind| matches!(kind, LogicalType::Integer(_)));
        let integer = plain && (unsigned || matches!(converted, NONE | INT_8 | INT_16 | INT_32 | INT_64));
        Ok(match column.physical_type() {
            Type::BYTE_ARRAY if matches!(converted, NONE | UTF8) => Scalar::Bytes(self.cells(group, leaf)?),
            Type::INT32 if integer => Scalar::Int32(self.cells(group, leaf)?, unsigned),
            Type::INT64 if integer => Scalar::Int64(self.cells(group, leaf)?, unsigned),
            _ => Scalar::Other,
        })
    }
}

/// Where a column chunk is, for errors.
pub(super) fn place(group: usize, chunk: &ColumnChunkMetaData) -> String {
    format!("row group {group}, column `{}`", chunk.column_path().string())
}
