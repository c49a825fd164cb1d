//! Bytes → text, where some bytes may not be UTF-8: the text reads U+FFFD there, the bytes themselves stay.

use std::borrow::Cow;

/// A text and the way back to the bytes it was decoded from.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text; borrowed if all bytes were UTF-8.
    pub text: Cow<'a, str>,
    /// The first byte that is not UTF-8, if there is one.
    pub first_bad: Option<usize>,
    /// Where the text's offset and the byte's offset part: both, from each replacement's end on.
    shifts: Vec<(usize, usize)>,
    bytes: &'a [u8],
}

/// Decodes; bytes that are not UTF-8 read as U+FFFD.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), first_bad: None, shifts: Vec::new(), bytes };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut shifts = Vec::new();
    let mut first_bad = None;
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            first_bad.get_or_insert(at);
            shifts.push((text.len(), at));
            text.push(char::REPLACEMENT_CHARACTER);
            at += chunk.invalid().len();
            shifts.push((text.len(), at));
        }
    }
    Decoded { text: Cow::Owned(text), first_bad, shifts, bytes }
}

impl Decoded<'_> {
    /// Where an offset of the text stands in the bytes. The offset must be a character border.
    pub fn in_bytes(&self, offset: usize) -> usize {
        let next = self.shifts.partition_point(|(text, _)| *text <= offset);
        match next.checked_sub(1).map(|at| self.shifts[at]) {
            None => offset,
            Some((text, byte)) => byte + (offset - text),
        }
    }

    /// The line, from 1, on which the first byte stands that is not UTF-8.
    pub fn first_bad_line(&self) -> Option<usize> {
        self.first_bad.map(|bad| self.bytes[..bad].iter().filter(|byte| **byte == b'\n').count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_survive_a_cut() {
        let bytes = b"one \xff\xfe two\nJUNK\nthree \xff";
        let decoded = decode(bytes);
        assert_eq!(decoded.first_bad_line(), Some(1));
        let start = decoded.text.find("JUNK").unwrap();
        let rest = [&bytes[..decoded.in_bytes(start)], &bytes[decoded.in_bytes(start + 5)..]].concat();
        assert_eq!(rest, b"one \xff\xfe two\nthree \xff");
    }
}
