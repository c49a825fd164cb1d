//! JSON Lines: one object a line. Only what is cut out of a text changes; everything else stays byte for byte, number
//! spellings, escapes, key order and blanks included.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::names::Names;
use super::record::{Edit, Field, Record};
use crate::document::Span;

/// The field that `--annotate` adds.
pub const ANNOTATION: &str = "dechaff";

/// A line that was read.
#[derive(Debug)]
pub struct Line<'a> {
    /// Its texts, and what is known of them.
    pub record: Record<'a>,
    /// Where each text's JSON string stands in the line, quotes included.
    values: Vec<Range<usize>>,
    /// Where the value of the annotation stands, if the record has one already.
    annotation: Option<Range<usize>>,
}

/// Reads what dechaff needs of a line.
///
/// # Errors
///
/// A sentence that says what is wrong with the line and what to do.
pub fn read<'a>(line: &'a str, names: &'a Names) -> Result<Line<'a>, String> {
    // A mark at the start of the file belongs to no record, but stays where it is.
    let object = line.strip_prefix('\u{feff}').unwrap_or(line);
    let whole: Object = serde_json::from_str(object).map_err(|why| no_object(object, &why))?;
    let place = |value: &RawValue| {
        let start = value.get().as_ptr() as usize - line.as_ptr() as usize;
        start..start + value.get().len()
    };
    let (mut fields, mut values) = (Vec::new(), Vec::new());
    for name in names.texts() {
        let Some(value) = whole.at(name) else { continue };
        // A text that is null is no text; the others of the record count.
        if value.get() == "null" {
            continue;
        }
        for value in strings(value).ok_or_else(|| no_string(name))? {
            let Text(text) = serde_json::from_str(value.get()).map_err(|_| half_pair(name))?;
            fields.push(Field { name, text });
            values.push(place(value));
        }
        if !names.wants_all() {
            break;
        }
    }
    if fields.is_empty() && !names.texts().any(|name| whole.at(name).is_some()) {
        let called: Vec<&str> = names.texts().collect();
        let has: Vec<&str> = whole.0.iter().map(|(key, _)| key.as_ref()).take(8).collect();
        let called = called.join("`, `");
        return Err(match has.is_empty() {
            true => format!("no field `{called}`: the record has no fields at all"),
            false => format!("no field `{called}`; the record has {}: name one with --field", has.join(", ")),
        });
    }
    let string = |names: &'a [String]| {
        let value = names.iter().find_map(|name| whole.at(name))?;
        serde_json::from_str(value.get()).ok().map(|Text(text)| text)
    };
    let id = names.ids.iter().find_map(|name| whole.at(name)).filter(|id| id.get() != "null").map(|id| {
        match serde_json::from_str(id.get()) {
            Ok(Text(id)) => id,
            Err(_) => Cow::Borrowed(id.get()),
        }
    });
    let record = Record { fields, id, title: string(&names.titles), url: string(&names.urls) };
    Ok(Line { record, values, annotation: whole.at(ANNOTATION).map(place) })
}

/// The strings of a value: itself, or the elements of a list, without those that are null. `None` if it is neither.
fn strings(value: &RawValue) -> Option<Vec<&RawValue>> {
    let is_string = |value: &RawValue| value.get().starts_with('"');
    if is_string(value) {
        return Some(vec![value]);
    }
    let mut all: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    all.retain(|value| value.get() != "null");
    all.iter().all(|value| is_string(value)).then_some(all)
}

fn no_string(name: &str) -> String {
    format!("field `{name}` is not a string, nor a list of strings: name another with --field")
}

/// All of the line was read as JSON: nothing else can be wrong with a string of it.
fn half_pair(name: &str) -> String {
    format!("field `{name}` has half of a surrogate pair, as \\ud800, which is no character: write it as \\ufffd")
}

fn no_object(line: &str, why: &serde_json::Error) -> String {
    match line.trim_start().starts_with('[') {
        true => format!("not a JSON object but a list: {EACH_A_LINE}"),
        false => format!("not a JSON object: {why}"),
    }
}

/// What to do with JSON that is not in lines.
const EACH_A_LINE: &str = "write each record in a line of its own, e.g. with jq -c '.[]'";

/// Whether a file that begins so holds one JSON value over several lines, instead of one record a line: what to do then.
pub fn is_document(start: &[u8]) -> Option<String> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    // A pipe may have given no more than a few bytes so far.
    let line = match memchr::memchr(b'\n', start) {
        Some(end) => start[..end].trim_ascii(),
        None if start.len() >= 1 << 12 => start,
        None => return None,
    };
    let whole = || serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    match line {
        b"{" => Some("one JSON object over several lines: write it in a line of its own, e.g. with jq -c .".to_owned()),
        [b'[', ..] if !whole() => Some(format!("one JSON list instead of one record a line: {EACH_A_LINE}")),
        _ => None,
    }
}

