//! The matching path beside other engines, in one run on the same texts: `cargo bench --bench peers`.
//!
//! Every engine seeks the same phrases, taken evenly from the built-in telling ones, and reports all occurrences;
//! dechaff seeks them at word edges, in any case, Simplified or Traditional, with accents or without, the others byte for
//! byte in the folded text. Medians of five runs, one thread, GB/s, and how often dechaff is as fast.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    missing_docs,
    reason = "a program that prints a table"
)]

mod hyperscan;
#[path = "../texts.rs"]
mod texts;

use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use dechaff::{Filter, Pack, folded, telling_phrases};
use regex::bytes::RegexSet;

const RUNS: usize = 5;
/// Bytes of each text, about.
const PAGES: usize = 4 << 20;
const DOCUMENT: usize = 6_000;
/// An engine that is slower than this (in bytes a second) reads the first part of a text only.
const PART: usize = 1 << 17;

/// GB/s, and what was found.
fn rate(bytes: usize, mut run: impl FnMut() -> usize) -> (f64, usize) {
    let found = run();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (bytes as f64 / times[RUNS / 2] / 1e9, found)
}

/// Genuine pages of the proving set: Chinese, English, all languages in turn; and these with one junk line in twenty, from
/// `tests/cases`. `None` where the set is not there: then the texts are those of `tests/cases` alone, which were chosen to be
/// full of words of the trade.
fn pages() -> Option<Vec<texts::Text>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/proving/data/clean.jsonl.gz");
    let mut rows = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).ok()?).read_to_string(&mut rows).ok()?;
    let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let mut texts = Vec::new();
    for (language, genuine, with_junk) in
        [("zh", "chinese", "chinese-junk"), ("en", "english", "english-junk"), ("", "mixed", "mixed-junk")]
    {
        let here: Vec<&str> = rows
            .iter()
            .filter(|row| row["lang"].as_str().is_some_and(|lang| lang.starts_with(language)))
            .filter_map(|row| row["text"].as_str())
            .collect();
        // Every so manieth, so that all sources and languages take part.
        let bytes: usize = here.iter().map(|text| text.len()).sum();
        let step = (bytes / PAGES).max(1);
        let pages: Vec<String> = here.iter().step_by(step).map(|text| (*text).to_owned()).collect();
        let junk = texts::junk(language);
        texts.push((genuine, texts::joined(&pages, &[])));
        texts.push((with_junk, texts::joined(&pages, &junk)));
    }
    Some(texts)
}

