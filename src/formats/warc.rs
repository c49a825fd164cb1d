//! WARC: records of a crawl, one after the other. Read one at a time, byte for byte; of a record that holds text, only
//! the cuts and what they make untrue (lengths, digests, an HTTP body's codings) change.
//!
//! [`next`] → [`text`] → cuts → [`edits`], or [`rest`] for what is too long to be held.

use std::borrow::Cow;
use std::io::{self, BufRead, ErrorKind, Read};
use std::ops::Range;

use data_encoding::{BASE32, BASE32_NOPAD, BASE64, BASE64_NOPAD, Encoding as Spelling, HEXLOWER, HEXUPPER};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::http::{self, ContentType, Head};
use super::record::{Edit, apply};
use super::text::decode;
use crate::document::Span;

/// The longest head of a record, in bytes.
const LONGEST_HEAD: usize = 1 << 16;

/// The longest run of line breaks between two records that is read at once, in bytes.
const LONGEST_GAP: usize = 1 << 16;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The input is at its end. Line breaks in front of the end may have been appended.
    End,
    /// One whole record was appended: version line, headers, empty line, block, and the line breaks behind it as they
    /// stand. Line breaks in front of the first record belong to it.
    Record,
    /// A record longer than the limit: its head, from the version line to the empty line, was appended. So many bytes
    /// of its block, and the line breaks behind it, are still to be read: [`rest`] does that.
    TooLong(u64),
}

/// Reads one record and appends it to `into`.
///
/// `limit` is the longest head and block, in bytes, that may be held in memory; the line breaks around a record, at
/// most 64 KiB on either side, come on top.
///
/// # Errors
///
/// `InvalidData` with a sentence if there is no record here, `UnexpectedEof` if the input ends inside one, and whatever
/// the reader gives. What could be read is in `into` all the same.
pub fn next(reader: &mut dyn BufRead, limit: usize, into: &mut Vec<u8>) -> io::Result<Next> {
    line_breaks(reader, into)?;
    let start = into.len();
    if !read_head(reader, into)? {
        return Ok(Next::End);
    }
    let head = into.get(start..).unwrap_or_default();
    let length = parse_head(head).and_then(|head_lines| content_length(&head_lines, head)).map_err(invalid)?;
    if length > limit.saturating_sub(head.len()) as u64 {
        return Ok(Next::TooLong(length));
    }
    let read = Read::take(&mut *reader, length).read_to_end(into)? as u64;
    if read < length {
        return Err(ends_early(read, length));
    }
    line_breaks(reader, into)?;
    Ok(Next::Record)
}

/// Appends some of what [`Next::TooLong`] left, `most` bytes at once: of a block of which `left` bytes are to come, and the
/// line breaks behind it. `true` when all of it is read.
///
/// # Errors
///
/// `UnexpectedEof` if the input ends inside the block, and whatever the reader gives.
pub fn rest(reader: &mut dyn BufRead, left: &mut u64, most: u64, into: &mut Vec<u8>) -> io::Result<bool> {
    let wanted = most.min(*left);
    let read = Read::take(&mut *reader, wanted).read_to_end(into)? as u64;
    *left -= read;
    if read < wanted {
        return Err(ends_early(read, read + *left));
    }
    if *left == 0 {
        line_breaks(reader, into)?;
    }
    Ok(*left == 0)
}

fn invalid(why: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn head_ends_early() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the input ends inside a record's head")
}

fn ends_early(read: u64, length: u64) -> io::Error {
    let why = format!("the input ends inside a record: {read} of its block's {length} bytes are there");
    io::Error::new(ErrorKind::UnexpectedEof, why)
}

