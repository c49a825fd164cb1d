use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, Encoding};
use ::parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use bytes::Bytes;

use super::*;
use crate::formats::record::Edit;

const SCHEMA: &str = "message root {
    optional binary text (STRING);
    required int64 id;
    optional group doc { optional binary body (STRING); }
    optional group parts (LIST) { repeated group list { optional binary element (STRING); } }
    optional double score;
    required boolean good;
    required int96 old;
    required int32 small (INTEGER(8, true));
}";
const ROWS: usize = 40;
const GROUPS: usize = 3;

const WANTED: Wanted<'static> = Wanted {
    texts: Texts::All(&["text", "doc.body", "parts"]),
    id: &["key", "id"],
    title: &["title"],
    url: &["doc.body"],
};

/// What is in row n of the file.
fn text(n: usize) -> Option<String> {
    (!n.is_multiple_of(5)).then(|| format!("text {n} {}", "ab ".repeat(n)))
}

fn parts(n: usize) -> Vec<Option<String>> {
    (0..n % 4).map(|part| (part != 1).then(|| format!("part {n}.{part}"))).collect()
}

fn column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T], def: &[i16], rep: &[i16]) {
    let mut column = group.next_column().unwrap().unwrap();
    let def = (!def.is_empty()).then_some(def);
    column.typed::<T>().write_batch(values, def, (!rep.is_empty()).then_some(rep)).unwrap();
    column.close().unwrap();
}

fn file_with(change: impl Fn(WriterPropertiesBuilder) -> WriterPropertiesBuilder) -> File {
    let file = tempfile::tempfile().unwrap();
    let notes = vec![KeyValue::new("note".into(), "kept".to_owned())];
    let properties = WriterProperties::builder()
        .set_created_by("a test".into())
        .set_key_value_metadata(Some(notes))
        .set_compression(Compression::SNAPPY);
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = Arc::new(change(properties).build());
    let mut writer = SerializedFileWriter::new(file.try_clone().unwrap(), schema, properties).unwrap();
    for group in 0..GROUPS {
        let rows: Vec<usize> = (group * ROWS..(group + 1) * ROWS).collect();
        let mut writer = writer.next_row_group().unwrap();
        let texts: Vec<ByteArray> = rows.iter().filter_map(|n| text(*n)).map(|text| text.as_str().into()).collect();
        let def: Vec<i16> = rows.iter().map(|n| text(*n).is_some().into()).collect();
        column::<ByteArrayType>(&mut writer, &texts, &def, &[]);
        column::<Int64Type>(&mut writer, &rows.iter().map(|n| *n as i64).collect::<Vec<_>>(), &[], &[]);
        let doubled: Vec<i16> = def.iter().map(|def| def * 2).collect();
        column::<ByteArrayType>(&mut writer, &texts, &doubled, &[]);
        let (mut values, mut def, mut rep) = (Vec::new(), Vec::new(), Vec::new());
        for n in &rows {
            let parts = parts(*n);
            if parts.is_empty() {
                def.push(if n % 8 == 0 { 0 } else { 1 });
                rep.push(0);
            }
            for (at, part) in parts.iter().enumerate() {
                def.push(if part.is_some() { 3 } else { 2 });
                rep.push(i16::from(at > 0));
                values.extend(part.as_deref().map(ByteArray::from));
            }
        }
        column::<ByteArrayType>(&mut writer, &values, &def, &rep);
        column::<DoubleType>(&mut writer, &vec![0.5; ROWS], &[1; ROWS], &[]);
        column::<BoolType>(&mut writer, &rows.iter().map(|n| n % 3 == 0).collect::<Vec<_>>(), &[], &[]);
        column::<Int96Type>(&mut writer, &[Int96::new(); ROWS], &[], &[]);
        column::<Int32Type>(&mut writer, &rows.iter().map(|n| *n as i32).collect::<Vec<_>>(), &[], &[]);
        writer.close().unwrap();
    }
    writer.close().unwrap();
    file
}

