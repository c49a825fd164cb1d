//! HTTP as crawls store it: a head of header lines whose places are known, and a body whose codings are undone.
//!
//! The head's lines are found as leniently as browsers find them, since nothing of them is rewritten but what a cut
//! makes untrue. The same lines make up the head of a WARC record.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// The longest head of a response, in bytes; servers and browsers stop far below.
const LONGEST_HEAD: usize = 1 << 18;

/// More codings than this on top of each other are nobody's way to send a page.
const MOST_CODINGS: usize = 4;

/// The largest window of Zstandard that is made room for, as a power of two: its command line's limit.
const ZSTD_WINDOW: u32 = 27;

/// One header line. All ranges are bytes of what was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The name, without the colon; empty where a line has no colon.
    pub name: Range<usize>,
    /// The value without the blanks around it; of a folded header from the first line to the last.
    pub value: Range<usize>,
    /// All of it, line break and folded lines included.
    pub whole: Range<usize>,
}

/// A first line, header lines and an empty line. All ranges are bytes of what was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The first line, with its line break.
    pub first: Range<usize>,
    /// The header lines, in their order.
    pub lines: Vec<Line>,
    /// The empty line that ends the head: nothing but its line break. What follows starts at its end.
    pub empty: Range<usize>,
}

impl Head {
    /// Finds the lines of the head that begins at byte `start`; `None` if no empty line ends it.
    pub fn parse(bytes: &[u8], start: usize) -> Option<Head> {
        let first = line_at(bytes, start)?;
        let mut lines: Vec<Line> = Vec::new();
        let mut at = first.end;
        loop {
            let whole = line_at(bytes, at)?;
            at = whole.end;
            let content = bytes.get(whole.clone())?;
            match (lines.last_mut(), content) {
                (_, b"\n" | b"\r\n") => return Some(Head { first, lines, empty: whole }),
                (Some(folded), [b' ' | b'\t', ..]) => {
                    folded.value = trim(bytes, folded.value.start..whole.end);
                    folded.whole.end = whole.end;
                }
                _ => {
                    let colon = content.iter().position(|byte| *byte == b':');
                    let (name, value) = match colon {
                        Some(colon) => (whole.start..whole.start + colon, whole.start + colon + 1..whole.end),
                        None => (whole.start..whole.start, whole.clone()),
                    };
                    lines.push(Line { name: trim(bytes, name), value: trim(bytes, value), whole });
                }
            }
        }
    }

    /// The header lines of this name, in whatever case it stands; `bytes` are those that were parsed.
    pub fn named<'h>(&'h self, bytes: &'h [u8], name: &'h str) -> impl Iterator<Item = &'h Line> {
        self.lines.iter().filter(move |line| {
            bytes.get(line.name.clone()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        })
    }

    /// The value of the last header of this name; `bytes` are those that were parsed.
    pub fn value<'b>(&self, bytes: &'b [u8], name: &str) -> Option<&'b [u8]> {
        let line = self.named(bytes, name).last()?;
        bytes.get(line.value.clone())
    }

    /// How the head's lines end.
    pub fn line_break(&self, bytes: &[u8]) -> &'static str {
        if bytes.get(self.first.clone()).is_some_and(|first| first.ends_with(b"\r\n")) { "\r\n" } else { "\n" }
    }
}

/// The line that begins at byte `start`, with its break; `None` if no break ends it.
fn line_at(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let length = bytes.get(start..)?.iter().position(|byte| *byte == b'\n')?;
    Some(start..start + length + 1)
}

/// The range without white space at its ends; of nothing but white space, its start.
fn trim(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let content = bytes.get(range.clone()).unwrap_or_default().trim_ascii_end();
    let start = range.start + (content.len() - content.trim_ascii_start().len());
    start..range.start + content.len()
}

/// The head of the response that begins at byte `start` of `bytes`; `None` if it ends without a body.
///
/// # Errors
///
/// A sentence that says what is wrong: no status line, or a head of more than 256 KiB.
pub fn response(bytes: &[u8], start: usize) -> Result<Option<Head>, String> {
    let all = bytes.get(start..).unwrap_or_default();
    if !all.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"HTTP/")) {
        return Err("the block does not begin with an HTTP status line".to_owned());
    }
    let end = start + all.len().min(LONGEST_HEAD);
    let head = Head::parse(bytes.get(..end).unwrap_or_default(), start);
    if head.is_none() && all.len() > LONGEST_HEAD {
        return Err("the HTTP head is longer than 256 KiB".to_owned());
    }
    Ok(head)
}

