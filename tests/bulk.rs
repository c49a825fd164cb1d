//! Whole files through the command: every format there and back, faults, interruptions, memory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::{JUNK, NEWS, dechaff, file, folder, gzip, run};

/// The text of a document of this number: every third has junk above it, every thirteenth is nothing else.
fn text(number: usize) -> String {
    let news = format!("{NEWS} Die Sitzung Nr. {number} \u{1F600} begann um \"neun\" Uhr.\n\tZweite Zeile\\.\n");
    match number {
        n if n % 13 == 5 => format!("{JUNK}\n{JUNK}\n"),
        n if n % 3 == 0 => format!("{JUNK}\n\n{news}"),
        _ => news,
    }
}

fn cleaned(number: usize) -> String {
    match number % 13 {
        5 => String::new(),
        _ => text(number).replace(&format!("{JUNK}\n"), ""),
    }
}

/// A JSON line as Python writes it: everything beyond ASCII escaped.
fn ascii(value: &Value) -> String {
    let mut line = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line
}

fn rows(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count)
        .map(|n| {
            let row = json!({"id": n, "text": text(n), "n": 1.50, "meta": {"text": JUNK}});
            format!("{}\n", if n % 2 == 0 { ascii(&row) } else { row.to_string() })
        })
        .collect()
}

fn table(count: usize, delimiter: char, text: impl Fn(usize) -> String) -> String {
    let mut all = format!("id{delimiter}text{delimiter}note\r\n");
    for n in 0..count {
        let quoted = text(n).replace('"', "\"\"");
        all.push_str(&format!("{n}{delimiter}\"{quoted}\"{delimiter}\"{JUNK}\"\r\n"));
    }
    all
}

/// A WET file without digests, one gzip member a record.
fn wet(count: usize, text: impl Fn(usize) -> String) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| {
            let text = text(n);
            let head = format!(
                "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:uuid:{n}>\r\nWARC-Target-URI: http://h{n}.example/\r\n\
                 Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                text.len()
            );
            format!("{head}{text}\r\n\r\n").into_bytes()
        })
        .collect()
}

fn unpacked(path: impl AsRef<Path>) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut dechaff::formats::compress::open(path.as_ref()).unwrap(), &mut bytes).unwrap();
    bytes
}