impl Line<'_> {
    /// What changes in the line when these bytes of a text are cut: the same characters as the line spells them.
    pub fn cut(&self, line: &str, field: usize, cuts: &[Span]) -> Vec<Edit> {
        let (Some(value), Some(text)) = (self.values.get(field), self.record.fields.get(field)) else {
            return Vec::new();
        };
        let inner = value.start + 1..value.end - 1;
        let mut spelled = Spelled { raw: &line.as_bytes()[inner.clone()], raw_at: 0, text_at: 0 };
        // Without escapes the text is the line's own.
        let plain = matches!(text.text, Cow::Borrowed(_));
        let mut at = |offset: usize| inner.start + if plain { offset } else { spelled.raw_of(offset) };
        cuts.iter().map(|cut| Edit::cut(at(cut.start)..at(cut.end))).collect()
    }

    /// What changes in the line when the annotation is this JSON value.
    pub fn annotate(&self, line: &str, annotation: &str) -> Option<Edit> {
        match (&self.annotation, line.rfind('}')) {
            (Some(range), _) => Some(Edit { range: range.clone(), new: annotation.as_bytes().to_vec() }),
            (None, Some(end)) => {
                let end = line[..end].trim_end().len();
                Some(Edit { range: end..end, new: format!(",\"{ANNOTATION}\":{annotation}").into_bytes() })
            }
            (None, None) => None,
        }
    }
}

/// The inside of a JSON string that was read without a fault, and how far it was walked. Offsets are asked for in rising
/// order.
struct Spelled<'a> {
    raw: &'a [u8],
    raw_at: usize,
    text_at: usize,
}

