//! JSON Lines: one object a line. Only the text field's value is rewritten; everything else stays byte for byte,
//! number spellings, key order and blanks included.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// What dechaff needs of one line.
#[derive(Debug)]
pub struct Fields<'a> {
    /// The document's text, unescaped.
    pub text: Cow<'a, str>,
    /// The record's own id, if it has one.
    pub id: Option<String>,
    /// The page's title, if the record has it as a string.
    pub title: Option<Cow<'a, str>>,
    /// The page's URL, if the record has it as a string.
    pub url: Option<Cow<'a, str>>,
    /// Where the text's JSON string stands in the line, quotes included.
    value: Range<usize>,
    /// Where the value of the annotation field stands, if the record has one already.
    annotation: Option<Range<usize>>,
}

/// The field that `--annotate` adds.
pub const ANNOTATION: &str = "dechaff";

/// What the fields of a record are called.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The text; every record has it.
    pub text: &'a str,
    /// The record's id.
    pub id: &'a str,
    /// The page's title.
    pub title: &'a str,
    /// The page's URL or host.
    pub url: &'a str,
}

impl Default for Names<'_> {
    fn default() -> Self {
        Names { text: "text", id: "id", title: "title", url: "url" }
    }
}

/// Reads what dechaff needs of a line.
///
/// # Errors
///
/// A sentence that says what is wrong with the line and what to do.
pub fn fields<'a>(line: &'a str, called: &Names) -> Result<Fields<'a>, String> {
    let text_field = called.text;
    let Object(members) = serde_json::from_str(line).map_err(|why| format!("not a JSON object: {why}"))?;
    // Of a repeated key the last counts, as in nearly every JSON reader.
    let member = |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
    let range = |value: &RawValue| {
        let start = value.get().as_ptr() as usize - line.as_ptr() as usize;
        start..start + value.get().len()
    };
    let Some(text) = member(text_field) else {
        let mut names: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        names.truncate(8);
        return Err(format!("no field `{text_field}`; the record has {}: name one with --field", names.join(", ")));
    };
    let Text(unescaped) = serde_json::from_str(text.get())
        .map_err(|_| format!("field `{text_field}` is not a string: name another with --field"))?;
    let id = member(called.id).map(|id| match serde_json::from_str::<String>(id.get()) {
        Ok(id) => id,
        Err(_) => id.get().to_owned(),
    });
    let string = |name: &str| {
        let value: Option<Text> = member(name).and_then(|value| serde_json::from_str(value.get()).ok());
        value.map(|Text(text)| text)
    };
    let (title, url) = (string(called.title), string(called.url));
    Ok(Fields { text: unescaped, id, title, url, value: range(text), annotation: member(ANNOTATION).map(range) })
}

/// The line with another text and, if given, with the annotation field set to a JSON value.
pub fn rewrite(line: &str, fields: &Fields, text: Option<&str>, annotation: Option<&str>) -> String {
    let text = text.map(|text| serde_json::Value::from(text).to_string());
    let mut edits: Vec<(Range<usize>, &str)> = Vec::new();
    if let Some(text) = &text {
        edits.push((fields.value.clone(), text));
    }
    let added;
    if let Some(annotation) = annotation {
        match (&fields.annotation, line.rfind('}')) {
            (Some(range), _) => edits.push((range.clone(), annotation)),
            (None, Some(end)) => {
                let end = line[..end].trim_end().len();
                added = format!(",\"{ANNOTATION}\":{annotation}");
                edits.push((end..end, &added));
            }
            (None, None) => {}
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(&line[at..range.start]);
        out.push_str(new);
        at = range.end;
    }
    out.push_str(&line[at..]);
    out
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Keys and raw values in the order of the line.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

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

    #[test]
    fn only_the_text_changes() {
        let line = r#"{"n":1.50,  "text": "a\u00e9b" ,"id":7,"x":{"text":"y"}}"#;
        let fields = fields(line, &Names::default()).unwrap();
        assert_eq!((fields.text.as_ref(), fields.id.as_deref()), ("aéb", Some("7")));
        assert_eq!(rewrite(line, &fields, Some("ab"), None), r#"{"n":1.50,  "text": "ab" ,"id":7,"x":{"text":"y"}}"#);
        assert_eq!(
            rewrite(line, &fields, None, Some("{}")),
            r#"{"n":1.50,  "text": "a\u00e9b" ,"id":7,"x":{"text":"y"},"dechaff":{}}"#
        );
    }

    #[test]
    fn mistakes_say_what_to_do() {
        assert!(fields("{", &Names::default()).unwrap_err().starts_with("not a JSON object"));
        assert!(fields("[1]", &Names::default()).unwrap_err().starts_with("not a JSON object"));
        assert!(fields(r#"{"body":"x"}"#, &Names::default()).unwrap_err().contains("the record has body"));
        assert!(fields(r#"{"text":5}"#, &Names::default()).unwrap_err().contains("not a string"));
    }
}
