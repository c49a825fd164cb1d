//! Documents whose junk is known: what `eval` measures on and `learn` learns from.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dechaff::formats::{Format, compress};
use dechaff::{Outcome, Span, marked};
use serde::Deserialize;

use crate::args::Part;
use crate::commands::Status;
use crate::pieces::{self, Piece};
use crate::print;
use crate::source;

/// A document and the truth about it.
pub struct Case {
    pub name: String,
    pub text: String,
    pub gold: Vec<Span>,
    pub outcome: Outcome,
    /// `shape/position/language/theme`, as far as it is known.
    pub group: String,
}

impl Case {
    /// One part of the group; empty if it is not known.
    pub fn part(&self, part: Part) -> &str {
        self.group.split('/').nth(part as usize).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    id: Option<serde_json::Value>,
    text: String,
    gold: Vec<(usize, usize)>,
    #[serde(default)]
    verdict: Option<Outcome>,
    #[serde(default)]
    group: Option<String>,
}

/// All cases of the paths; what cannot be read is named, and the others count.
pub fn read_all(paths: &[PathBuf], status: &mut Status) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let sources = source::sources(paths, &[], |message| {
        status.failed = true;
        print::problem(format_args!("{message}"));
    });
    for source in sources {
        let path = source.path.as_deref().context("cases are read from files, not from standard input")?;
        if let Err(why) = read(path, &mut cases) {
            status.failed = true;
            print::problem(format_args!("{why:#}"));
        }
    }
    Ok(cases)
}

fn read(path: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let shown = path.display().to_string();
    let mut reader = compress::open(path).with_context(|| shown.clone())?;
    match Format::of_path(path) {
        format if format != Some(Format::JsonLines) => {
            let mut marked = String::new();
            reader.read_to_string(&mut marked).with_context(|| shown.clone())?;
            let (text, gold) = marked::parse(&marked).map_err(|why| anyhow::anyhow!("{shown}: {why}"))?;
            let group =
                path.parent().and_then(Path::file_name).map_or_else(String::new, |name| name.to_string_lossy().into());
            let outcome = if gold.is_empty() { Outcome::Clean } else { outcome(&text, &gold) };
            cases.push(Case { name: shown, text, gold, outcome, group });
        }
        _ => {
            let mut set: Vec<Piece> = Vec::new();
            for (number, line) in reader.lines().enumerate() {
                let line = line.with_context(|| shown.clone())?;
                if line.trim().is_empty() {
                    continue;
                }
                let place = format!("{shown}:{}", number + 1);
                if let Ok(piece) = serde_json::from_str(&line) {
                    set.push(piece);
                    continue;
                }
                let row: Labelled = serde_json::from_str(&line).with_context(|| place.clone())?;
                let gold: Vec<Span> = row.gold.iter().map(|&(start, end)| Span::new(start, end)).collect();
                if gold.iter().any(|span| row.text.get(span.start..span.end).is_none()) {
                    bail!("{place}: a gold span does not fit the text; spans are bytes of UTF-8");
                }
                let outcome = row.verdict.unwrap_or_else(|| outcome(&row.text, &gold));
                let name = row.id.map_or(place, |id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                cases.push(Case { name, text: row.text, gold, outcome, group: row.group.unwrap_or_default() });
            }
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
            cases.extend(pieces::compose(&shown, name.split('.').next().unwrap_or_default(), &set));
        }
    }
    Ok(())
}

/// Truth without a verdict: a text that is marked from end to end is junk.
fn outcome(text: &str, gold: &[Span]) -> Outcome {
    match gold {
        [] => Outcome::Clean,
        _ if solid(text, gold) == solid(text, &[Span::new(0, text.len())]) => Outcome::Junk,
        _ => Outcome::Cleaned,
    }
}

/// Bytes of the spans that are not white space.
pub fn solid(text: &str, spans: &[Span]) -> u64 {
    let bytes = |span: &Span| span.of(text).chars().filter(|c| !c.is_whitespace()).map(char::len_utf8).sum::<usize>();
    spans.iter().map(|span| bytes(span) as u64).sum()
}