/// The value of a `Content-Type` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// The media type, in whatever case it stands; empty if it is no UTF-8.
    pub media: &'a str,
    /// The parameter `charset`, without quotes; `None` if there is none or it is empty.
    pub charset: Option<&'a str>,
}

impl<'a> ContentType<'a> {
    /// Splits the value.
    pub fn parse(value: &'a [u8]) -> Self {
        let mut parts = std::str::from_utf8(value).unwrap_or_default().split(';');
        let media = parts.next().unwrap_or_default().trim();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).trim())
        });
        ContentType { media, charset: charset.filter(|charset| !charset.is_empty()) }
    }

    /// Whether it is this media type.
    pub fn is(&self, media: &str) -> bool {
        self.media.eq_ignore_ascii_case(media)
    }
}

/// Undoes the codings that the head declares; `bytes` are those that the head was parsed from.
///
/// Crawlers often undo codings themselves and leave the headers: a body that a coding does not fit and that reads as
/// text is taken as it is. Borrowed if nothing was to be undone.
///
/// # Errors
///
/// A sentence that says what is wrong: an unknown coding, a broken body, or one of more than `limit` bytes.
pub fn plain_body<'b>(head: &Head, bytes: &[u8], body: &'b [u8], limit: usize) -> Result<Cow<'b, [u8]>, String> {
    let codings = codings(head, bytes);
    if codings.len() > MOST_CODINGS {
        return Err(format!("the body is coded {} times over; {MOST_CODINGS} are read", codings.len()));
    }
    let mut plain = Cow::Borrowed(body);
    for coding in codings.iter().rev() {
        if let Some(undone) = undo(coding, &plain, limit)? {
            plain = Cow::Owned(undone);
        }
    }
    Ok(plain)
}

/// The headers that say how a body is coded, in the order in which the codings were applied.
pub const CODED_BY: [&str; 2] = ["Content-Encoding", "Transfer-Encoding"];

/// The headers that are about the very bytes of a body, or about lines behind it: untrue once anything is cut.
pub const OF_THE_BYTES: [&str; 6] = ["ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Trailer"];

fn codings(head: &Head, bytes: &[u8]) -> Vec<String> {
    let values = CODED_BY.iter().flat_map(|name| head.named(bytes, name));
    let values = values.map(|line| String::from_utf8_lossy(bytes.get(line.value.clone()).unwrap_or_default()));
    let mut codings = Vec::new();
    for value in values {
        let named = value.split(',').map(|coding| coding.trim().to_ascii_lowercase());
        codings.extend(named.filter(|coding| !matches!(coding.as_str(), "" | "identity")));
    }
    codings
}

/// Why a body could not be unpacked.
enum Failure {
    /// It is not what it is said to be.
    Broken,
    /// It unpacks to more bytes than the limit.
    TooLong,
}

/// The body without the coding; `None` if it was not coded so in truth.
fn undo(coding: &str, body: &[u8], limit: usize) -> Result<Option<Vec<u8>>, String> {
    if coding == "chunked" {
        return dechunk(body);
    }
    // What packs writes control characters nearly at once; text has none.
    if body.is_empty() || (no_controls(body) && std::str::from_utf8(body).is_ok()) {
        return Ok(None);
    }
    let unpacked = match coding {
        "gzip" | "x-gzip" => gunzip(body, limit),
        "deflate" => match read(ZlibDecoder::new(body), limit) {
            // Said to be zlib's wrapping, but many servers leave it away.
            Err(Failure::Broken) => read(DeflateDecoder::new(body), limit),
            done => done,
        },
        "br" => unbrotli(body, limit),
        "zstd" => unzstd(body, limit),
        _ if no_controls(body) => return Ok(None),
        _ => return Err(format!("the body's coding `{}` is unknown", coding.escape_debug())),
    };
    match unpacked {
        Ok(unpacked) => Ok(Some(unpacked)),
        Err(Failure::TooLong) => Err(format!("the body unpacks to more than {limit} bytes")),
        // Text in a charset other than UTF-8.
        Err(Failure::Broken) if no_controls(body) => Ok(None),
        Err(Failure::Broken) => Err(format!("the body is said to be {coding}, but does not unpack")),
    }
}

/// Whether the bytes could be text in a charset that extends ASCII, or in one that switches by escapes.
fn no_controls(body: &[u8]) -> bool {
    body.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b) || !byte.is_ascii_control())
}

