//! The screen changes no result of the proving set: with it and without it, reports are the same to the last piece of
//! evidence. Of texts that the model learnt by heart, and that hold no word of the trade, it may hold back a few.

use std::path::{Path, PathBuf};
use std::process::Command;

use dechaff::{Filter, marked};

pub(crate) fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// Texts whose report is another one with the screen.
fn changed<'t>(filter: &Filter, texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let unscreened = filter.unscreened();
    texts.filter(|text| filter.check(*text) != unscreened.check(*text)).collect()
}

/// Of our own texts at most one in so many has another report: lines that the model was fitted to, most of them without any
/// word that a rule knows.
const MOST_CHANGED: usize = 500;

#[test]
fn the_screen_changes_few_results_of_our_own_texts() {
    let filter = Filter::builtin();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut texts = Vec::new();
    let mut paths = Vec::new();
    files(&root.join("cases"), &mut paths);
    for path in &paths {
        texts.push(marked::parse(&std::fs::read_to_string(path).unwrap()).unwrap().0);
    }
    paths.clear();
    files(&root.join("labelled"), &mut paths);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")) {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            texts.push(row["text"].as_str().unwrap().to_owned());
        }
    }
    assert!(texts.len() > 5000, "{} texts", texts.len());
    let changed = changed(&filter, texts.iter().map(String::as_str));
    println!("{} of {} texts change", changed.len(), texts.len());
    assert!(changed.len() * MOST_CHANGED <= texts.len(), "{} of {}: {changed:#?}", changed.len(), texts.len());
}

#[test]
fn the_screen_changes_no_result_of_the_proving_set() {
    let proving = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/proving");
    if !proving.join("build.py").exists() {
        eprintln!("skipped: there is no ../shared/proving here");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let docs = temp.path().join("docs.jsonl");
    let data = proving.join("data");
    let mut build = Command::new("python3");
    build.arg(proving.join("build.py"));
    for part in ["phrases", "shapes", "sentences", "negatives"] {
        build.arg(format!("--{part}")).arg(data.join(part).with_extension("jsonl"));
    }
    build.arg("--clean").arg(data.join("clean.jsonl.gz")).args(["--seed", "4", "--out"]).arg(&docs);
    assert!(build.stdout(std::process::Stdio::null()).status().unwrap().success());
    let filter = Filter::builtin();
    let rows = std::fs::read_to_string(&docs).unwrap();
    let texts: Vec<String> = rows
        .lines()
        .map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let half = texts.len() / 2;
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| changed(&filter, texts[half..].iter().map(String::as_str)));
        (changed(&filter, texts[..half].iter().map(String::as_str)), other.join().unwrap())
    });
    assert!(texts.len() > 3000, "{} texts", texts.len());
    assert!(one.is_empty() && two.is_empty(), "{} of {}: {one:#?} {two:#?}", one.len() + two.len(), texts.len());
}
