//! Evidence of many pages: what `--sites` finds more, and that menus, notices and articles that repeat stay.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use dechaff::{Document, Filter, Sites, Span};
use serde_json::{Value, json};

/// A page of a host, and where junk was put into it.
struct Page {
    url: String,
    text: String,
    junk: Vec<Span>,
}

/// Texts of a kind, of the labelled lines in `folder`.
fn labelled(folder: &str, kinds: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labelled").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            if kinds.contains(&row["kind"].as_str().unwrap()) {
                texts.extend(row["text"].as_str().unwrap().lines().map(str::to_owned));
            }
        }
    }
    texts
}

/// Hosts with a menu and a notice of their own on each of their pages, articles that two hosts share, and campaigns: the
/// same junk on some pages of one to five hosts.
fn pages(hosts: usize, campaigns: usize) -> Vec<Page> {
    let mut dice = fastrand::Rng::with_seed(5);
    let mut genuine = labelled("learn", &["genuine", "page"]);
    genuine.extend(labelled("measure", &["genuine", "page"]));
    let menus = labelled("measure", &["genuine-list"]);
    dice.shuffle(&mut genuine);
    let mut genuine = genuine.into_iter().cycle();
    let mut article = || -> Vec<(String, bool)> { genuine.by_ref().take(6).map(|line| (line, false)).collect() };
    let mut pages: Vec<(String, Vec<(String, bool)>)> = Vec::new();
    for host in 0..hosts {
        let (menu, notice) = (&menus[dice.usize(..menus.len())], &menus[dice.usize(..menus.len())]);
        for page in 0..4 {
            let mut lines = article();
            lines.insert(0, (menu.clone(), false));
            lines.push((notice.clone(), false));
            pages.push((format!("https://www.example{host}.org/{page}"), lines));
        }
    }
    for shared in 0..hosts / 4 {
        let lines = article();
        for host in [shared, shared + hosts / 2] {
            pages.push((format!("https://www.example{host}.org/shared/{shared}"), lines.clone()));
        }
    }
    let mut junk = labelled("measure", &["list", "advert", "plain"]);
    dice.shuffle(&mut junk);
    for line in junk.into_iter().take(campaigns) {
        let first = dice.usize(..3);
        for _ in 0..1 + dice.usize(..5) {
            let host = dice.usize(..hosts);
            for page in 0..1 + dice.usize(..4) {
                let lines = &mut pages[host * 4 + page].1;
                let at = match first {
                    0 => 0,
                    1 => lines.len(),
                    _ => 1 + dice.usize(..lines.len() - 1),
                };
                lines.insert(at, (line.clone(), true));
            }
        }
    }
    pages.into_iter().map(|(url, lines)| page(url, &lines)).collect()
}

fn page(url: String, lines: &[(String, bool)]) -> Page {
    let (mut text, mut junk) = (String::new(), Vec::new());
    for (line, injected) in lines {
        let start = text.len();
        text.push_str(line);
        if *injected {
            junk.push(Span::new(start, text.len()));
        }
        text.push('\n');
    }
    Page { url, text, junk }
}

/// Share of the injected lines that is gone, and bytes of genuine text that went along.
fn figures(filter: &Filter, pages: &[Page]) -> (f64, usize) {
    let (mut found, mut all, mut lost) = (0, 0, 0);
    for page in pages {
        let cuts = filter.clean(Document::new(&page.text).with_url(&page.url)).cuts;
        let cut = |at: usize| cuts.iter().any(|cut| cut.start <= at && at < cut.end);
        for junk in &page.junk {
            let gone = (junk.start..junk.end).filter(|at| cut(*at)).count();
            found += usize::from(gone * 100 >= junk.len() * 95);
            all += 1;
        }
        lost += cuts
            .iter()
            .flat_map(|cut| cut.start..cut.end)
            .filter(|at| !page.junk.iter().any(|junk| junk.start <= *at && *at < junk.end))
            .filter(|at| page.text.as_bytes()[*at].is_ascii_alphanumeric() || page.text.as_bytes()[*at] >= 0x80)
            .count();
    }
    (found as f64 / all as f64, lost)
}

#[test]
fn junk_that_repeats_is_found_and_menus_that_repeat_stay() {
    let pages = pages(120, 150);
    let filter = Filter::builtin();
    let sites = Sites::new();
    for page in &pages {
        filter.observe(Document::new(&page.text).with_url(&page.url), &sites);
    }
    assert_eq!(sites.pages(), pages.len() as u64);
    let (alone, lost_alone) = figures(&filter, &pages);
    let (together, lost) = figures(&filter.with_sites(Arc::new(sites)), &pages);
    println!(
        "sites recall-alone = {alone:.6}\nsites recall = {together:.6}\nsites lost-alone = {lost_alone}\nsites lost = {lost}"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recorded: BTreeMap<String, BTreeMap<String, f64>> =
        toml::from_str(&std::fs::read_to_string(root.join("tests/quality.toml")).unwrap()).unwrap();
    let recorded = &recorded["sites"];
    assert!(together >= recorded["recall"] - 1e-6, "{together}, recorded {}", recorded["recall"]);
    assert!(lost as f64 <= recorded["lost"], "{lost} bytes of genuine text, recorded {}", recorded["lost"]);
    assert!(together > alone, "other pages told nothing");
}

/// A line that no page shows to be junk: odd, but not enough.
fn doubtful() -> String {
    let filter = Filter::builtin();
    let candidates = labelled("measure", &["list", "advert"]);
    let doubtful = candidates.into_iter().find(|line| {
        let text = format!("The council met on Monday.\n{line}\nTea was served afterwards.\n");
        let report = filter.check(&text);
        report.junk().next().is_none()
            && report.suspect().any(|segment| segment.score >= 100 && segment.span.len() == line.len())
    });
    doubtful.unwrap()
}

fn records(line: &str) -> String {
    let mut records = String::new();
    for n in 0..6 {
        let text = format!("Minutes of meeting {n}\n{line}\nThe next meeting is in week {n}.\n");
        let record = json!({"url": format!("https://council{n}.example{n}.org/minutes"), "text": text});
        writeln!(records, "{record}").unwrap();
    }
    records
}

fn run(arguments: &[&str]) -> Output {
    Command::new(assert_cmd::cargo::cargo_bin!("dechaff")).args(arguments).output().unwrap()
}

#[test]
fn the_command_reads_twice_and_gives_the_same_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let line = doubtful();
    let input = folder.path().join("pages.jsonl");
    std::fs::write(&input, records(&line)).unwrap();
    let input = input.display().to_string();
    let alone = run(&["clean", &input]);
    assert_eq!(String::from_utf8(alone.stdout).unwrap(), records(&line));
    let one = run(&["clean", "--sites", "-j1", &input]);
    assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stderr));
    let two = run(&["clean", "--sites", "-j2", &input]);
    assert_eq!(one.stdout, two.stdout);
    for row in String::from_utf8(one.stdout).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let text = row["text"].as_str().unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
    }
    let check = run(&["check", "--sites", &input]);
    assert_eq!(check.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_twice_or_has_no_url_is_told() {
    let stdin = run(&["check", "--sites"]);
    assert_eq!(stdin.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&stdin.stderr).contains("needs files"));
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("pages.jsonl");
    std::fs::write(&input, "{\"text\": \"The council met on Monday.\"}\n").unwrap();
    let nameless = run(&["check", "--sites", &input.display().to_string()]);
    assert_eq!(nameless.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nameless.stderr).contains("--url-field"));
}