fn file() -> File {
    file_with(|properties| properties.set_bloom_filter_enabled(true))
}

fn bytes(file: &File) -> Bytes {
    let mut file = file.try_clone().unwrap();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    bytes.into()
}

/// All rows as the crate prints them.
fn rows(file: impl Into<Bytes>) -> Vec<String> {
    let reader = SerializedFileReader::new(file.into()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().to_string()).collect()
}

fn rewrite(table: &Table, changes: &[Changes]) -> Result<Vec<u8>, String> {
    let mut writer = Writer::create(Vec::new(), table)?;
    for group in 0..table.groups() {
        writer.group(group, changes.get(group).unwrap_or(&Changes::default()))?;
    }
    writer.finish()
}

#[test]
fn rows_come_in_slices_of_bounded_size() {
    let table = Table::open(file(), &WANTED).unwrap();
    assert_eq!((table.rows(), table.groups(), table.rows_in(1)), ((ROWS * GROUPS) as u64, GROUPS, ROWS as u64));
    assert_eq!(table.texts().collect::<Vec<_>>(), ["text", "doc.body", "parts.list.element"]);
    for (max_bytes, max_rows) in [(1, 1000), (500, 1000), (1 << 20, 7), (0, 0)] {
        let mut n = ROWS;
        let mut next = [0u64; 3];
        for slice in table.slices(1, max_bytes, max_rows).unwrap() {
            let slice = slice.unwrap();
            assert_eq!(slice.first_row, n as u64);
            assert!(slice.rows.len() <= max_rows.max(1));
            let size = |row: &Row| row.texts.iter().map(|text| text.bytes.len()).sum::<usize>();
            let without_last = slice.rows.split_last().unwrap().1.iter().map(size).sum::<usize>();
            assert!(slice.rows.len() == 1 || without_last < max_bytes);
            for row in slice.rows {
                assert_eq!((row.id, row.title), (Some(n.to_string()), None));
                assert_eq!(row.url, text(n));
                let expected: Vec<String> = [text(n), text(n)].into_iter().chain(parts(n)).flatten().collect();
                let found: Vec<&str> = row.texts.iter().map(|text| text.bytes.as_utf8().unwrap()).collect();
                assert_eq!(found, expected);
                for text in &row.texts {
                    assert_eq!(text.value, next[text.column]);
                    next[text.column] += 1;
                }
                n += 1;
            }
        }
        assert_eq!(n, 2 * ROWS);
    }
}

#[test]
fn without_changes_only_places_change() {
    let source = file();
    let table = Table::open(source.try_clone().unwrap(), &WANTED).unwrap();
    let copy: Bytes = rewrite(&table, &[]).unwrap().into();
    assert_eq!(rows(bytes(&source)), rows(copy.clone()));
    let (old, new) =
        (SerializedFileReader::new(bytes(&source)).unwrap(), SerializedFileReader::new(copy.clone()).unwrap());
    let (old_file, new_file) = (old.metadata().file_metadata(), new.metadata().file_metadata());
    assert_eq!(old_file.created_by(), new_file.created_by());
    assert_eq!(old_file.key_value_metadata(), new_file.key_value_metadata());
    assert_eq!(old_file.schema(), new_file.schema());
    assert_eq!(old_file.column_orders(), new_file.column_orders());
    for (old, new) in old.metadata().row_groups().iter().zip(new.metadata().row_groups()) {
        assert_eq!(old.total_byte_size(), new.total_byte_size());
        for (old, new) in old.columns().iter().zip(new.columns()) {
            assert_eq!(old.statistics(), new.statistics());
            assert!(new.bloom_filter_offset().is_some() && new.column_index_offset().is_some());
            let (start, length) = old.byte_range();
            let chunk = |file: &Bytes, at: u64| file.slice(at as usize..(at + length) as usize);
            assert_eq!(chunk(&bytes(&source), start), chunk(&copy, new.byte_range().0));
        }
    }
    // A file written by this crate in the same order is the same to the byte.
    let again = tempfile::tempfile().unwrap();
    (&again).write_all(&copy).unwrap();
    assert_eq!(rewrite(&Table::open(again, &WANTED).unwrap(), &[]).unwrap(), copy);
}

