//! The figures on the proving set, where it is at hand: none may be worse than `tests/quality.toml` records.
//!
//! `../shared/proving` is not part of the repository; without it the test says so and passes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A figure may be this much worse before the test fails: rounding, not regress.
const SLACK: f64 = 1e-9;

#[test]
fn figures_are_no_worse_than_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let proving = root.join("../shared/proving");
    if !proving.join("build.py").exists() {
        eprintln!("skipped: there is no ../shared/proving here");
        return;
    }
    let recorded: BTreeMap<String, BTreeMap<String, f64>> =
        toml::from_str(&std::fs::read_to_string(root.join("tests/quality.toml")).unwrap()).unwrap();
    let temp = tempfile::tempdir().unwrap();
    let mut worse = Vec::new();
    let mut now = String::new();
    for seed in [1, 2, 3] {
        let docs = temp.path().join(format!("docs{seed}.jsonl"));
        let data = proving.join("data");
        let status = Command::new("python3")
            .arg(proving.join("build.py"))
            .arg("--phrases")
            .arg(data.join("phrases.jsonl"))
            .arg("--shapes")
            .arg(data.join("shapes.jsonl"))
            .arg("--sentences")
            .arg(data.join("sentences.jsonl"))
            .arg("--negatives")
            .arg(data.join("negatives.jsonl"))
            .arg("--clean")
            .arg(data.join("clean.jsonl.gz"))
            .args(["--seed", &seed.to_string()])
            .arg("--out")
            .arg(&docs)
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        let output = Command::new(assert_cmd::cargo::cargo_bin!("dechaff"))
            .args(["eval", "--by", "shape", "--json"])
            .arg(&docs)
            .output()
            .unwrap();
        let rows: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
        for (name, figure) in figures(&rows) {
            let key = format!("seed-{seed}");
            now.push_str(&format!("{key} {name} = {figure}\n"));
            let Some(record) = recorded.get(&key).and_then(|record| record.get(&name)) else {
                worse.push(format!("{key} {name} is not recorded: {figure}"));
                continue;
            };
            let more_is_better = !name.contains("fp_") && !name.contains("collateral");
            let loss = if more_is_better { record - figure } else { figure - record };
            if loss > SLACK {
                worse.push(format!("{key} {name}: {figure}, recorded {record}"));
            }
        }
    }
    println!("{now}");
    assert!(worse.is_empty(), "worse than recorded:\n{}\nnow:\n{now}", worse.join("\n"));
}

/// The figures that are held: those of every shape, and of genuine documents.
fn figures(rows: &BTreeMap<String, Value>) -> Vec<(String, f64)> {
    let mut held = Vec::new();
    for (shape, row) in rows.iter().filter(|(shape, _)| *shape != "ALL") {
        for (name, figure) in row.as_object().into_iter().flatten().filter(|(name, _)| *name != "docs") {
            held.push((format!("{shape}-{name}"), (figure.as_f64().unwrap() * 1e6).round() / 1e6));
        }
    }
    held
}

/// What each strictness may cost at most: documents touched per thousand, and bytes cut per million, of genuine text.
const BOUNDS: [(&str, f64, f64); 3] = [("safe", 0.0, 0.0), ("normal", 1.0, 1.0), ("strict", 3.0, 10.0)];

#[test]
fn each_strictness_keeps_its_bound_on_genuine_text() {
    let genuine = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/proving/data/clean.jsonl.gz");
    if !genuine.exists() {
        eprintln!("skipped: there is no ../shared/proving here");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let audit = temp.path().join("audit.jsonl");
    let kept = temp.path().join("kept.jsonl");
    for (strictness, documents, bytes) in BOUNDS {
        let status = Command::new(assert_cmd::cargo::cargo_bin!("dechaff"))
            .args(["clean", "--strictness", strictness, "--audit"])
            .args([&audit, Path::new("-o"), &kept, &genuine])
            .status()
            .unwrap();
        assert!(status.success());
        let records = std::fs::read_to_string(&audit).unwrap();
        let (mut all, mut touched, mut cut) = (0.0, 0.0, 0.0);
        for record in records.lines() {
            let record: Value = serde_json::from_str(record).unwrap();
            let removed = record["removed"].as_array().unwrap();
            all += 1.0;
            touched += f64::from(u8::from(!removed.is_empty()));
            cut += removed.iter().map(|r| r["end"].as_f64().unwrap() - r["start"].as_f64().unwrap()).sum::<f64>();
        }
        let size = std::fs::metadata(&kept).unwrap().len() as f64;
        assert!(all > 5000.0);
        assert!(touched * 1e3 / all <= documents, "{strictness}: {touched} of {all} documents touched");
        assert!(cut * 1e6 / size <= bytes, "{strictness}: {cut} of {size} bytes cut");
    }
}