/// A folder of files in every format that is a stream, and what they hold once they are clean.
fn crawl(folder: &Path, count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let members = |records: Vec<Vec<u8>>| -> Vec<u8> { records.iter().flat_map(|record| gzip(record)).collect() };
    let plain = rows(count, text);
    let half = plain.len() / 2 + plain[plain.len() / 2..].find("\n").unwrap() + 1;
    let several = [gzip(&plain.as_bytes()[..half]), gzip(&plain.as_bytes()[half..])].concat();
    file(folder, "a/rows.jsonl", &plain);
    file(folder, "a/rows.jsonl.gz", several);
    file(folder, "a/rows.jsonl.zst", zstd::encode_all(plain.as_bytes(), 1).unwrap());
    file(folder, "b/table.csv", table(count, ',', text));
    file(folder, "b/table.tsv", table(count, '\t', text));
    file(folder, "c/page.txt", text(0));
    file(folder, "c/pages.warc.wet.gz", members(wet(count, text)));
    file(folder, "c/pages.wet", wet(count, text).concat());
    let rows = rows(count, cleaned).into_bytes();
    vec![
        ("a/rows.jsonl", rows.clone()),
        ("a/rows.jsonl.gz", rows.clone()),
        ("a/rows.jsonl.zst", rows),
        ("b/table.csv", table(count, ',', cleaned).into_bytes()),
        ("b/table.tsv", table(count, '\t', cleaned).into_bytes()),
        ("c/page.txt", cleaned(0).into_bytes()),
        ("c/pages.warc.wet.gz", wet(count, cleaned).concat()),
        ("c/pages.wet", wet(count, cleaned).concat()),
    ]
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push((path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn every_format_is_cleaned_and_can_be_restored() {
    let temp = folder();
    let (source, target, back) = (temp.path().join("in"), temp.path().join("out"), temp.path().join("back"));
    let expected = crawl(&source, 400);
    let audit = temp.path().join("audit.jsonl.gz");
    let (_, err, code) =
        run(dechaff(&["clean", "--audit-text", "--audit"]).arg(&audit).arg("-o").arg(&target).arg(&source));
    assert_eq!((err.as_str(), code), ("", 0));
    for (name, clean) in &expected {
        assert!(unpacked(target.join(name)) == *clean, "{name}: junk and nothing else is gone");
    }
    let (_, err, code) = run(dechaff(&["restore", "--audit"]).arg(&audit).arg("-o").arg(&back).arg(&target));
    assert_eq!((err.as_str(), code), ("", 0));
    for (name, _) in &expected {
        assert!(unpacked(back.join(name)) == unpacked(source.join(name)), "{name}: the original is back");
    }
}

#[test]
fn what_was_left_out_is_restored_too() {
    let temp = folder();
    let (source, target, back) = (temp.path().join("in"), temp.path().join("out"), temp.path().join("back"));
    crawl(&source, 60);
    let bad = format!("{{\"text\":\"{NEWS}\"}}\n{{oops\n{{\"text\":\"{JUNK}\\n{NEWS}\"}}\n");
    file(&source, "a/bad.jsonl", [bad.as_bytes(), b"\xff"].concat());
    file(&source, "c/junk.txt", format!("{JUNK}\n{JUNK}\n"));
    let (audit, errors) = (temp.path().join("audit.jsonl"), temp.path().join("errors.jsonl"));
    let (_, err, code) = run(dechaff(&["clean", "--drop-junk", "--annotate", "--audit-text", "--audit"])
        .arg(&audit)
        .arg("--errors")
        .arg(&errors)
        .arg("-o")
        .arg(&target)
        .arg(&source));
    assert!(code == 2 && err.contains("bad.jsonl:2: not a JSON object") && err.contains("set aside"), "{err}");
    assert!(!target.join("c/junk.txt").exists());
    assert_eq!(std::fs::read_to_string(target.join("a/bad.jsonl")).unwrap().lines().count(), 2);
    let set_aside: Vec<Value> =
        std::fs::read_to_string(&errors).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(set_aside.len(), 2);
    assert_eq!((&set_aside[0]["record"], &set_aside[0]["content"]), (&json!(2), &json!("{oops\n")));
    assert_eq!(set_aside[0]["offset"], json!(format!("{{\"text\":\"{NEWS}\"}}\n").len()));
    assert!(set_aside[0]["reason"].as_str().unwrap().starts_with("not a JSON object"));
    let (_, err, code) = run(dechaff(&["restore", "--audit"]).arg(&audit).arg("-o").arg(&back).arg(&target));
    assert_eq!((err.as_str(), code), ("", 0));
    for (name, bytes) in files(&source) {
        let packed = name.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
        assert!(
            if packed {
                unpacked(back.join(&name)) == unpacked(source.join(&name))
            } else {
                std::fs::read(back.join(&name)).unwrap() == bytes
            },
            "{}",
            name.display()
        );
    }
}

#[test]
fn threads_change_no_byte_of_any_file() {
    let temp = folder();
    let source = temp.path().join("in");
    crawl(&source, 3000);
    let all: Vec<_> = ["1", "2", "8"]
        .iter()
        .map(|threads| {
            let place = temp.path().join(threads);
            let side = |name: &str| place.join("side").join(name);
            let (stdout, _, code) = run(dechaff(&["clean", "-j", threads, "--errors"])
                .arg(side("errors.jsonl"))
                .arg("--rejects")
                .arg(side("rejects.jsonl.zst"))
                .arg("--audit")
                .arg(side("audit.jsonl.gz"))
                .arg("--attributes")
                .arg(side("attributes"))
                .arg("-o")
                .arg(place.join("out"))
                .arg(&source));
            assert_eq!((stdout.len(), code), (0, 0));
            let (stdout, _, _) = run(dechaff(&["clean", "-j", threads]).arg(&source));
            (stdout, files(&place))
        })
        .collect();
    assert!(all[0].1.len() == 8 + 3 + 8 && all[0].0.len() > 1_000_000);
    assert!(all.iter().all(|other| *other == all[0]));
}

#[test]
fn an_attribute_row_stands_for_every_document() {
    let temp = folder();
    let path = file(temp.path(), "docs.jsonl.gz", gzip(rows(40, text).as_bytes()));
    let (folder, out) = (temp.path().join("attributes"), temp.path().join("out.jsonl"));
    assert_eq!(run(dechaff(&["clean", "-o"]).arg(&out).arg("--attributes").arg(&folder).arg(&path)).2, 0);
    let attributes = String::from_utf8(unpacked(folder.join("docs.jsonl.gz"))).unwrap();
    let attributes: Vec<Value> = attributes.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(attributes.len(), 40);
    for (n, row) in attributes.iter().enumerate() {
        assert_eq!(row["id"], json!(n.to_string()));
        let mut rest: Vec<char> = text(n).chars().collect();
        for span in row["attributes"]["dechaff__junk__span"].as_array().into_iter().flatten().rev() {
            let (start, end) = (span[0].as_u64().unwrap() as usize, span[1].as_u64().unwrap() as usize);
            assert!(start < end);
            rest.drain(start..end);
        }
        assert_eq!(rest.into_iter().collect::<String>(), cleaned(n), "spans count code points");
    }
}

#[test]
fn several_fields_are_cleaned_and_told_apart() {
    let temp = folder();
    let row = json!({"title": JUNK, "doc": {"body": format!("{JUNK}\n{NEWS}")}, "text": JUNK});
    let path = file(temp.path(), "rows.jsonl", format!("{row}\n"));
    let audit = temp.path().join("audit.jsonl");
    let (out, err, code) = run(dechaff(&["clean", "--field", "title,doc.body", "--audit"]).arg(&audit).arg(&path));
    assert_eq!((err.as_str(), code), ("", 0));
    let out: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(out, json!({"title": "", "doc": {"body": NEWS}, "text": JUNK}));
    let audit: Value = serde_json::from_slice(&std::fs::read(audit).unwrap()).unwrap();
    let fields: Vec<&str> =
        audit["removed"].as_array().unwrap().iter().map(|cut| cut["field"].as_str().unwrap()).collect();
    assert_eq!((fields, &audit["outcome"]), (vec!["title", "doc.body"], &json!("cleaned")));
}

#[test]
fn rejects_hold_every_piece_with_its_reason() {
    let temp = folder();
    let path = file(temp.path(), "rows.jsonl", rows(30, text));
    let rejects = temp.path().join("rejects.jsonl");
    assert_eq!(run(dechaff(&["check", "-q", "--rejects"]).arg(&rejects).arg(&path)).2, 1);
    let rejects = std::fs::read_to_string(rejects).unwrap();
    let rejects: Vec<Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejects.len(), (0..30).filter(|n| cleaned(*n) != text(*n)).count());
    for reject in &rejects {
        let number = reject["record"].as_u64().unwrap() as usize - 1;
        let (start, end) = (reject["start"].as_u64().unwrap() as usize, reject["end"].as_u64().unwrap() as usize);
        assert_eq!(&text(number)[start..end], reject["text"].as_str().unwrap());
        assert!(reject["theme"] == "porn" && !reject["rules"].as_array().unwrap().is_empty());
    }
}

#[test]
fn the_summary_and_the_report_say_what_was_done() {
    let temp = folder();
    let rows = format!(
        "{}\n{}\n",
        json!({"text": format!("{JUNK}\n{NEWS}"), "url": "https://news.example/a?b"}),
        json!({"text": format!("{JUNK}|</script><script>alert(1)</script>\n{NEWS}")})
    );
    let path = file(temp.path(), "rows.jsonl", rows);
    let report = temp.path().join("report.html");
    let (_, err, code) = run(dechaff(&["clean", "--summary", "--report"]).arg(&report).arg(&path));
    assert_eq!(code, 0);
    for part in ["2 documents", "cleaned 2 (100.00 %)", "porn", "zh-Hans", "news.example", "porn/zh-Hans/"] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let page = std::fs::read_to_string(report).unwrap();
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
    assert_eq!(page.matches("<script").count(), 2, "the page's own script and its data");
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&data["totals"]["cleaned"], &data["hosts"][0]["name"]), (&json!(2), &json!("news.example")));
    assert_eq!(data["examples"].as_array().unwrap().len(), 2);
}