#[test]
fn edits_reach_their_values_and_nothing_else() {
    let plain = |properties: WriterPropertiesBuilder| {
        properties.set_dictionary_enabled(false).set_statistics_enabled(EnabledStatistics::None)
    };
    let delta = |properties: WriterPropertiesBuilder| {
        let version = ::parquet::file::properties::WriterVersion::PARQUET_2_0;
        properties.set_dictionary_enabled(false).set_encoding(Encoding::PLAIN).set_writer_version(version)
    };
    for source in [file(), file_with(plain), file_with(delta)] {
        let table = Table::open(source.try_clone().unwrap(), &WANTED).unwrap();
        let mut changes = Changes::default();
        // Row 41: `text 41 ab ab…` is value 0; the second part of row 42 is null, so `part 43.2` is value 3.
        changes.cut(0, 0, [0..5, 7..10]);
        changes.edit(2, 3, vec![Edit { range: 4..5, new: b"-".to_vec() }, Edit { range: 9..9, new: b"!".to_vec() }]);
        let out: Bytes = rewrite(&table, &[Changes::default(), changes]).unwrap().into();
        let (old, new) = (rows(bytes(&source)), rows(out.clone()));
        for (n, (old, new)) in old.iter().zip(&new).enumerate() {
            let expected = match n {
                41 => old.replacen("text 41 ab", "41", 1),
                43 => old.replacen("part 43.2", "part-43.2!", 1),
                _ => old.clone(),
            };
            assert_eq!(*new, expected);
        }
        let (old, new) = (SerializedFileReader::new(bytes(&source)).unwrap(), SerializedFileReader::new(out).unwrap());
        for (old, new) in old.metadata().row_groups().iter().zip(new.metadata().row_groups()) {
            for (old, new) in old.columns().iter().zip(new.columns()) {
                assert_eq!(old.compression(), new.compression());
                assert_eq!(old.encodings_mask(), new.encodings_mask());
                assert_eq!(old.statistics().is_some(), new.statistics().is_some());
                assert_eq!(old.column_index_offset().is_some(), new.column_index_offset().is_some());
                assert_eq!(old.bloom_filter_offset().is_some(), new.bloom_filter_offset().is_some());
            }
        }
    }
}

#[test]
fn an_edit_is_undone_by_its_reverse() {
    let source = file();
    let table = Table::open(source.try_clone().unwrap(), &WANTED).unwrap();
    let mut cut = Changes::default();
    cut.cut(0, 3, [2..4, 4..6]);
    let out = tempfile::tempfile().unwrap();
    (&out).write_all(&rewrite(&table, &[cut]).unwrap()).unwrap();
    let mut back = Changes::default();
    back.edit(0, 3, vec![Edit { range: 2..2, new: text(4).unwrap().into_bytes()[2..6].to_vec() }]);
    let restored = rewrite(&Table::open(out, &WANTED).unwrap(), &[back]).unwrap();
    assert_eq!(rows(restored), rows(bytes(&source)));
}

#[test]
fn dropped_rows_vanish_from_all_columns() {
    let source = file();
    let table = Table::open(source.try_clone().unwrap(), &WANTED).unwrap();
    let mut changes = vec![Changes::default(); GROUPS];
    for row in 0..ROWS as u64 {
        changes[1].drop_row(row);
        if row % 7 == 3 {
            changes[2].drop_row(row);
        }
    }
    let new: Bytes = rewrite(&table, &changes).unwrap().into();
    let kept = |n: &usize| n / ROWS == 0 || n / ROWS == 2 && n % ROWS % 7 != 3;
    let old = rows(bytes(&source));
    let expected: Vec<String> = (0..ROWS * GROUPS).filter(kept).map(|n| old[n].clone()).collect();
    assert_eq!(rows(new.clone()), expected);
    let metadata = SerializedFileReader::new(new).unwrap();
    assert_eq!(metadata.metadata().num_row_groups(), 2);
    assert_eq!(metadata.metadata().file_metadata().num_rows() as usize, expected.len());
}