/// A text in pieces of whole lines.
fn documents(text: &str) -> Vec<&str> {
    let (mut documents, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let from = (DOCUMENT..rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (document, behind) = rest.split_at(rest[from..].find('\n').map_or(rest.len(), |at| from + at + 1));
        documents.push(document);
        rest = behind;
    }
    documents
}

/// A filter that knows these phrases and nothing else.
fn filter(phrases: &[&str]) -> Filter {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir(folder.path().join("bench")).unwrap();
    std::fs::copy(root.join("rules/policy.toml"), folder.path().join("policy.toml")).unwrap();
    std::fs::write(folder.path().join("pack.toml"), "name = \"bench\"\nversion = \"1\"\nlicense = \"CC0-1.0\"\n")
        .unwrap();
    let quoted: Vec<String> = phrases.iter().map(|phrase| serde_json::to_string(phrase).unwrap()).collect();
    let rules = format!(
        "format = 1\ntheme = \"bench\"\nlanguage = \"und\"\nlicense = \"CC0-1.0\"\n[[rule]]\nid = \"all\"\nsummary = \"All.\"\n\
         phrases = [{}]\nweight = 60\nsince = \"2026.11\"\nsource = {{ how = \"known\", seen = \"2026-11\" }}\ncut = [\"⟦a⟧\"]\nkeep = [\"b\"]\n",
        quoted.join(", ")
    );
    std::fs::write(folder.path().join("bench/und.toml"), rules).unwrap();
    Filter::builder().pack(Pack::from_path(folder.path()).unwrap()).build().unwrap()
}

/// Engines of Python, in a process of their own; empty with a notice if they are not installed.
fn python(phrases: &[&str], text: &str) -> Vec<(String, f64, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let (list, page) = (folder.path().join("phrases.txt"), folder.path().join("text.txt"));
    std::fs::write(&list, phrases.join("\n")).unwrap();
    std::fs::write(&page, text).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/peers.py");
    let Ok(output) = Command::new("python3").arg(script).arg(&list).arg(&page).output() else { return Vec::new() };
    std::io::stderr().write_all(&output.stderr).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let mut fields = line.split('\t');
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    said.lines().filter_map(row).collect()
}

fn main() {
    // `cargo test --benches` runs it, too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let rules = Pack::builtin().unwrap().rules().unwrap();
    let all = telling_phrases(&rules);
    let hyperscan = hyperscan::Library::open();
    if hyperscan.is_none() {
        println!("Hyperscan is not here: install libhyperscan5 to see it.\n");
    }
    let texts = pages().unwrap_or_else(texts::texts);
    println!("| text | limit | GB/s |\n|---|---|---|");
    for (name, text) in &texts {
        let bytes = text.len();
        let mut copy = vec![0u8; bytes];
        let limits = [
            (
                "memcpy",
                rate(bytes, || {
                    copy.copy_from_slice(text.as_bytes());
                    black_box(&copy).len()
                })
                .0,
            ),
            ("std::str::from_utf8", rate(bytes, || std::str::from_utf8(black_box(text.as_bytes())).unwrap().len()).0),
            ("simdutf8", rate(bytes, || simdutf8::basic::from_utf8(black_box(text.as_bytes())).unwrap().len()).0),
        ];
        for (limit, rate) in limits {
            println!("| {name} | {limit} | {rate:.2} |");
        }
    }
    let whole = Filter::builtin();
    println!("\nThe whole filter, built-in rules, documents of about 6 KB\n\n| text | call | GB/s |\n|---|---|---|");
    for (name, text) in &texts {
        let documents = documents(text);
        let check = || documents.iter().map(|document| whole.check(*document).segments.len()).sum();
        let clean = || documents.iter().map(|document| whole.clean(*document).text.len()).sum();
        println!("| {name} | `check` | {:.3} |", rate(text.len(), check).0);
        println!("| {name} | `clean` | {:.3} |", rate(text.len(), clean).0);
    }
    for count in [1_000, 10_000, 100_000] {
        let step = (all.len() / count).max(1);
        let phrases: Vec<&str> = all.iter().step_by(step).take(count).map(String::as_str).collect();
        println!(
            "\n{} phrases\n\n| text | engine | GB/s | dechaff is × as fast | found |\n|---|---|---|---|---|",
            phrases.len()
        );
        let ours = filter(&phrases);
        let kinds = [AhoCorasickKind::NoncontiguousNFA, AhoCorasickKind::ContiguousNFA, AhoCorasickKind::DFA];
        let automata: Vec<AhoCorasick> = kinds
            .iter()
            .filter(|kind| count <= 10_000 || **kind != AhoCorasickKind::DFA)
            .map(|kind| AhoCorasick::builder().kind(Some(*kind)).build(&phrases).unwrap())
            .collect();
        let daachorse = CharwiseDoubleArrayAhoCorasick::<u32>::new(&phrases).unwrap();
        let database = hyperscan.as_ref().and_then(|library| library.compile(&phrases));
        let set = (count <= 1_000).then(|| RegexSet::new(phrases.iter().map(|phrase| regex::escape(phrase))).unwrap());
        for (name, text) in &texts {
            let view = folded(text);
            let bytes = text.len();
            let (us, found) = rate(bytes, || ours.stage_matches(text));
            let row = |engine: &str, rate: f64, found: usize| {
                println!("| {name} | {engine} | {rate:.3} | {:.2} | {found} |", us / rate);
            };
            row("dechaff, all matches", us, found);
            let (early, lines) = rate(bytes, || ours.stage_telling_lines(text));
            row("dechaff, up to the first of a line", early, lines);
            let best = automata.iter().map(|one| rate(view.len(), || one.find_overlapping_iter(&view).count()));
            let best = best.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
            row("aho-corasick, its best kind", best.0, best.1);
            let (speed, found) = rate(view.len(), || daachorse.find_overlapping_iter(&view).count());
            row("daachorse, charwise", speed, found);
            if let Some(database) = &database {
                let (speed, found) = rate(view.len(), || database.count(view.as_bytes()));
                row("Hyperscan, literals", speed, found);
            }
            if let Some(set) = &set {
                let part = &view.as_bytes()[..PART.min(view.len())];
                let (speed, found) = rate(part.len(), || {
                    part.split(|byte| *byte == b'\n').map(|line| set.matches(line).iter().count()).sum()
                });
                row("regex, a set, line by line, of a part", speed, found);
            }
            if *name == "chinese" {
                for (engine, speed, found) in python(&phrases, &view) {
                    row(&engine, speed, found);
                }
            }
        }
    }
}