/// All that a decoder gives, if that is not more than `limit` bytes.
fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let most = (limit as u64).saturating_add(1);
    let done = decoder.take(most).read_to_end(&mut out);
    match done {
        _ if out.len() > limit => Err(Failure::TooLong),
        Ok(_) => Ok(out),
        Err(_) => Err(Failure::Broken),
    }
}

/// Every member of a gzip stream; what follows the last one is padding that browsers pass over too.
fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut left = body;
    loop {
        let mut member = GzDecoder::new(left);
        out.append(&mut read(&mut member, limit - out.len())?);
        left = member.into_inner();
        if !left.starts_with(&[0x1f, 0x8b]) {
            return Ok(out);
        }
    }
}

fn unbrotli(body: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut decoder = Decompressor::new(body, 1 << 12);
    // Windows of up to a gigabyte are no part of the content coding; three bytes could ask for that much memory.
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    read(decoder, limit)
}

fn unzstd(body: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_| Failure::Broken)?;
    decoder.window_log_max(ZSTD_WINDOW).map_err(|_| Failure::Broken)?;
    read(decoder, limit)
}

/// The body without its chunks; `None` if it does not begin with one.
fn dechunk(body: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let broken = |left: &[u8]| Err(format!("the body's chunks break off at its byte {}", body.len() - left.len()));
    let mut out = Vec::new();
    let mut left = body;
    loop {
        let Some((size, rest)) = chunk_size(left) else {
            return if left.len() == body.len() { Ok(None) } else { broken(left) };
        };
        if size == 0 {
            return if trailers_only(rest) { Ok(Some(out)) } else { broken(rest) };
        }
        let Some((chunk, rest)) = usize::try_from(size).ok().and_then(|size| rest.split_at_checked(size)) else {
            return broken(left);
        };
        out.extend_from_slice(chunk);
        let Some(rest) = rest.strip_prefix(b"\r\n") else { return broken(rest) };
        left = rest;
    }
}

/// The size that a chunk begins with, and what follows its line.
fn chunk_size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let line = bytes.iter().take(1 << 10).position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(line + 1)?;
    // A bare line feed is no end of this line: text whose first line is `dad` is not a chunk.
    let line = line.strip_suffix(b"\r\n")?;
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    // `from_str_radix` takes a sign, chunks do not.
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((size, rest))
}