/// Ends a run with a signal that cannot be caught, again and again, until it comes through.
#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    let temp = folder();
    let source = temp.path().join("in");
    // Large enough that some of it is written before the end.
    for n in 0..3 {
        let rows = rows(60_000, text);
        file(&source, &format!("{n}.jsonl"), &rows);
        if n == 1 {
            file(&source, "3.jsonl.gz", gzip(rows.as_bytes()));
            file(&source, "4.jsonl.zst", zstd::encode_all(rows.as_bytes(), 1).unwrap());
        }
    }
    let command = |place: &Path| {
        let mut command = dechaff(&["clean", "--resume", "-j2", "--audit"]);
        command.arg(place.join("audit.jsonl.zst")).arg("--rejects").arg(place.join("rejects.jsonl.gz"));
        command.arg("--attributes").arg(place.join("attributes")).arg("-o").arg(place.join("out")).arg(&source);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let whole = temp.path().join("whole");
    let started = Instant::now();
    assert!(command(&whole).status().unwrap().success());
    let took = started.elapsed();

    let killed = temp.path().join("killed");
    let mut state = 88172645463325252u64;
    let mut kills = 0;
    for _ in 0..200 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut child = command(&killed).spawn().unwrap();
        // Up to a fifth of the run: many moments in all of its parts.
        std::thread::sleep(Duration::from_micros(state % (took.as_micros() as u64 / 5 + 1)));
        if kills < 20 {
            child.kill().unwrap();
            kills += i32::from(!child.wait().unwrap().success());
            for (name, _) in files(&killed.join("out")).iter().filter(|_| killed.join("out").exists()) {
                let hidden = name.file_name().unwrap().to_string_lossy().starts_with('.');
                assert!(
                    hidden || unpacked(killed.join("out").join(name)).ends_with(b"}\n"),
                    "no half file looks whole"
                );
            }
        } else {
            assert!(child.wait().unwrap().success());
            break;
        }
    }
    assert_eq!(kills, 20);
    let (killed, whole) = (files(&killed), files(&whole));
    let other: Vec<&PathBuf> = killed.iter().filter(|file| !whole.contains(file)).map(|(name, _)| name).collect();
    assert!(other.is_empty() && killed.len() == whole.len(), "the same files with the same bytes, but for {other:?}");
}

