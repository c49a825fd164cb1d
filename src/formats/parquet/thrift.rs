//! As much of the compact Thrift protocol as it takes to split a struct into its fields and to read a page header.

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub id: i16,
    /// The wire type; of a boolean also the value.
    pub kind: u8,
    /// The encoded value, without the field header.
    pub value: &'a [u8],
}

const STRUCT: u8 = 12;
/// Deeper nesting than any Parquet structure has; it bounds the recursion.
const MAX_DEPTH: u32 = 64;

/// The fields of the struct at the start of the bytes, and how many bytes it takes; none if it is cut short or damaged.
pub(super) fn fields(bytes: &[u8]) -> Option<(Vec<Field<'_>>, usize)> {
    let mut cursor = Cursor { bytes, at: 0 };
    let mut fields = Vec::new();
    let mut id = 0i16;
    while let Some(kind) = cursor.field_header(&mut id)? {
        let start = cursor.at;
        cursor.skip_field(kind, 0)?;
        fields.push(Field { id, kind, value: bytes.get(start..cursor.at)? });
    }
    Some((fields, cursor.at))
}

/// A struct of the given fields, which must be in ascending order of their ids.
pub(super) fn write_struct<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0i16;
    for field in fields {
        match u8::try_from(field.id.wrapping_sub(last)) {
            Ok(delta @ 1..=15) => out.push(delta << 4 | field.kind),
            _ => {
                out.push(field.kind);
                let mut zigzag = ((i32::from(field.id) << 1) ^ (i32::from(field.id) >> 31)) as u32;
                while zigzag >= 0x80 {
                    out.push(zigzag as u8 | 0x80);
                    zigzag >>= 7;
                }
                out.push(zigzag as u8);
            }
        }
        out.extend_from_slice(field.value);
        last = field.id;
    }
    out.push(0);
    out
}

/// What the header of a page says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageHeader {
    /// The header's own length in bytes.
    pub length: usize,
    /// Bytes of the page after decompression.
    pub uncompressed: u64,
    /// Bytes of the page in the file, without the header.
    pub compressed: u64,
    pub kind: PageKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    Data { version: u8, levels: u64, encoding: i64, statistics: bool },
    Dictionary,
    Other,
}

/// Reads a page header; none if the bytes end within it or are damaged.
pub(super) fn page_header(bytes: &[u8]) -> Option<PageHeader> {
    let (fields, length) = fields(bytes)?;
    let size = |id| u64::try_from(integer(&fields, id)?).ok();
    let kind = match integer(&fields, 1)? {
        0 => data_page(&fields, 5, 1, 2, 5),
        2 => Some(PageKind::Dictionary),
        3 => data_page(&fields, 8, 2, 4, 8),
        _ => Some(PageKind::Other),
    }?;
    Some(PageHeader { length, uncompressed: size(2)?, compressed: size(3)?, kind })
}

fn data_page(header: &[Field], member: i16, version: u8, encoding: i16, statistics: i16) -> Option<PageKind> {
    let inner = header.iter().find(|field| field.id == member && field.kind == STRUCT)?;
    let (inner, _) = fields(inner.value)?;
    Some(PageKind::Data {
        version,
        levels: u64::try_from(integer(&inner, 1)?).ok()?,
        encoding: integer(&inner, encoding)?,
        statistics: inner.iter().any(|field| field.id == statistics),
    })
}

fn integer(fields: &[Field], id: i16) -> Option<i64> {
    let field = fields.iter().find(|field| field.id == id && matches!(field.kind, 4..=6))?;
    let zigzag = Cursor { bytes: field.value, at: 0 }.varint()?;
    Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn advance(&mut self, length: u64) -> Option<()> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.bytes.len()).then(|| self.at = end)
    }

    /// The wire type of the next field, whose id follows from the last one's; none inside at the end of the struct.
    fn field_header(&mut self, id: &mut i16) -> Option<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *id = match byte >> 4 {
            0 => {
                let zigzag = self.varint()?;
                i16::try_from((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)).ok()?
            }
            delta => id.checked_add(i16::from(delta))?,
        };
        Some(Some(byte & 15))
    }

    /// A boolean field has its value in the header; an element of a list has a byte of its own.
    fn skip_field(&mut self, kind: u8, depth: u32) -> Option<()> {
        if matches!(kind, 1 | 2) { Some(()) } else { self.skip(kind, depth) }
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            1..=3 => self.advance(1),
            4..=6 => self.varint().map(drop),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                (0..count).try_for_each(|_| self.skip(byte & 15, depth + 1))
            }
            11 => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip(kinds >> 4, depth + 1)?;
                    self.skip(kinds & 15, depth + 1)
                })
            }
            STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field_header(&mut id)? {
                    self.skip_field(kind, depth + 1)?;
                }
                Some(())
            }
            13 => self.advance(16),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_survives_being_split_and_written_again() {
        // 1: i32 3, 2: true, 4: list<i32> [1, 2], 30: binary "ab", 31: struct {1: i64 1}, 32: map {1: "a"}.
        let bytes =
            [0x15, 6, 0x11, 0x29, 0x25, 2, 4, 0x08, 60, 2, b'a', b'b', 0x1c, 0x16, 2, 0, 0x1b, 1, 0x58, 2, 1, b'a', 0];
        let (split, length) = fields(&bytes).unwrap();
        assert_eq!((length, split.len()), (bytes.len(), 6));
        assert_eq!(integer(&split, 1), Some(3));
        assert_eq!(write_struct(split), bytes);
    }

    #[test]
    fn damage_gives_nothing_and_ends() {
        for length in 0..4 {
            assert!(fields(&[0x15, 6, 0x19, 0xf5][..length]).is_none());
        }
        assert!(fields(&[0x1c; 1000]).is_none());
        assert!(fields(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0]).is_none());
        assert!(page_header(&[0x15, 1, 0x15, 1, 0x15, 1, 0]).is_none());
    }
}