/// Appends the line breaks that stand here, [`LONGEST_GAP`] at most.
fn line_breaks(reader: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<()> {
    let mut left = LONGEST_GAP;
    loop {
        let buffer = match reader.fill_buf() {
            Err(why) if why.kind() == ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let breaks = buffer.iter().take(left).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if breaks == 0 {
            return Ok(());
        }
        into.extend(buffer.iter().take(breaks));
        reader.consume(breaks);
        left -= breaks;
    }
}

/// Appends everything to the empty line; `false` if the input is at its end.
fn read_head(reader: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<bool> {
    let mut left = LONGEST_HEAD;
    loop {
        let at = into.len();
        let read = Read::take(&mut *reader, left as u64).read_until(b'\n', into)?;
        let line = into.get(at..).unwrap_or_default();
        let first = left == LONGEST_HEAD;
        left -= read;
        match line {
            [] if first => return Ok(false),
            line if first && left > 0 && b"WARC/1.0".starts_with(line) => return Err(head_ends_early()),
            line if first => check_version(line).map_err(invalid)?,
            b"\n" | b"\r\n" => return Ok(true),
            line if line.ends_with(b"\n") && left > 0 => {}
            _ if left == 0 => return Err(invalid("the header block is longer than 64 KiB".to_owned())),
            _ => return Err(head_ends_early()),
        }
    }
}

/// Whether the line is `WARC/` and a version that is laid out as 1.0 and 1.1 are; the drafts 0.17 and 0.18 are.
fn check_version(line: &[u8]) -> Result<(), String> {
    let known = line.trim_ascii_end().strip_prefix(b"WARC/").is_some_and(|version| {
        let minor = version.strip_prefix(b"0.").or_else(|| version.strip_prefix(b"1."));
        minor.is_some_and(|minor| !minor.is_empty() && minor.iter().all(u8::is_ascii_digit))
    });
    if known {
        return Ok(());
    }
    let stands = line.get(..line.len().min(40)).unwrap_or_default().trim_ascii_end().escape_ascii();
    Err(format!("no WARC/1.x version line here, but `{stands}`: the file is broken at this place, or no WARC file"))
}

fn parse_head(record: &[u8]) -> Result<Head, String> {
    // Line breaks in front of the first record of a file belong to it.
    let start = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let head = Head::parse(record, start).ok_or("no empty line ends the record's head")?;
    check_version(record.get(head.first.clone()).unwrap_or_default())?;
    Ok(head)
}

fn content_length(head: &Head, record: &[u8]) -> Result<u64, String> {
    let mut length = None;
    for line in head.named(record, "Content-Length") {
        let value = record.get(line.value.clone()).unwrap_or_default();
        // `parse` takes a sign, a length has none.
        let digits = std::str::from_utf8(value).ok().filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(found) = digits.and_then(|digits| digits.parse().ok()) else {
            let stands = value.get(..value.len().min(40)).unwrap_or_default().escape_ascii();
            return Err(format!("Content-Length is no number of bytes: `{stands}`"));
        };
        if length.replace(found).is_some_and(|other: u64| other != found) {
            return Err("two values of Content-Length that differ".to_owned());
        }
    }
    length.ok_or_else(|| "no Content-Length".to_owned())
}

/// A record's text and what is known of it.
#[derive(Debug)]
pub struct Text<'a> {
    /// The text; bytes that are not UTF-8 read as U+FFFD and stay as they are in the record.
    pub text: Cow<'a, str>,
    /// The record's id as it stands, `<` and `>` included.
    pub id: Option<&'a str>,
    /// The URL it was read from as it stands, without `<` and `>`.
    pub url: Option<&'a str>,
    head: Head,
    /// The block's bytes in the record.
    block: Range<usize>,
    /// The head of the HTTP response, if the block is one.
    http: Option<Head>,
    /// Where the text's bytes stand in the record, codings included.
    body: Range<usize>,
    source: Source,
}

/// What the text was decoded from.
#[derive(Debug)]
enum Source {
    /// The text's bytes stand in the record.
    Plain,
    /// They stand there packed; the text is UTF-8.
    Packed,
    /// They stand there packed, and some of them are not UTF-8.
    PackedBytes(Vec<u8>),
    /// They are the text in another charset.
    Charset(&'static Encoding),
}

/// What the text of a record is.
enum Kind {
    Plain,
}

/// The kind of text that a body of this type is; `None` if it is none that is looked at.
fn kind(of: ContentType) -> Option<Kind> {
    of.is("text/plain").then_some(Kind::Plain)
}

/// Reads the text of a record that [`next`] gave; `None` if it holds none that is looked at.
///
/// Text is in `conversion` and `resource` records of type `text/plain`, and in `response` records whose HTTP body is of
/// that type. `limit` is the most bytes that a packed body may unpack to.
///
/// # Errors
///
/// A sentence that says why the text cannot be read or could not be put back after a cut. The record is to be passed
/// through then.
pub fn text(record: &[u8], limit: usize) -> Result<Option<Text<'_>>, String> {
    let head = parse_head(record)?;
    let length = content_length(&head, record)?;
    let end = usize::try_from(length).ok().and_then(|length| head.empty.end.checked_add(length));
    let block = head.empty.end..end.filter(|end| *end <= record.len()).ok_or("the record ends inside its block")?;
    let kind_of = |value: Option<&[u8]>| value.and_then(|value| kind(ContentType::parse(value)));
    let content_type = head.value(record, "Content-Type");
    let record_type = head.value(record, "WARC-Type").unwrap_or_default().to_ascii_lowercase();
    let (http, type_of_body) = match record_type.as_slice() {
        b"conversion" | b"resource" => (None, content_type),
        b"response" if content_type.is_some_and(|value| ContentType::parse(value).is("application/http")) => {
            let Some(http) = http::response(record.get(..block.end).unwrap_or_default(), block.start)? else {
                return Ok(None);
            };
            let type_of_body = http.value(record, "Content-Type");
            (Some(http), type_of_body)
        }
        _ => return Ok(None),
    };
    let Some(Kind::Plain) = kind_of(type_of_body) else { return Ok(None) };
    if head.named(record, "WARC-Segment-Number").next().is_some() {
        return Err("the text is spread over several records".to_owned());
    }
    let body = http.as_ref().map_or(block.start, |http| http.empty.end)..block.end;
    let stored = record.get(body.clone()).unwrap_or_default();
    let bytes = match &http {
        Some(http) => http::plain_body(http, record, stored, limit)?,
        None => Cow::Borrowed(stored),
    };
    let charset = type_of_body.and_then(|value| ContentType::parse(value).charset);
    let (text, source) = decode_as(charset, bytes)?;
    let id = head.value(record, "WARC-Record-ID").and_then(|id| std::str::from_utf8(id).ok());
    let url = bracketed(&head, record, "WARC-Target-URI");
    Ok(Some(Text { text, id, url, head, block, http, body, source }))
}

/// A header's value without the angle brackets around it.
fn bracketed<'a>(head: &Head, record: &'a [u8], name: &str) -> Option<&'a str> {
    let value = std::str::from_utf8(head.value(record, name)?).ok()?;
    Some(value.strip_prefix('<').and_then(|value| value.strip_suffix('>')).unwrap_or(value))
}