/// Between the last file's taking its name and the end of the journal a run can be killed, too.
#[test]
fn a_run_that_is_killed_at_its_very_end_goes_on() {
    let temp = folder();
    let source = temp.path().join("in");
    file(&source, "rows.jsonl", rows(100_000, text));
    let (audit, out) = (temp.path().join("audit.jsonl.zst"), temp.path().join("out"));
    let command = || {
        let mut command = dechaff(&["clean", "--resume", "-j1", "--audit"]);
        command.arg(&audit).arg("-o").arg(&out).arg(&source);
        command
    };
    let mut child = command().spawn().unwrap();
    let journal = out.join(".dechaff-resume");
    while !journal.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let noted = std::fs::read(&journal).unwrap();
    // The folder did not exist when the first run began: that is no other run.
    assert_eq!(run(&mut command()), (Vec::new(), String::new(), 0));
    let whole = (files(&out), std::fs::read(&audit).unwrap());
    std::fs::write(&journal, noted).unwrap();
    assert_eq!(run(&mut command()), (Vec::new(), String::new(), 0));
    assert!((files(&out), std::fs::read(&audit).unwrap()) == whole);
}

#[test]
fn a_run_is_gone_on_with_only_if_it_is_the_same() {
    let temp = folder();
    let path = file(temp.path(), "rows.jsonl", rows(200_000, text));
    let out = temp.path().join("out.jsonl");
    let mut child = dechaff(&["clean", "--resume", "-j1", &path, "-o"]).arg(&out).spawn().unwrap();
    let journal = temp.path().join(".out.jsonl.dechaff-resume");
    while !journal.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(journal.exists() && !out.exists(), "the run was killed on its way");
    let (_, err, code) = run(dechaff(&["clean", "--resume", "--strictness", "safe", &path, "-o"]).arg(&out));
    assert!(code == 2 && err.contains("is of a run with other options, rules or input"), "{err}");
    assert_eq!(run(dechaff(&["clean", "--resume", &path, "-o"]).arg(&out)).2, 0);
    assert!(!journal.exists() && std::fs::read(&out).unwrap() == rows(200_000, cleaned).into_bytes());
    let (_, err, code) = run(&mut dechaff(&["clean", "--resume", &path]));
    assert!(code == 2 && err.contains("--output"), "{err}");
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_cleanly() {
    let temp = folder();
    let path = file(temp.path(), "rows.jsonl", rows(400_000, text));
    let out = temp.path().join("out.jsonl");
    let child = dechaff(&["clean", "-j1", &path, "-o"]).arg(&out).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
    assert_eq!(files(temp.path()).len(), 1, "nothing half is left");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_folder_that_cannot_be_written_are_said() {
    let temp = folder();
    let path = file(temp.path(), "rows.jsonl", rows(3000, text));
    let (_, err, code) = run(&mut dechaff(&["clean", &path, "-o", "/dev/full"]));
    assert!(code == 2 && err.contains("/dev/full: cannot write: No space left on device"), "{err}");
    let (_, err, code) = run(&mut dechaff(&["clean", &path, "-o", "/proc/nowhere/out.jsonl"]));
    assert!(code == 2 && err.contains("/proc/nowhere: cannot make this folder"), "{err}");
    let (_, err, code) = run(&mut dechaff(&["clean", &path, "--audit", "/dev/full", "-o", "/dev/null"]));
    assert!(code == 2 && err.contains("/dev/full: cannot write"), "{err}");
    // The audit's place is made, the output's name stays free.
    let out = temp.path().join("deep/out.jsonl");
    let (_, _, code) = run(dechaff(&["clean", &path, "--audit", "/dev/full", "-o"]).arg(&out));
    assert!(code == 2 && !out.exists());
}

/// The most memory that a command had, in KiB.
#[cfg(target_os = "linux")]
fn peak(command: &mut Command) -> (u64, i32) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut most = 0;
    loop {
        let line = std::fs::read_to_string(&status).unwrap_or_default();
        let line = line.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = most.max(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (most, status.code().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded_whatever_comes() {
    const LIMIT: u64 = 512 << 10;
    let temp = folder();
    let line = rows(1, text);
    // A document of a gigabyte, as packed as a bomb: a megabyte on disk.
    let mut huge = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let piece = "长行，没有换行。".repeat(1 << 15);
    std::io::Write::write_all(&mut huge, b"{\"text\":\"").unwrap();
    for _ in 0..(1 << 30) / piece.len() + 1 {
        std::io::Write::write_all(&mut huge, piece.as_bytes()).unwrap();
    }
    std::io::Write::write_all(&mut huge, format!("\"}}\n{line}").as_bytes()).unwrap();
    let huge = file(temp.path(), "huge.jsonl.zst", huge.finish().unwrap());
    let out = temp.path().join("out.jsonl.zst");
    let (most, code) = peak(dechaff(&["clean", "-j8", &huge, "-o"]).arg(&out));
    assert!(code == 2 && most < LIMIT, "a document of a gigabyte: {most} KiB");
    let (most, code) = peak(&mut dechaff(&["clean", "-j8", "-f", "text", &huge]));
    assert!(code == 2 && most < LIMIT, "as one text: {most} KiB");

    // Documents just below the limit, all at once.
    let long = "Ein langer Satz ohne jeden Belang, der sich immer wiederholt. ".repeat((15 << 20) / 62);
    let long = format!("{{\"text\":\"{long}\"}}\n").repeat(24);
    let long = file(temp.path(), "long.jsonl.zst", zstd::encode_all(long.as_bytes(), 1).unwrap());
    let (most, code) = peak(dechaff(&["clean", "-j8", &long, "-o"]).arg(&out));
    assert!(code == 0 && most < LIMIT, "documents of 15 MiB: {most} KiB");

    // Many files, many records, everything cut, all side-cars.
    let source = temp.path().join("in");
    for n in 0..16 {
        let rows = rows(20_000, |n| text(n * 3));
        file(&source, &format!("{n}.jsonl.zst"), zstd::encode_all(rows.as_bytes(), 1).unwrap());
    }
    let side = |name: &str| temp.path().join("side").join(name);
    let (most, code) = peak(
        dechaff(&["clean", "-j8", "--audit-text", "--audit"])
            .arg(side("audit.jsonl"))
            .arg("--rejects")
            .arg(side("rejects.jsonl"))
            .arg("--report")
            .arg(side("report.html"))
            .arg("-o")
            .arg(temp.path().join("outs"))
            .arg(&source),
    );
    assert!(code == 0 && most < LIMIT, "many files: {most} KiB");
}

/// Every file below a folder by name, so that a run that must write nothing can be seen to have written nothing.
fn names(folder: &Path) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name.to_str().unwrap().to_owned()).collect()
}

#[test]
fn nothing_is_overwritten_that_is_read_or_written_too() {
    let temp = folder();
    let line = rows(1, text);
    let (a, b) = (file(temp.path(), "a/x.jsonl", &line), file(temp.path(), "b/x.jsonl", &line));
    let at = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
    let (out, side) = (at("out"), at("side.jsonl"));
    let before = files(temp.path());
    let both = format!("the output of {a} and the output of {b} would both go there");
    let attributes = format!("the attributes of {a} and the attributes of {b} would both go there");
    for (arguments, message) in [
        (&["clean", &a, &b, "-o", &out][..], both.as_str()),
        (&["clean", &a, &b, "--attributes", &out], &attributes),
        (&["clean", &a, "--attributes", &out, "-o", &format!("{out}/")], "the output of"),
        (&["clean", "-w", &a, "--attributes", &at("a")], "is an input, which the attributes would overwrite"),
        (&["clean", &a, "--audit", &side, "-o", &side], "is given to --output and to --audit"),
        (&["clean", &a, "--report", &side, "--errors", &side], "is given to --errors and to --report"),
        (&["check", &a, "--audit", &side, "--rejects", &side], "is given to --audit and to --rejects"),
        (&["clean", &a, "-o", &a], "is an input, which --output would overwrite: give another name, or change it in"),
        (&["check", &a, "--audit", &at("b/../a/x.jsonl")], "is an input, which --audit would overwrite"),
        (&["clean", &a, "-o", &at("a/")], "is an input, which the output would overwrite"),
        (&["clean", &at("a"), "-o", &at("a")], "is an input, which the output would overwrite"),
        (&["clean", &at("a"), "-o", &out, "--audit", &at("out/x.jsonl")], "would go there, and --audit"),
        (&["restore", "--audit", &side, &a, &b, "-o", &out], &both),
    ] {
        let (_, err, code) = run(&mut dechaff(arguments));
        assert!(code == 2 && err.contains(message), "{arguments:?}: {err}");
        assert!(files(temp.path()) == before, "{arguments:?}: nothing was written");
    }
    assert_eq!(run(&mut dechaff(&["clean", &a, "--audit", "/dev/null", "-o", "/dev/null"])).2, 0);
}

#[test]
fn what_a_run_writes_within_its_input_is_not_read() {
    let temp = folder();
    let source = temp.path().join("in");
    file(&source, "x.jsonl", rows(3, text));
    let mut command = dechaff(&["clean", "--audit"]);
    command.arg(source.join("audit.jsonl")).arg("-o").arg(source.join("out")).arg(&source);
    assert_eq!(run(&mut command), (Vec::new(), String::new(), 0));
    let (_, err, code) = run(&mut command);
    assert!(code == 0 && err.contains("in/out: is written by this run, and was not read"), "{err}");
    assert!(err.contains("in/audit.jsonl: is written by this run") && err.lines().count() == 2, "{err}");
    assert_eq!(names(&source), ["audit.jsonl", "out/x.jsonl", "x.jsonl"]);
}

#[cfg(unix)]
#[test]
fn links_within_folders_are_not_followed() {
    let temp = folder();
    let path = file(temp.path(), "page.txt", format!("{JUNK}\n{NEWS}\n"));
    file(temp.path(), "in/b.txt", NEWS);
    std::os::unix::fs::symlink(&path, temp.path().join("in/a.txt")).unwrap();
    std::os::unix::fs::symlink(temp.path(), temp.path().join("in/c")).unwrap();
    let (out, err, code) = run(dechaff(&["clean"]).arg(temp.path().join("in")));
    assert_eq!((out.as_slice(), code), (NEWS.as_bytes(), 0));
    assert_eq!(err, "dechaff: 2 symbolic links were not followed: name a file itself to have it read\n");
    assert_eq!(run(dechaff(&["check", "-q"]).arg(temp.path().join("in/a.txt"))).2, 1);
}

#[test]
fn attributes_keep_the_name_of_json_lines_and_a_row_for_every_line() {
    let temp = folder();
    let lines = format!("{{\"id\":\"a\",\"text\":\"{JUNK}\"}}\n\n{{\"id\":\"b\",\"text\":\"{NEWS}\"}}\n");
    file(temp.path(), "in/x.json.gz", gzip(lines.as_bytes()));
    file(temp.path(), "in/rows", &lines);
    file(temp.path(), "in/page.txt", NEWS);
    let folder = temp.path().join("attributes");
    let (_, err, code) = run(dechaff(&["clean", "--attributes"])
        .arg(&folder)
        .arg("-o")
        .arg(temp.path().join("out"))
        .arg(temp.path().join("in")));
    assert_eq!((err.as_str(), code), ("", 0));
    assert_eq!(names(&folder), ["page.txt.jsonl", "rows", "x.json.gz"]);
    assert!(std::fs::read(folder.join("x.json.gz")).unwrap().starts_with(&[0x1f, 0x8b]), "packed as the documents are");
    for name in ["rows", "x.json.gz"] {
        let rows = String::from_utf8(unpacked(folder.join(name))).unwrap();
        let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((rows.len(), &rows[0]["id"], &rows[2]["id"]), (3, &json!("a"), &json!("b")));
        assert_eq!(rows[1]["attributes"], json!({}));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_report_is_written_though_nobody_reads_messages() {
    let temp = folder();
    let path = file(temp.path(), "rows.jsonl", rows(3, text));
    let report = temp.path().join("report.html");
    let mut child =
        dechaff(&["check", "-q", "--summary", &path, "--report"]).arg(&report).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!((child.wait().unwrap().code(), report.exists()), (Some(1), true));
}

#[test]
fn byte_order_marks_stay_and_change_nothing() {
    let temp = folder();
    let line = |text: &str| format!("\u{feff}{{\"id\":\"a\",\"text\":\"{text}\"}}\n");
    let path = file(temp.path(), "rows.jsonl", line(&format!("{JUNK}\\n{NEWS}")));
    assert_eq!(run(&mut dechaff(&["clean", &path])), (line(NEWS).into_bytes(), String::new(), 0));
    let path = file(temp.path(), "page.txt", format!("\u{feff}{JUNK}\n{NEWS}\n"));
    let (out, audit) = (temp.path().join("out.txt"), temp.path().join("audit.jsonl"));
    let clean = &mut dechaff(&["clean", "--audit-text", &path, "--audit"]);
    assert_eq!(run(clean.arg(&audit).arg("-o").arg(&out)), (Vec::new(), String::new(), 0));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), format!("\u{feff}{NEWS}\n"));
    let record: Value = serde_json::from_slice(&std::fs::read(&audit).unwrap()).unwrap();
    assert_eq!((&record["removed"][0]["start"], &record["removed"][0]["theme"]), (&json!(3), &json!("porn")));
    let back = temp.path().join("back.txt");
    assert_eq!(run(dechaff(&["restore", "--audit"]).arg(&audit).arg(&out).arg("-o").arg(&back)).2, 0);
    assert_eq!(std::fs::read(back).unwrap(), std::fs::read(path).unwrap());
}

#[test]
fn fields_may_be_lists_and_their_names_stand_apart() {
    let temp = folder();
    let line = |title: &str, parts: &str| format!("{{\"title\": \"{title}\", \"parts\" : [ {parts} ],\"n\":1.50}}\n");
    let path = file(temp.path(), "rows.jsonl", line(JUNK, &format!("\"{NEWS}\",null, \"{JUNK}\\n{NEWS}\\u00e9\"")));
    let audit = temp.path().join("audit.jsonl");
    let clean = &mut dechaff(&["clean", "--field", " title, parts,parts", "--audit-text", "--audit"]);
    let (out, err, code) = run(clean.arg(&audit).arg(&path));
    let expected = line("", &format!("\"{NEWS}\",null, \"{NEWS}\\u00e9\""));
    assert_eq!((String::from_utf8(out).unwrap().as_str(), err.as_str(), code), (expected.as_str(), "", 0));
    let record: Value = serde_json::from_slice(&std::fs::read(&audit).unwrap()).unwrap();
    let fields: Vec<&str> =
        record["removed"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["title", "parts"]);
    let (_, err, code) = run(&mut dechaff(&["clean", "--field", "title,,text", &path]));
    assert!(code == 2 && err.contains("a name is empty"), "{err}");
}

/// A Parquet file with one column of text of this name, three rows.
fn parquet(column: &str) -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::{properties::WriterProperties, writer::SerializedFileWriter};
    let schema = format!("message m {{ required binary {column} (UTF8); }}");
    let schema = parquet::schema::parser::parse_message_type(&schema).unwrap();
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().build();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema.into(), properties.into()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut cells = group.next_column().unwrap().unwrap();
    let texts: Vec<ByteArray> = (0..3).map(|n| ByteArray::from(text(n).as_str())).collect();
    cells.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    cells.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn files_without_a_text_go_through_unchanged() {
    let temp = folder();
    let source = temp.path().join("in");
    let cases = [
        ("table.csv", format!("a,b\n1,{JUNK}\n2,\"x\ny\"\n").into_bytes(), "the table has a, b: name one with --field"),
        ("table.parquet", parquet("body"), "the file has body: name one with --field"),
        ("list.json", format!("[\n{{\"text\":\"{JUNK}\"}},\n{{}}]\n").into_bytes(), "e.g. with jq -c '.[]'"),
        ("object.json", format!("{{\n\"text\":\"{JUNK}\"}}\n").into_bytes(), "e.g. with jq -c ."),
    ];
    for (name, bytes, _) in &cases {
        file(&source, name, bytes);
    }
    file(&source, "empty.csv", "");
    let target = temp.path().join("out");
    let (_, err, code) = run(dechaff(&["clean", "-o"]).arg(&target).arg(&source));
    assert_eq!((err.lines().count(), code), (cases.len(), 2), "{err}");
    for (name, bytes, message) in &cases {
        let told = err.lines().any(|line| line.contains(name) && line.contains(message));
        assert!(told && err.contains("nothing of this file was examined"), "{name}: {err}");
        assert!(std::fs::read(target.join(name)).unwrap() == *bytes, "{name}");
    }
    assert_eq!(std::fs::read(target.join("empty.csv")).unwrap(), b"");
    assert_eq!(run(dechaff(&["check"]).arg(source.join("empty.csv"))), (Vec::new(), String::new(), 0));
    // In place they are left alone.
    let (_, err, code) = run(dechaff(&["clean", "-w"]).arg(&source));
    assert!(code == 2 && err.contains("table.parquet: left as it is"), "{err}");
    assert!(cases.iter().all(|(name, bytes, _)| std::fs::read(source.join(name)).unwrap() == *bytes));
}

#[test]
fn parquet_takes_the_fields_there_are() {
    let temp = folder();
    let path = file(temp.path(), "rows.parquet", parquet("text"));
    let out = temp.path().join("out.parquet");
    let (_, err, code) = run(dechaff(&["clean", "--field", "title,text", &path, "-o"]).arg(&out));
    assert_eq!((err.as_str(), code), ("", 0));
    assert_ne!(std::fs::read(out).unwrap(), std::fs::read(&path).unwrap());
    let (_, err, code) = run(&mut dechaff(&["check", "--field", "title,body", &path]));
    assert!(code == 2 && err.contains("no column `title` or `body`; the file has text"), "{err}");
}

#[test]
fn damage_that_panics_in_a_decoder_is_one_message() {
    let temp = folder();
    let whole = parquet("text");
    // Whatever byte is wrong: one message at most, and never one about threads.
    for at in (4..whole.len() - 8).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let path = file(temp.path(), "rows.parquet", bytes);
        let (_, err, code) = run(&mut dechaff(&["check", "-q", "--strictness", "safe", &path]));
        assert!(code <= 2 && !err.contains("panicked") && err.lines().count() <= 1, "{at}: {err}");
    }
}

#[test]
fn what_cannot_be_done_is_said_with_the_remedy() {
    let temp = folder();
    let (json, table) = (file(temp.path(), "x.jsonl", rows(1, text)), file(temp.path(), "x.parquet", parquet("text")));
    let page = file(temp.path(), "page.txt", format!("{JUNK}\n{NEWS}\n"));
    let at = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
    for (arguments, message) in [
        (&["clean", &json, "-o", &at("out.parquet")][..], "is JSON Lines, but"),
        (&["clean", &table, "-o", &at("out.jsonl")], "is a name for JSON Lines, and formats are not converted"),
        (&["clean", &table, "-o", &at("out.parquet.gz")], "Parquet is packed inside"),
        (&["clean", &json, "-o", &at("out.csv.gz")], "is a name for CSV"),
        (&["check", "-j0", &json], "not a number of threads: 1 to 1024"),
        (&["check", "-f", "warc", &json], "if it is of another format, say which with --format"),
        (&["clean", "--drop-junk", "--diff", &json], "cannot be used with"),
    ] {
        let (_, err, code) = run(&mut dechaff(arguments));
        assert!(code == 2 && err.contains(message), "{arguments:?}: {err}");
    }
    assert_eq!(names(temp.path()), ["page.txt", "x.jsonl", "x.parquet"]);
    let (out, err, _) = run(&mut dechaff(&["clean", "-f", "warc", &json]));
    assert!(out == std::fs::read(&json).unwrap() && err.lines().count() == 1, "as it was, with one message: {err}");
    let (out, err, code) = run(&mut dechaff(&["clean", "--annotate", &page]));
    assert_eq!((out, code), (format!("{NEWS}\n").into_bytes(), 0));
    assert!(err.contains("--annotate adds to JSON Lines only") && err.lines().count() == 1, "{err}");
}
