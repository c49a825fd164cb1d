//! One record of a file: the texts in it, and changes to its bytes.

use std::borrow::Cow;
use std::ops::Range;

/// A text of a record that may be cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// What it is called; `text` where the format has no names.
    pub name: &'a str,
    /// The text, unescaped and decoded.
    pub text: Cow<'a, str>,
}

/// What dechaff needs of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its texts; the first is the document's own.
    pub fields: Vec<Field<'a>>,
    /// The record's own id, if it has one.
    pub id: Option<Cow<'a, str>>,
    /// The page's title, if the record has it.
    pub title: Option<Cow<'a, str>>,
    /// The page's URL or host, if the record has it.
    pub url: Option<Cow<'a, str>>,
}

/// A change to the bytes of a record: what stands at `range` gives way to `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the record.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub new: Vec<u8>,
}

impl Edit {
    /// An edit that takes bytes out.
    pub const fn cut(range: Range<usize>) -> Edit {
        Edit { range, new: Vec::new() }
    }
}

/// The record after the edits, which are sorted and disjoint. An edit that does not fit the record is left out.
pub fn apply(record: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(record.len());
    let mut at = 0;
    for Edit { range, new } in edits {
        if let Some(kept) =
            record.get(at..range.start).filter(|_| range.start <= range.end && range.end <= record.len())
        {
            out.extend_from_slice(kept);
            out.extend_from_slice(new);
            at = range.end;
        }
    }
    out.extend_from_slice(&record[at..]);
    out
}

/// The edits that undo `edits` in what [`apply`] made of the record.
pub fn inverse(record: &[u8], edits: &[Edit]) -> Vec<Edit> {
    let mut moved = 0isize;
    let mut undo = Vec::with_capacity(edits.len());
    for Edit { range, new } in edits {
        let Some(old) = record.get(range.clone()) else { continue };
        let start = range.start.saturating_add_signed(moved);
        undo.push(Edit { range: start..start + new.len(), new: old.to_vec() });
        moved += new.len() as isize - old.len() as isize;
    }
    undo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_can_be_undone() {
        let record = b"one two three";
        let edits =
            [Edit::cut(0..4), Edit { range: 4..7, new: b"2222".to_vec() }, Edit { range: 13..13, new: vec![b'!'] }];
        let new = apply(record, &edits);
        assert_eq!(new, b"2222 three!");
        assert_eq!(apply(&new, &inverse(record, &edits)), record);
        assert_eq!(apply(record, &[Edit::cut(10..99)]), record);
    }
}