#[test]
fn mistakes_say_what_to_do() {
    let open = |texts: &[&str]| Table::open(file(), &Wanted { texts: Texts::First(texts), ..WANTED });
    let missing = open(&["content", "body"]).unwrap_err();
    assert!(missing.contains("no column `content` or `body`; the file has text, id, doc.body, parts,"), "{missing}");
    assert!(open(&["id"]).unwrap_err().contains("`id` is not text but INT64: name another with --field"));
    assert_eq!(
        open(&["id", "parts.list.element", "text"]).unwrap().texts().collect::<Vec<_>>(),
        ["parts.list.element"]
    );

    let all = |texts: &[&str]| Table::open(file(), &Wanted { texts: Texts::All(texts), ..WANTED });
    assert_eq!(all(&["title", "text", "doc.body"]).unwrap().texts().collect::<Vec<_>>(), ["text", "doc.body"]);
    assert!(all(&["title", "body"]).unwrap_err().contains("no column `title` or `body`"));

    let table = open(&["text"]).unwrap();
    assert!(table.slices(GROUPS, 1, 1).is_err());
    let failing = |change: fn(&mut Changes)| {
        let mut changes = Changes::default();
        change(&mut changes);
        rewrite(&table, &[changes]).unwrap_err()
    };
    assert!(failing(|changes| changes.cut(0, 0, Some(0..1000))).contains("does not fit a value of 10 bytes"));
    assert!(failing(|changes| changes.cut(0, 0, [4..5, 2..3])).contains("does not fit"));
    assert!(failing(|changes| changes.cut(0, 1000, [])).contains("no value 1000"));
    assert!(failing(|changes| changes.cut(9, 0, [])).contains("no text column 9"));
    assert!(failing(|changes| changes.drop_row(1000)).contains("has 40 rows"));
    let mut writer = Writer::create(Vec::new(), &table).unwrap();
    assert!(writer.group(1, &Changes::default()).unwrap_err().contains("0 is next"));
    assert!(writer.finish().unwrap_err().contains("has not been written"));
}

#[test]
fn damaged_files_give_errors() {
    let open = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Table::open(file, &WANTED)
    };
    let good = bytes(&file());
    assert!(open(b"").unwrap_err().contains("not a Parquet file"));
    assert!(open(&good[..good.len() / 2]).unwrap_err().contains("not a Parquet file"));
    let mut encrypted = good.to_vec();
    encrypted.truncate(good.len() - 4);
    encrypted.extend_from_slice(b"PARE");
    assert!(open(&encrypted).unwrap_err().contains("encrypted"));
    let mut long = good.to_vec();
    let end = long.len() - 8;
    long[end..end + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(open(&long).unwrap_err().contains("longer than the file"));
    // Damage anywhere may give an error or other values, but never ends the process.
    let mut state = 7u64;
    for _ in 0..600 {
        let mut bad = good.to_vec();
        for _ in 0..3 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (state >> 20) as usize % bad.len();
            bad[at] ^= (state >> 56) as u8;
        }
        let Ok(table) = open(&bad) else { continue };
        for group in 0..table.groups() {
            let Ok(slices) = table.slices(group, 1 << 20, 100) else { continue };
            for slice in slices {
                let _ = slice.map(|slice| slice.rows.len());
            }
        }
        let mut changes = Changes::default();
        changes.drop_row(1);
        let _ = rewrite(&table, &[changes.clone(), changes]);
    }
}

#[test]
fn readers_may_go_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<Table>();
    is_send::<Slices>();
    is_send::<Writer<Vec<u8>>>();
}
