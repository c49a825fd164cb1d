//! `--report`: one page that a person opens to look at what was cut. It loads nothing, and page text cannot break out of
//! its data: see the policy in `page.html`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::output::Atomic;
use crate::tally::{Count, Example, Tally, largest};

/// The parts of the page. Lines end in `\n`: a browser reads `\r\n` so, and then the hashes would not fit.
const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("report.js");

/// Names that each chart shows; the others are summed.
const NAMES: usize = 100;

#[derive(Serialize)]
struct Data<'a> {
    v: u32,
    made: String,
    command: String,
    ruleset: &'a str,
    input: Vec<String>,
    totals: Totals,
    themes: Vec<Bar<'a>>,
    languages: Vec<Bar<'a>>,
    rules: Vec<Bar<'a>>,
    hosts: Vec<Bar<'a>>,
    examples: Vec<&'a Example>,
    examples_of: Of,
}

#[derive(Serialize)]
struct Totals {
    documents: u64,
    clean: u64,
    cleaned: u64,
    junk: u64,
    bytes: u64,
    cut_bytes: u64,
    segments: u64,
    set_aside: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct Bar<'a> {
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<usize>,
    #[serde(flatten)]
    count: Count,
}

#[derive(Serialize)]
struct Of {
    shown: usize,
    all: u64,
}

/// Writes the page.
pub fn write(path: &Path, tally: &Tally, took: Duration, ruleset: &str, input: &[PathBuf]) -> Result<()> {
    let examples: Vec<&Example> = tally.examples().collect();
    let bars = |counts| {
        let (largest, rest): (Vec<(&str, Count)>, _) = largest(counts, NAMES);
        let names = counts.len().saturating_sub(NAMES);
        let mut bars: Vec<Bar> =
            largest.into_iter().map(|(name, count)| Bar { name: Some(name), names: None, count }).collect();
        bars.extend(rest.map(|count| Bar { name: None, names: Some(names), count }));
        bars
    };
    let data = Data {
        v: 1,
        made: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        command: std::env::args().collect::<Vec<_>>().join(" "),
        ruleset,
        input: input.iter().map(|path| path.display().to_string()).collect(),
        totals: Totals {
            documents: tally.documents,
            clean: tally.clean,
            cleaned: tally.cleaned,
            junk: tally.junk,
            bytes: tally.bytes,
            cut_bytes: tally.cut_bytes,
            segments: tally.segments,
            set_aside: tally.set_aside,
            seconds: took.as_secs_f64(),
        },
        themes: bars(&tally.themes),
        languages: bars(&tally.languages),
        rules: bars(&tally.rules),
        hosts: bars(&tally.hosts),
        examples_of: Of { shown: examples.len(), all: tally.segments },
        examples,
    };
    let mut file = Atomic::create(path)?;
    file.write(page(&serde_json::to_string(&data)?).as_bytes())?;
    file.keep()
}

/// The page around `json`. Only the template's own placeholders are filled: page text may contain some, too.
fn page(json: &str) -> String {
    let mut out = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + json.len() + json.len() / 8);
    let mut pieces = PAGE.split("{{");
    out.extend(pieces.next());
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or(("", piece));
        match name {
            "STYLE" => out.push_str(STYLE),
            "SCRIPT" => out.push_str(SCRIPT),
            "STYLE_HASH" => out.push_str(&hash(STYLE)),
            "SCRIPT_HASH" => out.push_str(&hash(SCRIPT)),
            "DATA" => escape(json, &mut out),
            other => debug_assert!(false, "a placeholder that nothing fills: {other}"),
        }
        out.push_str(rest);
    }
    out
}

/// As the page's policy names what may run.
fn hash(inline: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(inline.as_bytes())))
}

/// Adds JSON so that it can stand inside a script element: these signs occur within its strings only.
fn escape(json: &str, out: &mut String) {
    for sign in json.chars() {
        match sign {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_text_cannot_break_out() {
        for sign in ["</script", "<!--", "innerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(sign), "{sign}");
        }
        assert!(!STYLE.contains("</style") && !format!("{PAGE}{STYLE}{SCRIPT}").contains('\r'));
        let scripts = |json: &str| page(json).matches("<script").count();
        let hostile = r#"{"x":"</script><script>alert(1)</script><!-- {{SCRIPT}} {{DATA}} &lt; "}"#;
        assert_eq!(scripts(hostile), scripts("{}"));
        assert_eq!(page(hostile).matches(SCRIPT).count(), 1);
    }
}
