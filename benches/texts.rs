//! Texts to measure on: the genuine pages of `tests/cases`, repeated, with and without the junk lines of its other pages.
//! These pages were chosen to be hard; `chinese-prose` holds the news, law, culture and education pages among them.

use std::path::{Path, PathBuf};

use dechaff::marked;

/// Bytes of each text, at least.
const SIZE: usize = 1 << 20;
/// One line in so many is junk, where there is junk.
const JUNK_EVERY: usize = 20;

/// A name and a text.
pub type Text = (&'static str, String);

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("tests/cases").map(|entry| entry.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// Folders of pages that are mostly sentences.
const PROSE: [&str; 4] = ["genuine-culture", "genuine-education", "genuine-law", "genuine-news"];

/// The texts of genuine cases whose name starts so, and the junk of the others.
fn cases(language: &str, prose: bool) -> (Vec<String>, Vec<String>) {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut paths);
    let (mut genuine, mut junk) = (Vec::new(), Vec::new());
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (text, spans) = marked::parse(&std::fs::read_to_string(&path).expect("a case")).expect("marks");
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let here = (language.is_empty() || name.starts_with(language)) && (!prose || PROSE.contains(&folder.as_ref()));
        match spans.as_slice() {
            [] if here => genuine.push(text),
            [] => {}
            spans if here => junk.extend(spans.iter().map(|span| span.of(&text).replace('\n', " "))),
            _ => {}
        }
    }
    (genuine, junk)
}

/// Junk of the cases whose name starts so.
#[allow(dead_code, reason = "not every bench has pages of its own")]
pub fn junk(language: &str) -> Vec<String> {
    cases(language, false).1
}

fn repeated(pages: &[String], junk: &[String]) -> String {
    let once: usize = pages.iter().map(String::len).sum();
    let pages: Vec<String> = pages.iter().cycle().take(pages.len() * (SIZE / once.max(1) + 1)).cloned().collect();
    joined(&pages, junk)
}

/// Pages one after the other, with a line of junk, if there is any, before every so manieth of theirs.
pub fn joined(pages: &[String], junk: &[String]) -> String {
    let mut text = String::with_capacity(pages.iter().map(String::len).sum::<usize>() * 2);
    let mut next = junk.iter().cycle();
    for (number, row) in pages.iter().flat_map(|page| page.lines()).enumerate() {
        if number % JUNK_EVERY == JUNK_EVERY - 1
            && let Some(junk) = next.next()
        {
            text.push_str(junk);
            text.push('\n');
        }
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// Genuine Chinese prose; genuine Chinese, English and mixed pages; and the pages with one junk line in twenty.
pub fn texts() -> Vec<Text> {
    let mut texts = vec![("chinese-prose", repeated(&cases("zh", true).0, &[]))];
    for (language, genuine_name, junk_name) in
        [("zh", "chinese", "chinese-junk"), ("en", "english", "english-junk"), ("", "mixed", "mixed-junk")]
    {
        let (genuine, junk) = cases(language, false);
        texts.push((genuine_name, repeated(&genuine, &[])));
        texts.push((junk_name, repeated(&genuine, &junk)));
    }
    texts
}
