//! `learn`, `--model` and `eval --leave-out`, on rules and texts that are small enough to fit a model in no time.

use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = r#"
format = 1
theme = "pens"
language = "en"
license = "CC0-1.0"

[[rule]]
id = "offers"
summary = "Pens that nobody asked for."
phrases = ["buy cheap pens online", "pens without ink", "discount pens overnight"]
weight = 60
cap = 240
since = "2026.11"
source = { how = "known", seen = "2026-11" }
cut = ["⟦buy cheap pens online | pens without ink | discount pens overnight | buy cheap pens online⟧\nThe rowing club meets on Thursday to paint the boathouse, and everybody is asked to bring a brush."]
keep = ["The museum shows pens of three centuries."]
"#;

const PIECES: &str = r#"{"kind":"list","theme":"pens","text":"buy cheap pens online | pens without ink | discount pens overnight"}
{"kind":"anchor","theme":"pens","text":"cheap pens overnight"}
{"kind":"genuine","theme":"pens","text":"The stationer closed his shop after forty years."}
{"kind":"page","theme":"club","text":"The rowing club meets on Thursday to paint the boathouse, and everybody is asked to bring a brush.\nTea is provided by the neighbours, who have watched the boats since spring."}
"#;

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pens.toml"), RULES).unwrap();
        std::fs::write(folder.path().join("en.jsonl"), PIECES).unwrap();
        Bench(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs the command with the rules of the bench alone.
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(assert_cmd::cargo::cargo_bin!("dechaff"))
            .args(arguments)
            .args(["--rules", &self.path("pens.toml"), "--no-builtin"])
            .output()
            .unwrap()
    }

    fn learn(&self, model: &str) -> Vec<u8> {
        let arguments = ["learn", &self.path("en.jsonl"), "--vocabulary", "9", "--weight", "3", "--bits", "12", "-o"];
        let output = self.run(&[&arguments[..], &[&self.path(model)]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(Path::new(&self.path(model))).unwrap()
    }
}

#[test]
fn the_same_texts_give_the_same_model() {
    let bench = Bench::new();
    let one = bench.learn("one.bin");
    assert_eq!(one, bench.learn("two.bin"));
    // 28 bytes of header, one byte a weight.
    assert_eq!(one.len(), 28 + (1 << 12));
    assert!(one[28..].iter().any(|weight| *weight != 0));
}

#[test]
fn a_model_speaks_where_no_rule_does_and_none_is_silent() {
    let bench = Bench::new();
    bench.learn("pens.bin");
    let text = bench.path("page.txt");
    std::fs::write(
        &text,
        "discount pens cheap ink, buy pens overnight cheap, pens online without ink cheap pens\n\nTea is provided.\n",
    )
    .unwrap();
    let found = |model: &str| {
        let output = bench.run(&["explain", &text, "--model", model]);
        String::from_utf8(output.stdout).unwrap().contains("likelihood/")
    };
    assert!(!found("none"));
    // The rule that turns a likelihood into points stands in the built-in pack.
    let output = Command::new(assert_cmd::cargo::cargo_bin!("dechaff"))
        .args(["explain", &text, "--model", &bench.path("pens.bin"), "--rules", &bench.path("pens.toml")])
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("likelihood/und/grams"));
}

#[test]
fn what_is_no_model_is_refused_with_the_remedy() {
    let bench = Bench::new();
    let mut bytes = bench.learn("pens.bin");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(bench.path("damaged.bin"), &bytes).unwrap();
    std::fs::write(bench.path("short.bin"), &bytes[..100]).unwrap();
    for (name, message) in [
        ("damaged.bin", "checksum"),
        ("short.bin", "not as long"),
        ("en.jsonl", "no model"),
        ("absent.bin", "cannot be read"),
    ] {
        let output = bench.run(&["check", "--model", &bench.path(name), &bench.path("en.jsonl")]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(said.contains(message) && said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_language_is_judged_without_its_own_rules_and_texts() {
    let bench = Bench::new();
    let set = bench.path("en.jsonl");
    let figures = |arguments: &[&str]| {
        let output = bench.run(&[&["eval", &set, "--by", "shape"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = figures(&["--model", "none"]);
    assert!(whole.contains("list: docs=1 recall=1.0000"), "{whole}");
    // The only rules are those of the language: without them, and without its texts, nothing is left to go by.
    std::fs::write(bench.path("other.toml"), RULES.replace("pens", "hats").replace("\"en\"", "\"de\"")).unwrap();
    std::fs::write(bench.path("de.jsonl"), PIECES.replace("pens", "hats")).unwrap();
    std::fs::write(bench.path("genuine.jsonl"), "{\"text\":\"Tea is provided by the neighbours.\"}\n").unwrap();
    let left = figures(&[
        "--genuine",
        &bench.path("genuine.jsonl"),
        "--rules",
        &bench.path("other.toml"),
        "--leave-out",
        "language",
        "--learn",
        &set,
        "--learn",
        &bench.path("de.jsonl"),
    ]);
    assert!(left.contains("list: docs=1 recall=0.0000"), "{left}");
}