fn decode_as<'a>(charset: Option<&str>, bytes: Cow<'a, [u8]>) -> Result<(Cow<'a, str>, Source), String> {
    let encoding = encoding(charset, &bytes)?;
    if encoding == UTF_8 || (encoding.is_ascii_compatible() && bytes.is_ascii()) {
        return Ok(decode_utf8(bytes));
    }
    let (text, bad) = encoding.decode_without_bom_handling(&bytes);
    let name = encoding.name();
    if bad {
        return Err(format!("the text is said to be {name}, but is not"));
    }
    if *encoding.encode(&text).0 != *bytes {
        return Err(format!("the text, which is {name}, would not read the same when it is written again"));
    }
    Ok((Cow::Owned(text.into_owned()), Source::Charset(encoding)))
}

fn decode_utf8(bytes: Cow<'_, [u8]>) -> (Cow<'_, str>, Source) {
    match bytes {
        Cow::Borrowed(bytes) => (decode(bytes).text, Source::Plain),
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => (Cow::Owned(text), Source::Packed),
            Err(bad) => {
                let bytes = bad.into_bytes();
                (Cow::Owned(decode(&bytes).text.into_owned()), Source::PackedBytes(bytes))
            }
        },
    }
}

/// The charset of these bytes: a byte order mark counts before the label, and without either it is UTF-8.
fn encoding(label: Option<&str>, bytes: &[u8]) -> Result<&'static Encoding, String> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = match (marked, label) {
        (Some(marked), _) => marked,
        (None, None) => UTF_8,
        (None, Some(label)) => match Encoding::for_label(label.as_bytes()) {
            Some(encoding) => encoding,
            None if std::str::from_utf8(bytes).is_ok() => UTF_8,
            None => return Err(format!("the text's charset `{}` is unknown", label.escape_debug())),
        },
    };
    if encoding == UTF_16LE || encoding == UTF_16BE || encoding.output_encoding() != encoding {
        return Err(format!("the text is in {}, which is not written", encoding.name()));
    }
    Ok(encoding)
}

/// What has to change in the record for the cuts: the text, the lengths, the digests, and for a packed HTTP body, which
/// is written plain, the headers that say how it is packed. Nothing, if nothing is cut.
///
/// `record` is the one that `text` was read from. The cuts are bytes of its text, sorted and disjoint; so are the edits.
///
/// # Errors
///
/// A sentence, if the cuts do not fit the text.
pub fn edits(record: &[u8], text: &Text, cuts: &[Span]) -> Result<Vec<Edit>, String> {
    if cuts.iter().all(|cut| cut.is_empty()) {
        return Ok(Vec::new());
    }
    if !fit(&text.text, cuts) {
        return Err("the cuts do not fit the text".to_owned());
    }
    let mut inner = body_edits(record, text, cuts)?;
    if let Some(http) = &text.http {
        let length = bytes_after(record, &inner, &text.body).map(<[u8]>::len).sum();
        let mut head = http_edits(record, http, length);
        head.append(&mut inner);
        inner = head;
    }
    let mut all = record_edits(record, text, &inner);
    all.append(&mut inner);
    Ok(all)
}

/// Whether the cuts are sorted, disjoint, and on character borders of the text.
fn fit(text: &str, cuts: &[Span]) -> bool {
    let mut at = 0;
    cuts.iter().all(|cut| {
        let fits = at <= cut.start && text.get(cut.start..cut.end).is_some();
        at = cut.end;
        fits
    })
}