/// Whether nothing follows the last chunk but trailer lines and an empty line, which some servers leave away.
fn trailers_only(rest: &[u8]) -> bool {
    let lines = rest.split_inclusive(|byte| *byte == b'\n');
    lines.skip_while(|line| line.contains(&b':')).all(|line| line.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;

    const TEXT: &[u8] = b"The faculty moves to the new building in May. The faculty moves to the new building in May.";
    const LIMIT: usize = 1 << 20;

    fn plain(headers: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
        let parsed = response(head.as_bytes(), 0)?.ok_or("no head")?;
        plain_body(&parsed, head.as_bytes(), body, LIMIT).map(Cow::into_owned)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn header_lines_are_found_however_they_are_written() {
        let bytes = b"xxHTTP/1.1 200\nA: one\n\ttwo \r\nno colon\nb : \n: c\r\n\r\nbody";
        let head = Head::parse(bytes, 2).unwrap();
        assert_eq!(head.value(bytes, "a"), Some(&b"one\n\ttwo"[..]));
        assert_eq!(head.value(bytes, "B"), Some(&b""[..]));
        assert_eq!(&bytes[head.lines[2].value.start..], b" \n: c\r\n\r\nbody");
        assert_eq!(head.value(bytes, ""), Some(&b"c"[..]));
        assert_eq!(&bytes[head.lines[0].whole.clone()], b"A: one\n\ttwo \r\n");
        assert_eq!(&bytes[head.empty.end..], b"body");
        assert_eq!(Head::parse(b"HTTP/1.1 200\r\nA: b\r\n", 0), None);
        assert_eq!(Head::parse(b"", 7), None);
    }

    #[test]
    fn content_types_are_split() {
        let of = |value: &'static str| ContentType::parse(value.as_bytes());
        assert_eq!(of("text/plain"), ContentType { media: "text/plain", charset: None });
        assert_eq!(of("Text/PLAIN ;q=1; Charset=\"GBK\"").charset, Some("GBK"));
        assert!(of(" Text/PLAIN;charset=").is("text/plain"));
        assert_eq!(of("text/plain; charset=").charset, None);
        assert_eq!(ContentType::parse(b"text/plain\xff").media, "");
    }

    #[test]
    fn codings_are_undone() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(TEXT).unwrap();
        let two_members = [gzip(&TEXT[..20]), gzip(&TEXT[20..])].concat();
        let padded = [gzip(TEXT), vec![0; 100]].concat();
        for (coding, body) in [
            ("gzip", gzip(TEXT)),
            ("x-gzip", two_members),
            ("GZIP", padded),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("zstd", zstd::stream::encode_all(TEXT, 3).unwrap()),
            ("gzip, identity, zstd", zstd::stream::encode_all(&gzip(TEXT)[..], 3).unwrap()),
        ] {
            assert_eq!(plain(&format!("Content-Encoding: {coding}\r\n"), &body).as_deref(), Ok(TEXT), "{coding}");
        }
        // One byte of window bits, one uncompressed block of three bytes, one empty last block.
        assert_eq!(plain("Content-Encoding: br\r\n", b"\x0b\x01\x80abc\x03").as_deref(), Ok(&b"abc"[..]));
    }

    #[test]
    fn declared_codings_that_are_not_there_leave_the_body() {
        for coding in ["gzip", "deflate", "br", "zstd", "utf-8", "gzip, br"] {
            let headers = format!("Content-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n");
            assert_eq!(plain(&headers, TEXT).as_deref(), Ok(TEXT), "{coding}");
            assert_eq!(plain(&headers, b"").as_deref(), Ok(&b""[..]), "{coding}");
            let latin = b"K\xf6nig und Stra\xdfe in einem langen deutschen Text";
            assert_eq!(plain(&headers, latin).as_deref(), Ok(&latin[..]), "{coding}");
        }
        assert!(plain("Content-Encoding: gzip\r\n", b"\0\x01\x02").unwrap_err().contains("does not unpack"));
        assert!(plain("Content-Encoding: gzip\r\n", &gzip(TEXT)[..40]).unwrap_err().contains("does not unpack"));
        assert!(plain("Content-Encoding: sdch\r\n", b"\0\x01\x02").unwrap_err().contains("`sdch` is unknown"));
        assert!(plain("Content-Encoding: gzip,gzip,gzip,gzip,gzip\r\n", b"").unwrap_err().contains("5 times"));
    }

    #[test]
    fn chunks_are_joined() {
        let chunked = |body: &[u8]| plain("Transfer-Encoding: chunked\r\n", body);
        for body in [
            "3\r\nabc\r\n0\r\n\r\n",
            "1;x=y\r\na\r\n02 \r\nbc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\n",
            "3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n\r\n",
        ] {
            assert_eq!(chunked(body.as_bytes()).as_deref(), Ok(&b"abc"[..]), "{body}");
        }
        for body in ["abc", "dad\nand son", "+3\r\nabc\r\n0\r\n\r\n", "-1\r\n", "\r\n", "11111111111111111\r\na"] {
            assert_eq!(chunked(body.as_bytes()).as_deref(), Ok(body.as_bytes()));
        }
        for body in [
            "4\r\nabc\r\n0\r\n\r\n",
            "2\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc",
            "3\r\nabc\r\n",
            "3\r\nabc\r\nzz\r\n",
            "ffffffffffffffff\r\nabc",
            "3\r\nabc\r\n0\r\n\r\nmore",
        ] {
            assert!(chunked(body.as_bytes()).unwrap_err().contains("break off"), "{body}");
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let zeros = vec![0; 50 << 20];
        for (coding, body) in [("gzip", gzip(&zeros)), ("zstd", zstd::stream::encode_all(&zeros[..], 3).unwrap())] {
            let why = plain(&format!("Content-Encoding: {coding}\r\n"), &body).unwrap_err();
            assert_eq!(why, "the body unpacks to more than 1048576 bytes");
        }
        let members: Vec<u8> = std::iter::repeat_n(gzip(&[0; 1000]), 2000).flatten().collect();
        assert!(plain("Content-Encoding: gzip\r\n", &members).unwrap_err().contains("more than"));
        // A window of 2^30 bytes with nothing in it, which decoders of large windows read.
        assert!(plain("Content-Encoding: br\r\n", b"\x11\xde").unwrap_err().contains("does not unpack"));
        let exact = gzip(&vec![b'a'; LIMIT]);
        assert_eq!(plain("Content-Encoding: gzip\r\n", &exact).map(|body| body.len()), Ok(LIMIT));
    }
}