impl Spelled<'_> {
    /// Where the character at this byte of the unescaped text is spelled.
    fn raw_of(&mut self, offset: usize) -> usize {
        while self.text_at < offset && self.raw_at < self.raw.len() {
            let (raw, text) = match self.raw[self.raw_at..] {
                [b'\\', b'u', ..] => self.unicode(),
                [b'\\', ..] => (2, 1),
                _ => (1, 1),
            };
            self.raw_at += raw;
            self.text_at += text;
        }
        self.raw_at
    }

    /// Bytes that a `\u` escape takes, a pair of surrogates as one, and bytes of the character.
    fn unicode(&self) -> (usize, usize) {
        let digits = self.raw.get(self.raw_at + 2..self.raw_at + 6).unwrap_or_default();
        let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(0xd800..=0xdbff) => (12, 4),
            Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
            None => (2, 1),
        }
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Keys and raw values in the order of the line.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The member of this name, or the one that a dotted path leads to. Of a repeated key the last counts, as in nearly
    /// every JSON reader.
    fn at(&self, path: &str) -> Option<&'a RawValue> {
        let member = |name: &str| self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
        member(path).or_else(|| {
            path.match_indices('.').find_map(|(dot, _)| {
                let inner: Object = serde_json::from_str(member(&path[..dot])?.get()).ok()?;
                inner.at(&path[dot + 1..])
            })
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Text(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::record::apply;

    fn cut(line: &str, names: &Names, piece: &str) -> String {
        let read = read(line, names).unwrap();
        let mut edits = Vec::new();
        for (field, text) in read.record.fields.iter().enumerate() {
            let spans: Vec<Span> =
                text.text.match_indices(piece).map(|(at, _)| Span::new(at, at + piece.len())).collect();
            edits.extend(read.cut(line, field, &spans));
        }
        edits.sort_by_key(|edit| edit.range.start);
        String::from_utf8(apply(line.as_bytes(), &edits)).unwrap()
    }

    #[test]
    fn only_what_is_cut_changes() {
        let line = r#"{"n":1.50,  "text": "a\u00e9b\/\ud83d\ude00é\"" ,"id":7,"x":{"text":"y"}}"#;
        let names = Names::default();
        let record = read(line, &names).unwrap().record;
        assert_eq!((record.fields[0].text.as_ref(), record.id.as_deref()), ("aéb/😀é\"", Some("7")));
        for (piece, left) in [
            ("b", r#"a\u00e9\/\ud83d\ude00é\""#),
            ("éb/", r#"a\ud83d\ude00é\""#),
            ("😀", r#"a\u00e9b\/é\""#),
            ("é\"", r#"a\u00e9b\/\ud83d\ude00"#),
            ("aéb/😀é\"", ""),
        ] {
            let expected = format!(r#"{{"n":1.50,  "text": "{left}" ,"id":7,"x":{{"text":"y"}}}}"#);
            assert_eq!(cut(line, &names, piece), expected, "{piece}");
        }
    }

    #[test]
    fn fields_may_be_several_and_nested() {
        let names = Names { texts: Some(vec!["title".into(), "doc.body".into(), "a.b".into()]), ..Names::default() };
        let line = r#"{"doc":{"body":"one JUNK","x":"JUNK"},"a.b":"JUNK","title":"JUNK two","url":null}"#;
        assert_eq!(
            cut(line, &names, "JUNK"),
            r#"{"doc":{"body":"one ","x":"JUNK"},"a.b":"","title":" two","url":null}"#
        );
    }

    #[test]
    fn every_element_of_a_list_is_a_text() {
        let names = Names { texts: Some(vec!["parts".into(), "text".into()]), ..Names::default() };
        for (line, expected) in [
            (
                r#"{"parts": ["a\tJUNK",null , "JUNK\u00e9"],"text":"JUNK."}"#,
                r#"{"parts": ["a\t",null , "\u00e9"],"text":"."}"#,
            ),
            (r#"{"parts":[], "text":"x"}"#, r#"{"parts":[], "text":"x"}"#),
            (r#"{"parts":[null]}"#, r#"{"parts":[null]}"#),
        ] {
            assert_eq!(cut(line, &names, "JUNK"), expected);
        }
    }

    #[test]
    fn a_mark_at_the_start_is_passed_over() {
        let line = "\u{feff}{\"text\":\"a JUNK\"}";
        assert_eq!(cut(line, &Names::default(), "JUNK"), "\u{feff}{\"text\":\"a \"}");
    }

    #[test]
    fn json_that_is_not_in_lines_is_known() {
        for start in ["[\n{\"text\":\"a\"},\n", "\u{feff} {\n  \"text\": 1\n}", "[{\"text\":\"a\"},\n{"] {
            assert!(is_document(start.as_bytes()).is_some(), "{start}");
        }
        for start in ["", "\n", "{\"text\":\n", "[1,2]\n{\"text\":1}", "{}\n", "{oops\n"] {
            assert!(is_document(start.as_bytes()).is_none(), "{start}");
        }
    }

    #[test]
    fn the_layouts_of_known_corpora_need_no_names() {
        let names = Names::default();
        for (line, text, id, url) in [
            (
                r#"{"content":"x","warc_headers":{"warc-record-id":"<u:1>","warc-target-uri":"http://a"}}"#,
                "x",
                Some("<u:1>"),
                Some("http://a"),
            ),
            (r#"{"text":"x","id":"i","metadata":{"url":"http://a"}}"#, "x", Some("i"), Some("http://a")),
            (r#"{"text":"x","timestamp":"2020","url":"http://a"}"#, "x", None, Some("http://a")),
            (r#"{"raw_content":"x","url":"http://a","digest":"sha1:A"}"#, "x", None, Some("http://a")),
        ] {
            let record = read(line, &names).unwrap().record;
            assert_eq!((record.fields[0].text.as_ref(), record.id.as_deref(), record.url.as_deref()), (text, id, url));
        }
    }

    #[test]
    fn an_annotation_is_added_or_replaced() {
        let names = Names::default();
        for (line, expected) in [
            (r#"{"text":"a" }"#, r#"{"text":"a","dechaff":{} }"#),
            (r#"{"dechaff":1,"text":"a"}"#, r#"{"dechaff":{},"text":"a"}"#),
        ] {
            let edit = read(line, &names).unwrap().annotate(line, "{}").unwrap();
            assert_eq!(apply(line.as_bytes(), &[edit]), expected.as_bytes());
        }
    }

    #[test]
    fn mistakes_say_what_to_do() {
        let names = Names::default();
        let problem = |line: &str| read(line, &names).unwrap_err();
        assert!(problem("{").starts_with("not a JSON object"));
        assert!(problem("[1]").starts_with("not a JSON object but a list: write each record"));
        assert!(problem("{}").contains("no fields at all"));
        assert!(problem(r#"{"text":"\ud800"}"#).contains("half of a surrogate pair"));
        assert!(problem(r#"{"text":["a",1]}"#).contains("nor a list of strings"));
        assert!(problem(r#"{"body":"x"}"#).contains("the record has body"));
        assert!(problem(r#"{"text":5}"#).contains("not a string"));
        assert!(read(r#"{"text":null}"#, &names).unwrap().record.fields.is_empty());
    }
}