/// The cuts in the bytes of the body. What stands there as it is loses the cuts alone, all else is written anew.
fn body_edits(record: &[u8], text: &Text, cuts: &[Span]) -> Result<Vec<Edit>, String> {
    let new = match &text.source {
        Source::Plain => {
            let decoded = decode(record.get(text.body.clone()).unwrap_or_default());
            if decoded.text != text.text {
                return Err("the text is not this record's".to_owned());
            }
            let place = |offset| text.body.start + decoded.in_bytes(offset);
            let cuts = cuts.iter().filter(|cut| !cut.is_empty());
            return Ok(cuts.map(|cut| Edit { range: place(cut.start)..place(cut.end), new: Vec::new() }).collect());
        }
        Source::Packed => kept(&text.text, cuts).flat_map(str::bytes).collect(),
        Source::PackedBytes(bytes) => {
            let decoded = decode(bytes);
            let at = |offset| decoded.in_bytes(offset);
            let edits: Vec<Edit> = cuts.iter().map(|cut| Edit::cut(at(cut.start)..at(cut.end))).collect();
            apply(bytes, &edits)
        }
        Source::Charset(encoding) => {
            kept(&text.text, cuts).flat_map(|piece| encoding.encode(piece).0.into_owned()).collect()
        }
    };
    Ok(vec![Edit { range: text.body.clone(), new }])
}

/// What the cuts leave of the text.
fn kept<'t>(text: &'t str, cuts: &'t [Span]) -> impl Iterator<Item = &'t str> {
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.end));
    let ends = cuts.iter().map(|cut| cut.start).chain(std::iter::once(text.len()));
    starts.zip(ends).map(move |(start, end)| Span::new(start, end).of(text))
}

