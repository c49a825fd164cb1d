//! What three fixed texts cost, in instructions: none may cost a twentieth more than recorded. Counted by callgrind, so that
//! it does not matter how busy the machine is.
//!
//! `DECHAFF_WRITE=1 cargo test instructions` records anew; say in the record why a figure grew.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use dechaff::marked;
use serde::{Deserialize, Serialize};

/// The figures hold for one compiler and one way to build.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    rustc: String,
    note: String,
    instructions: BTreeMap<String, u64>,
}

/// In percent.
const MOST_GROWTH: u64 = 5;
/// Bytes of each text, about.
const SIZE: usize = 200_000;

/// The genuine pages of a language, one after the other, until there are enough.
fn text(prefix: &str) -> String {
    let mut paths = Vec::new();
    super::screen::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut paths);
    let named =
        |path: &&std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    let pages: Vec<String> = paths
        .iter()
        .filter(named)
        .map(|path| marked::parse(&std::fs::read_to_string(path).unwrap()).unwrap())
        .filter(|(_, junk)| junk.is_empty())
        .map(|(text, _)| text)
        .collect();
    assert!(!pages.is_empty(), "no genuine case is named {prefix}…");
    let mut text = String::new();
    for page in pages.iter().cycle() {
        text.push_str(page);
        text.push('\n');
        if text.len() >= SIZE {
            break;
        }
    }
    text
}

fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Instructions of `dechaff check` on a text; `None` where there is no valgrind.
fn count(text: &str) -> Option<u64> {
    let temp = tempfile::tempdir().unwrap();
    let page = temp.path().join("page.txt");
    std::fs::write(&page, text).unwrap();
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env!("CARGO_BIN_EXE_dechaff"));
    let output = command.args(["check", "-q", "-j1"]).arg(&page).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected =
        said.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim().to_owned());
    Some(collected.unwrap_or_else(|| panic!("callgrind counted nothing: {said}")).parse().unwrap())
}

#[test]
fn no_text_costs_more_instructions_than_recorded() {
    if !cfg!(debug_assertions) {
        eprintln!("skipped: the record is of `cargo test` without `--release`");
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/record/instructions.toml");
    let recorded: Record =
        std::fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
    let write = std::env::var_os("DECHAFF_WRITE").is_some();
    let rustc = rustc().unwrap_or_default();
    if !write && recorded.rustc != rustc {
        eprintln!("skipped: the record is of {}, this is {rustc}", recorded.rustc);
        return;
    }
    let mut counted = BTreeMap::new();
    for (name, prefix) in [("chinese", "zh"), ("english", "en"), ("all languages", "")] {
        let Some(count) = count(&text(prefix)) else {
            eprintln!("skipped: there is no valgrind here");
            return;
        };
        println!("{name}: {count} instructions");
        counted.insert(name.to_owned(), count);
    }
    if write {
        let record = Record { rustc, note: recorded.note, instructions: counted };
        std::fs::write(&path, toml::to_string(&record).unwrap()).unwrap();
        return;
    }
    for (name, now) in counted {
        let before = recorded.instructions.get(&name).copied().unwrap_or(0);
        assert!(now * 100 <= before * (100 + MOST_GROWTH), "{name}: {now} instructions, recorded are {before}");
        if now * 100 < before * (100 - MOST_GROWTH) {
            println!("{name}: fewer than recorded ({before}); record anew");
        }
    }
}