/// What changes in the head of a response whose body is now `length` plain bytes.
fn http_edits(record: &[u8], http: &Head, length: usize) -> Vec<Edit> {
    let untrue = http::CODED_BY.iter().chain(&http::OF_THE_BYTES).flat_map(|name| http.named(record, name));
    let mut edits: Vec<Edit> = untrue.map(|line| Edit { range: line.whole.clone(), new: Vec::new() }).collect();
    let lengths = http.named(record, "Content-Length");
    let before = edits.len();
    edits.extend(lengths.map(|line| Edit { range: line.value.clone(), new: length.to_string().into_bytes() }));
    if edits.len() == before {
        let line = format!("Content-Length: {length}{}", http.line_break(record));
        edits.push(Edit { range: http.empty.start..http.empty.start, new: line.into_bytes() });
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits
}

/// What changes in the record's own head when these edits are made in its block.
fn record_edits(record: &[u8], text: &Text, inner: &[Edit]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let length: usize = bytes_after(record, inner, &text.block).map(<[u8]>::len).sum();
    for line in text.head.named(record, "Content-Length") {
        edits.push(Edit { range: line.value.clone(), new: length.to_string().into_bytes() });
    }
    for (name, covers) in [("WARC-Block-Digest", &text.block), ("WARC-Payload-Digest", &text.body)] {
        for line in text.head.named(record, name) {
            let value = record.get(line.value.clone()).unwrap_or_default();
            // No digest is better than a wrong one.
            edits.push(match digest_like(value, || bytes_after(record, inner, covers)) {
                Some(new) => Edit { range: line.value.clone(), new: new.into_bytes() },
                None => Edit { range: line.whole.clone(), new: Vec::new() },
            });
        }
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits
}

/// The bytes that will stand in a range of the record once the edits are made; those outside the range are left out.
fn bytes_after<'b>(record: &'b [u8], edits: &'b [Edit], range: &Range<usize>) -> impl Iterator<Item = &'b [u8]> {
    let (start, end) = (range.start, range.end);
    let inside = move |edit: &&Edit| start <= edit.range.start && edit.range.end <= end;
    let starts = std::iter::once(start).chain(edits.iter().filter(inside).map(|edit| edit.range.end));
    let ends = edits.iter().filter(inside).map(|edit| edit.range.start).chain(std::iter::once(end));
    let new = edits.iter().filter(inside).map(|edit| edit.new.as_slice()).chain(std::iter::once(&[][..]));
    let kept = starts.zip(ends).map(move |(start, end)| record.get(start..end).unwrap_or_default());
    kept.zip(new).flat_map(|(kept, new)| [kept, new])
}

/// The digest of some bytes by the same algorithm and in the same spelling as one that stands in a header, as
/// `sha1:…`; `None` if either is not known.
fn digest_like<'b, I: Iterator<Item = &'b [u8]>>(value: &[u8], bytes: impl FnOnce() -> I) -> Option<String> {
    let (algorithm, spelled) = std::str::from_utf8(value).ok()?.split_once(':')?;
    let digest = match algorithm.to_ascii_lowercase().as_str() {
        "sha1" | "sha-1" => digest::<Sha1>(bytes()),
        "sha256" | "sha-256" => digest::<Sha256>(bytes()),
        "sha512" | "sha-512" => digest::<Sha512>(bytes()),
        "md5" | "md-5" => digest::<Md5>(bytes()),
        _ => return None,
    };
    Some(format!("{algorithm}:{}", spell_like(spelled, &digest)?))
}

fn digest<'b, D: Digest>(bytes: impl Iterator<Item = &'b [u8]>) -> Vec<u8> {
    let mut digest = D::new();
    bytes.for_each(|bytes| digest.update(bytes));
    digest.finalize().to_vec()
}

/// Writes a digest as another of the same length is written.
fn spell_like(spelled: &str, digest: &[u8]) -> Option<String> {
    let fits = |spelling: &Spelling, spelled: &str| {
        spelling.decode(spelled.as_bytes()).is_ok_and(|decoded| decoded.len() == digest.len())
    };
    let spellings = [HEXLOWER, HEXUPPER, BASE32, BASE32_NOPAD, BASE64, BASE64_NOPAD];
    if let Some(spelling) = spellings.iter().find(|spelling| fits(spelling, spelled)) {
        return Some(spelling.encode(digest));
    }
    let upper = spelled.to_ascii_uppercase();
    let in_base32 = [BASE32, BASE32_NOPAD].into_iter().find(|spelling| fits(spelling, &upper))?;
    Some(in_base32.encode(digest).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn record(headers: &str, block: &[u8]) -> Vec<u8> {
        let head = format!("WARC/1.0\r\n{headers}Content-Length: {}\r\n\r\n", block.len());
        [head.as_bytes(), block, b"\r\n\r\n"].concat()
    }

    fn response(http: &str, body: &[u8]) -> Vec<u8> {
        let head = "WARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n";
        record(head, &[http.as_bytes(), body].concat())
    }

    /// Reads everything through a buffer of seven bytes.
    fn read(mut bytes: &[u8], limit: usize) -> (io::Result<Vec<Next>>, Vec<u8>) {
        let mut reader = BufReader::with_capacity(7, &mut bytes);
        let (mut seen, mut out) = (Vec::new(), Vec::new());
        loop {
            match next(&mut reader, limit, &mut out) {
                Err(why) => return (Err(why), out),
                Ok(Next::End) => return (Ok(seen), out),
                Ok(more) => seen.push(more),
            }
            if let Some(Next::TooLong(length)) = seen.last() {
                let mut left = *length;
                loop {
                    match rest(&mut reader, &mut left, 5, &mut out) {
                        Err(why) => return (Err(why), out),
                        Ok(true) => break seen.push(Next::End),
                        Ok(false) => {}
                    }
                }
            }
        }
    }

    /// The record without the word JUNK.
    fn cut(record: &[u8]) -> Vec<u8> {
        let text = text(record, LIMIT).unwrap().unwrap();
        let cuts: Vec<Span> =
            text.text.match_indices("JUNK").map(|(at, junk)| Span::new(at, at + junk.len())).collect();
        let edits = edits(record, &text, &cuts).unwrap();
        assert!(edits.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
        apply(record, &edits)
    }

    fn cut_to(record: &[u8], expected: &[u8]) {
        let cut = cut(record);
        assert_eq!(cut, expected, "\n{}\n{}", cut.escape_ascii(), expected.escape_ascii());
    }

    #[test]
    fn records_come_one_by_one_as_they_stand() {
        let one = record("WARC-Type: warcinfo\r\n", b"x: y\r\n");
        let without_breaks = b"WARC/0.18\ncontent-length:3\n\nabc".to_vec();
        let many_breaks = b"WARC/1.1\r\nno colon\r\nCONTENT-LENGTH : 0\r\n\r\n\n\n\r\n\r\r\n\n\n\n\n".to_vec();
        for records in [
            vec![],
            vec![one.clone()],
            vec![one.clone(), without_breaks.clone(), one.clone(), without_breaks.clone()],
            vec![many_breaks.clone(), one.clone(), many_breaks, without_breaks],
            vec![b"\r\n\n".iter().copied().chain(one).collect()],
        ] {
            let (seen, out) = read(&records.concat(), LIMIT);
            assert_eq!(seen.unwrap(), vec![Next::Record; records.len()]);
            assert_eq!(out, records.concat());
        }
        let (seen, out) = read(b"\r\n\r\n", LIMIT);
        assert_eq!((seen.unwrap(), out), (vec![], b"\r\n\r\n".to_vec()));
    }

    #[test]
    fn a_record_longer_than_the_limit_is_passed() {
        let short = record("", b"abc");
        let long = record("", &[b'x'; 1000]);
        let file = [short.clone(), long.clone(), short].concat();
        let (seen, out) = read(&file, 200);
        assert_eq!(seen.unwrap(), [Next::Record, Next::TooLong(1000), Next::End, Next::Record]);
        assert_eq!(out, file);
        let (seen, _) = read(&long, long.len() - 4);
        assert_eq!(seen.unwrap(), [Next::Record]);
        let (seen, _) = read(&long, long.len() - 5);
        assert_eq!(seen.unwrap()[0], Next::TooLong(1000));
        let (seen, out) = read(&long[..500], 200);
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(out, &long[..500]);
    }

    #[test]
    fn broken_records_say_what_is_wrong() {
        let long_head = format!("WARC/1.0\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(100_000));
        let many_lines = format!("WARC/1.0\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(20_000));
        let huge = format!("WARC/1.0\r\nContent-Length: {}\r\n\r\n", "9".repeat(30));
        for (file, why) in [
            ("PK\x03\x04", "no WARC/1.x version line here, but `PK\\x03\\x04`"),
            ("WARC/2.0\r\nContent-Length: 0\r\n\r\n", "no WARC/1.x version line here"),
            ("WARC/1.\r\nContent-Length: 0\r\n\r\n", "no WARC/1.x version line here"),
            ("\0\0\0\0", "no WARC/1.x version line here"),
            ("WARC/1.0\r\n\r\n", "no Content-Length"),
            ("WARC/1.0\r\nWARC-Type: x\r\n\r\nabc", "no Content-Length"),
            ("WARC/1.0\r\nContent-Length: -5\r\n\r\n", "Content-Length is no number of bytes: `-5`"),
            ("WARC/1.0\r\nContent-Length: +5\r\n\r\n", "Content-Length is no number of bytes"),
            ("WARC/1.0\r\nContent-Length:\r\n\r\n", "Content-Length is no number of bytes: ``"),
            ("WARC/1.0\r\nContent-Length: 1\0\r\n\r\n", "Content-Length is no number of bytes: `1\\x00`"),
            ("WARC/1.0\r\nContent-Length: 1\r\n 2\r\n\r\n", "Content-Length is no number of bytes"),
            ("WARC/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two values"),
            (&huge, "Content-Length is no number of bytes: `9999"),
            (&long_head, "the header block is longer than 64 KiB"),
            (&many_lines, "the header block is longer than 64 KiB"),
            (&"x".repeat(100_000), "no WARC/1.x version line here"),
        ] {
            let (read, out) = read(file.as_bytes(), LIMIT);
            let error = read.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().starts_with(why), "{error}");
            assert!(file.as_bytes().starts_with(&out) && !out.is_empty());
        }
    }

    #[test]
    fn a_file_that_ends_early_says_so_and_loses_nothing() {
        let whole = record("WARC-Type: conversion\r\nContent-Type: text/plain\r\n", b"some text");
        let until = whole.len() - b"\r\n\r\n".len();
        for length in 1..until {
            let (read, out) = read(&whole[..length], LIMIT);
            assert_eq!(read.unwrap_err().kind(), ErrorKind::UnexpectedEof, "{length}");
            assert_eq!(out, &whole[..length]);
            assert!(text(&out, LIMIT).is_err());
        }
        // A length that no memory holds is read no further than the file goes.
        let (seen, out) = read(b"WARC/1.0\r\nContent-Length: 18446744073709551615\r\n\r\nabc", usize::MAX);
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert!(out.ends_with(b"abc"));
    }

    #[test]
    fn other_records_hold_no_text() {
        let http = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
        for record in [
            record("WARC-Type: warcinfo\r\nContent-Type: text/plain\r\n", b"x"),
            record("WARC-Type: request\r\nContent-Type: application/http\r\n", b"GET / HTTP/1.1\r\n\r\n"),
            record("WARC-Type: revisit\r\nContent-Type: application/http\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
            record("WARC-Type: metadata\r\nContent-Type: text/plain\r\n", b"x"),
            record("WARC-Type: continuation\r\n", b"x"),
            record("WARC-Type: conversion\r\nContent-Type: image/png\r\n", b"x"),
            record("WARC-Type: conversion\r\n", b"x"),
            record("WARC-Type: response\r\nContent-Type: text/dns\r\n", b"x"),
            record("", b"x"),
            response(http, b"<p>x"),
            response("HTTP/1.1 304 Not Modified\r\nContent-Type: text/plain\r\n", b""),
            response("HTTP/1.1 200 OK\r\n\r\n", b"x"),
        ] {
            assert!(text(&record, LIMIT).unwrap().is_none(), "{}", record.escape_ascii());
        }
        assert!(
            text(&response("SSH-2.0\r\n\r\n", b""), LIMIT)
                .unwrap_err()
                .contains("does not begin with an HTTP status line")
        );
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(300_000));
        assert!(text(&response(&long, b""), LIMIT).unwrap_err().contains("256 KiB"));
        let part = record("WARC-Type: resource\r\nContent-Type: text/plain\r\nWARC-Segment-Number: 1\r\n", b"x");
        assert!(text(&part, LIMIT).unwrap_err().contains("several records"));
    }

    #[test]
    fn a_conversion_changes_in_text_length_and_digests() {
        let before = b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: <http://a.example/>\r\n\
            WARC-Record-ID: <urn:uuid:1>\r\nWARC-Block-Digest: sha1:VNXI7XHWTFQ5NI2K3GTLNTZKQAGPOH7K\r\n\
            Content-Type: text/plain\r\nContent-Length:  15 \r\n\r\none JUNKtwo\xffJUNK\r\n\r\n";
        let text = text(before, LIMIT).unwrap().unwrap();
        assert_eq!((text.id, text.url), (Some("<urn:uuid:1>"), Some("http://a.example/")));
        assert_eq!(text.text, "one JUNKtwo\u{fffd}JUN");
        assert!(edits(before, &text, &[]).unwrap().is_empty());
        assert!(edits(before, &text, &[Span::new(3, 3)]).unwrap().is_empty());
        let edits = edits(before, &text, &[Span::new(3, 8), Span::new(14, 17)]).unwrap();
        assert_eq!(edits.len(), 4);
        let digest =
            digest_like(b"sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", || [&b"onetwo\xff"[..]].into_iter()).unwrap();
        let after = apply(before, &edits);
        let expected =
            format!("WARC-Block-Digest: {digest}\r\nContent-Type: text/plain\r\nContent-Length:  7 \r\n\r\n");
        let expected = [expected.as_bytes(), b"onetwo\xffK\r\n\r\n"].concat();
        assert!(after.ends_with(&expected), "{}", after.escape_ascii());
    }

    #[test]
    fn cuts_that_do_not_fit_are_refused() {
        let record = record("WARC-Type: conversion\r\nContent-Type: text/plain\r\n", "aéb".as_bytes());
        let other = self::record("WARC-Type: conversion\r\nContent-Type: text/plain\r\n", b"xxxx");
        let text = text(&record, LIMIT).unwrap().unwrap();
        let span = Span::new;
        for cuts in [&[span(0, 9)][..], &[span(2, 3)], &[span(3, 4), span(0, 1)], &[span(0, 3), span(1, 4)]] {
            assert_eq!(edits(&record, &text, cuts).unwrap_err(), "the cuts do not fit the text");
        }
        assert!(edits(&record, &text, &[Span { start: 3, end: 1 }, span(0, 1)]).is_err());
        assert!(edits(&other, &text, &[span(0, 1)]).is_err());
    }

    #[test]
    fn digests_keep_algorithm_and_spelling() {
        let like = |value: &str| digest_like(value.as_bytes(), || [&b"a"[..], b"bc"].into_iter());
        let zeros = |length: usize| "0".repeat(length);
        let same = |value: &str| assert_eq!(like(value).as_deref(), Some(value));
        same("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5");
        same("SHA-1:vgmt4nsha2awvor6evyxqugcnsonbwe5");
        same("sha1:a9993e364706816aba3e25717850c26c9cd0d89d");
        same("sha1:A9993E364706816ABA3E25717850C26C9CD0D89D");
        same("md5:900150983cd24fb0d6963f7d28e17f72");
        same("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        same("sha-256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        for unknown in ["crc32:352441c2", "sha1:xyz", "sha1:", "sha1", "", &format!("sha1:{}", zeros(41))] {
            assert_eq!(like(unknown), None, "{unknown}");
        }
        assert!(like(&format!("sha512:{}", zeros(128))).is_some());
    }

    #[test]
    fn an_unknown_digest_goes_rather_than_being_wrong() {
        let headers = "WARC-Type: resource\r\nContent-Type: text/plain\r\n";
        let before =
            record(&format!("{headers}WARC-Block-Digest: crc32:0\r\nWARC-Payload-Digest: blake3:0\r\n"), b"aJUNK");
        cut_to(&before, &record(headers, b"a"));
    }

    #[test]
    fn a_response_is_written_plain() {
        let packed = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: x\r\nContent-Type: text/plain\r\n\
            content-encoding: gzip\r\n\r\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"one JUNKtwo\xff").unwrap();
        let gzip = gzip.finish().unwrap();
        let chunked = [format!("{:x}\r\n", gzip.len()).as_bytes(), &gzip, b"\r\n0\r\n\r\n"].concat();
        let plain = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n";
        cut_to(&response(packed, &chunked), &response(plain, b"one two\xff"));
        // The crawler undid the codings and left the headers.
        cut_to(&response(packed, b"one JUNKtwo\xff"), &response(plain, b"one two\xff"));
        let counted = |length| format!("HTTP/1.0 200\ncontent-length:{length}\nContent-Type: text/plain\n\n");
        cut_to(&response(&counted(11), b"one JUNKtwo"), &response(&counted(7), b"one two"));
        let uncounted = counted(7).replace(":7", ":");
        cut_to(&response(&uncounted, b"one JUNKtwo"), &response(&counted(7), b"one two"));
        let html = "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n";
        let added = "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 0\n\n";
        cut_to(&response(html, b"JUNK"), &response(added, b""));
        let why = text(&response(packed, &chunked), 5).unwrap_err();
        assert_eq!(why, "the body unpacks to more than 5 bytes");
        let why = text(&response(packed, &chunked[..20]), LIMIT).unwrap_err();
        assert!(why.contains("chunks break off"), "{why}");
    }

    #[test]
    fn headers_about_the_bytes_that_were_go() {
        let headers = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-MD5: AA==\r\ndigest: SHA-256=AA==\r\nServer: x\r\n\
            Content-Digest: sha-256=:AA==:\r\nRepr-Digest: sha-256=:AA==:\r\nTrailer: Expires\r\nContent-Type: text/plain\r\n\
            Transfer-Encoding: chunked\r\n\r\n";
        let plain = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n";
        cut_to(&response(headers, b"5\r\naJUNK\r\n0\r\nExpires: 0\r\n\r\n"), &response(plain, b"a"));
    }

    #[test]
    fn other_charsets_are_written_back() {
        let of = |charset: &str, block: &[u8]| {
            record(&format!("WARC-Type: resource\r\nContent-Type: text/plain; charset={charset}\r\n"), block)
        };
        for (charset, before, after) in [
            ("iso-8859-1", &b"K\xf6nigJUNK \x81\xdf"[..], &b"K\xf6nig \x81\xdf"[..]),
            ("windows-1251", b"\xcf\xf0JUNK\xe8", b"\xcf\xf0\xe8"),
            ("gbk", b"\xc4\xe3JUNK\xba\xc3", b"\xc4\xe3\xba\xc3"),
            ("Shift_JIS", b"\x93\xfaJUNK\x96\x7b", b"\x93\xfa\x96\x7b"),
            ("iso-2022-jp", b"\x1b$BF|\x1b(BJUNK\x1b$BK\\\x1b(B.", b"\x1b$BF|\x1b(B\x1b$BK\\\x1b(B."),
            ("no-such", "éJUNK".as_bytes(), "é".as_bytes()),
            ("utf8", b"\xffJUNK", b"\xff"),
            ("us-ascii", b"aJUNK", b"a"),
            ("iso-8859-1", b"\xef\xbb\xbf\xc3\xa9JUNK", b"\xef\xbb\xbf\xc3\xa9"),
        ] {
            cut_to(&of(charset, before), &of(charset, after));
        }
        for (charset, block, why) in [
            ("utf-16", &b"a\0b\0"[..], "UTF-16LE, which is not written"),
            ("utf-8", b"\xff\xfea\0", "UTF-16LE, which is not written"),
            ("no-such", b"\xff", "`no-such` is unknown"),
            ("iso-2022-kr", b"x", "not written"),
            ("gbk", b"\xc4\xff", "but is not"),
            // A double escape says nothing and would not come back.
            ("iso-2022-jp", b"\x1b(B\x1b(Ba", "but is not"),
            ("iso-2022-jp", b"\x1b(Ba", "would not read the same"),
            ("big5", b"\x88\x62", "would not read the same"),
        ] {
            let record = of(charset, block);
            let found = text(&record, LIMIT).unwrap_err();
            assert!(found.contains(why), "{charset}: {found}");
        }
    }

    #[test]
    fn broken_bytes_make_no_panic_and_lose_nothing() {
        let file = [
            record(
                "WARC-Type: conversion\r\nContent-Type: text/plain\r\nWARC-Block-Digest: sha1:0\r\n",
                b"a JUNK \xff",
            ),
            response(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n",
                b"5\r\nJUNKa\r\n0\r\n\r\n",
            ),
            record("WARC-Type: resource\r\nContent-Type: text/plain; charset=gbk\r\n", b"\xc4\xe3JUNK"),
        ];
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for _ in 0..20_000 {
            let mut bytes = file.concat();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes.truncate(at.max(1)),
                    1 => drop(bytes.remove(at)),
                    2 => bytes[at] = b"\r\n:;0 9\0\xff"[random(9)],
                    _ => bytes.insert(at, b"\r\n:;0 9\0\xff"[random(9)]),
                }
                if bytes.is_empty() {
                    bytes.push(0);
                }
            }
            let (ended, out) = read(&bytes, [100, LIMIT][random(2)]);
            match ended {
                Ok(_) => assert_eq!(out, bytes),
                Err(_) => assert!(bytes.starts_with(&out)),
            }
            let mut reader = &bytes[..];
            let mut one = Vec::new();
            while let Ok(Next::Record) = next(&mut reader, LIMIT, &mut one) {
                if let Ok(Some(text)) = text(&one, LIMIT) {
                    let whole = edits(&one, &text, &[Span::new(0, text.text.len())]).unwrap();
                    let emptied = apply(&one, &whole);
                    assert!(self::text(&emptied, LIMIT).unwrap().unwrap().text.is_empty());
                }
                one.clear();
            }
        }
    }
}
