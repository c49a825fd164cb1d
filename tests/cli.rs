//! The command as a person or a pipeline uses it. `tests/cmd/*.toml` are sessions; what they cannot say stands here.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::assert::OutputAssertExt;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

pub const JUNK: &str = "国产精品一区二区|亚洲无码在线观看|日韩人妻中文字幕|欧美成人毛片";
pub const NEWS: &str = "县政府召开老旧小区改造工作会议，各部门负责人参加了会议。";

pub fn dechaff(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("dechaff"));
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn run(command: &mut Command) -> (Vec<u8>, String, i32) {
    let output = command.output().unwrap();
    (output.stdout, String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

pub fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    dechaff::formats::compress::gzip_member(bytes, 6)
}

#[test]
fn sessions() {
    trycmd::TestCases::new().register_bin("dechaff", cargo_bin!("dechaff").to_owned()).case("tests/cmd/*.toml");
}

#[test]
fn text_goes_through_without_its_junk() {
    let page = format!("{JUNK}\n\n{NEWS}\n");
    let temp = folder();
    let path = file(temp.path(), "page.txt", &page);
    let (out, err, code) = run(&mut dechaff(&["clean", &path]));
    assert_eq!((String::from_utf8(out).unwrap(), err.as_str(), code), (format!("\n{NEWS}\n"), "", 0));
    let (_, _, code) = run(&mut dechaff(&["check", "-q", &path]));
    assert_eq!(code, 1);
}

#[test]
fn standard_input_is_read_where_no_path_is_given() {
    let mut child = dechaff(&["clean"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{JUNK}\n{NEWS}").as_bytes()).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, NEWS.as_bytes());
}

#[test]
fn json_lines_keep_everything_but_the_junk() {
    let rows = format!(
        "{{\"id\":\"a\",\"n\":1.50,\"text\":\"{JUNK}\\n{NEWS}\",\"z\":[1, 2]}}\n\n{{ \"text\" : \"{NEWS}\", \"id\" : 7 }}\n"
    );
    let temp = folder();
    for (name, bytes) in [
        ("rows.jsonl", rows.clone().into_bytes()),
        ("rows.jsonl.gz", [gzip(&rows.as_bytes()[..40]), gzip(&rows.as_bytes()[40..])].concat()),
        ("rows.jsonl.zst", zstd::encode_all(rows.as_bytes(), 3).unwrap()),
    ] {
        let path = file(temp.path(), name, bytes);
        let audit = temp.path().join("audit.jsonl");
        let (out, err, code) = run(dechaff(&["clean", &path, "--unit", "char", "--audit-text", "--audit"]).arg(&audit));
        let out = String::from_utf8(out).unwrap();
        assert_eq!(
            (out.as_str(), err.as_str(), code),
            (rows.replace(&format!("{JUNK}\\n"), "").as_str(), "", 0),
            "{name}"
        );
        let records: Vec<Value> =
            std::fs::read_to_string(&audit).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(records.len(), 2);
        assert_eq!(
            (&records[0]["v"], &records[0]["id"], &records[0]["outcome"]),
            (&1.into(), &"a".into(), &"cleaned".into())
        );
        let cut = &records[0]["removed"][0];
        assert_eq!((&cut["start"], &cut["end"]), (&0.into(), &(JUNK.chars().count() + 1).into()));
        assert_eq!((&cut["theme"], cut["text"].as_str().unwrap()), (&"porn".into(), format!("{JUNK}\n").as_str()));
        assert!(
            cut["rules"].as_array().unwrap().iter().any(|rule| rule.as_str().unwrap().starts_with("porn/zh-Hans/"))
        );
        assert_eq!((&records[1]["id"], &records[1]["outcome"]), (&"7".into(), &"clean".into()));
        assert!(records[0]["ruleset"].as_str().unwrap().starts_with("dechaff-"));
    }
}

#[test]
fn output_is_packed_by_its_name_and_mirrors_folders() {
    let temp = folder();
    file(temp.path(), "in/a.txt", format!("{JUNK}\n{NEWS}"));
    file(temp.path(), "in/deep/b.jsonl.gz", gzip(format!("{{\"text\":\"{JUNK}\\n{NEWS}\"}}\n").as_bytes()));
    let (source, target) = (temp.path().join("in"), temp.path().join("out"));
    dechaff(&["clean", "-o"]).arg(&target).arg(&source).assert().success();
    assert_eq!(std::fs::read_to_string(target.join("a.txt")).unwrap(), NEWS);
    let mut text = String::new();
    dechaff::formats::compress::open(&target.join("deep/b.jsonl.gz")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, format!("{{\"text\":\"{NEWS}\"}}\n"));
}

#[cfg(unix)]
#[test]
fn what_is_no_ordinary_file_is_written_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let temp = folder();
    let path = file(temp.path(), "page.txt", format!("{JUNK}\n{NEWS}"));
    let pipe = temp.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = dechaff(&["clean", &path, "-o"]).arg(&pipe).spawn().unwrap();
    assert_eq!(std::fs::read_to_string(&pipe).unwrap(), NEWS);
    assert!(child.wait().unwrap().success());
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe is still a pipe");

    let link = temp.path().join("link.txt");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    dechaff(&["clean", "-w"]).arg(&link).assert().success();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink() && std::fs::read_to_string(&path).unwrap() == NEWS);
}

#[test]
fn files_are_changed_in_place_only_where_there_is_junk() {
    let temp = folder();
    let dirty = file(temp.path(), "dirty.txt", format!("{JUNK}\n{NEWS}\n"));
    let clean = file(temp.path(), "clean.txt", format!("{NEWS}\n"));
    let before = std::fs::metadata(&clean).unwrap().modified().unwrap();
    dechaff(&["clean", "-w", &dirty, &clean]).assert().success().stdout("");
    assert_eq!(std::fs::read_to_string(&dirty).unwrap(), format!("{NEWS}\n"));
    assert_eq!(std::fs::metadata(&clean).unwrap().modified().unwrap(), before);
    dechaff(&["clean", "-w"]).assert().code(2).stderr(predicates(&["--write needs files"]));
}

#[test]
fn junk_documents_can_be_left_out_and_records_annotated() {
    let temp = folder();
    let rows = format!("{{\"id\":1,\"text\":\"{JUNK}\"}}\n{{\"id\":2,\"text\":\"{NEWS}\"}}\n");
    let path = file(temp.path(), "rows.jsonl", rows);
    let (out, _, code) = run(&mut dechaff(&["clean", "--drop-junk", &path]));
    assert_eq!((String::from_utf8(out).unwrap(), code), (format!("{{\"id\":2,\"text\":\"{NEWS}\"}}\n"), 0));
    let (out, _, _) = run(&mut dechaff(&["clean", "--annotate", &path]));
    let rows: Vec<Value> =
        std::str::from_utf8(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["dechaff"]["outcome"], &rows[1]["dechaff"]["outcome"]), (&"junk".into(), &"clean".into()));
}

#[test]
fn differences_are_shown_and_nothing_is_written() {
    let temp = folder();
    let path = file(temp.path(), "page.txt", format!("{JUNK}\n{NEWS}\n"));
    let (out, _, code) = run(&mut dechaff(&["clean", "--diff", &path]));
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(&format!("\n-{JUNK}\n {NEWS}\n")) && code == 0, "{out}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(JUNK));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let temp = folder();
    let mut rows = String::new();
    for n in 0..300 {
        let junk = if n % 3 == 0 { format!("{JUNK}\\n") } else { String::new() };
        rows.push_str(&format!("{{\"id\":{n},\"text\":\"{junk}{NEWS}{n}\"}}\n"));
    }
    let path = file(temp.path(), "rows.jsonl", rows);
    let all: Vec<_> = ["1", "2", "7"]
        .iter()
        .map(|threads| {
            let audit = temp.path().join("audit");
            let (out, _, _) = run(dechaff(&["clean", "-j", threads, &path, "--audit"]).arg(&audit));
            (out, std::fs::read(audit).unwrap())
        })
        .collect();
    assert!(all[0].0.len() > 1000 && all.iter().all(|other| *other == all[0]));
}

/// Malformed input: what it is, what must be said, and that the rest still goes through.
#[test]
fn faults_are_told_with_their_place_and_the_rest_goes_through() {
    let good = format!("{{\"id\":\"good\",\"text\":\"{JUNK}\\n{NEWS}\"}}\n");
    let cleaned = format!("{{\"id\":\"good\",\"text\":\"{NEWS}\"}}\n");
    let temp = folder();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("broken json", b"{\"text\": oops}\n".to_vec(), ":1: not a JSON object: expected value"),
        ("array", b"[1,2]\n".to_vec(), ":1: not a JSON object but a list: write each record in a line of its own"),
        (
            "missing field",
            b"{\"body\":\"x\"}\n".to_vec(),
            ":1: no field `text`, `content`, `raw_content`; the record has body: name one with --field",
        ),
        (
            "not a string",
            b"{\"text\":17}\n".to_vec(),
            ":1: field `text` is not a string, nor a list of strings: name another with --field",
        ),
        ("bad utf-8", b"{\"text\":\"\xff\xfe\"}\n".to_vec(), ":1: not UTF-8 at byte 9 of the line"),
        ("lone surrogate", b"{\"text\":\"\\ud800\"}\n".to_vec(), ":1: field `text` has half of a surrogate pair"),
        ("nothing", b"{}\n".to_vec(), ":1: no field `text`, `content`, `raw_content`: the record has no fields at all"),
    ];
    for (what, bad, message) in cases {
        let path = file(temp.path(), "rows.jsonl", [bad.as_slice(), good.as_bytes()].concat());
        let (out, err, code) = run(&mut dechaff(&["clean", &path]));
        assert_eq!(out, [bad.as_slice(), cleaned.as_bytes()].concat(), "{what}: nothing is lost");
        assert!(err.contains(&format!("rows.jsonl{message}")), "{what}: {err}");
        assert_eq!(code, 2, "{what}");
    }
}

#[test]
fn bytes_that_are_not_utf8_stay_and_the_junk_around_them_goes() {
    let temp = folder();
    let page = [JUNK.as_bytes(), b"\nlatin \xe9\xe8 text\n", NEWS.as_bytes()].concat();
    let path = file(temp.path(), "page.txt", &page);
    let (out, err, code) = run(&mut dechaff(&["clean", &path]));
    assert_eq!(out, &page[JUNK.len() + 1..]);
    assert!(err.contains("page.txt:2: not UTF-8 here; these bytes were kept as they are"), "{err}");
    assert_eq!(code, 2);
}

#[test]
fn empty_files_and_nul_bytes_are_nothing_special() {
    let temp = folder();
    for bytes in [&b""[..], b"\n", b"\0\0\0", b"a\0b\n"] {
        let path = file(temp.path(), "page.txt", bytes);
        assert_eq!(run(&mut dechaff(&["clean", &path])), (bytes.to_vec(), String::new(), 0));
        let path = file(temp.path(), "page.jsonl", if bytes.contains(&0) { b"" } else { bytes });
        assert_eq!(run(&mut dechaff(&["check", &path])), (Vec::new(), String::new(), 0));
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_passes_through_with_the_reason() {
    let temp = folder();
    let page = "长行，没有换行。".repeat((100 << 20) / "长行，没有换行。".len() + 1);
    let path = file(temp.path(), "page.txt", &page);
    let output = temp.path().join("out.txt");
    let (_, err, code) = run(dechaff(&["clean", &path, "-o"]).arg(&output));
    assert!(
        err.contains("page.txt: longer than --max-bytes 16777216: raise it; the record was passed through"),
        "{err}"
    );
    assert_eq!(code, 2);
    assert!(std::fs::read(output).unwrap() == page.as_bytes());
}

#[test]
fn broken_compression_loses_nothing_that_could_be_read() {
    let temp = folder();
    let rows = format!("{{\"id\":1,\"text\":\"{JUNK}\\n{NEWS}\"}}\n").repeat(2000);
    let packed = gzip(rows.as_bytes());
    let path = file(temp.path(), "rows.jsonl.gz", &packed[..packed.len() / 2]);
    let other = file(temp.path(), "other.jsonl", format!("{{\"id\":2,\"text\":\"{JUNK}\\n{NEWS}\"}}\n"));
    let (out, err, code) = run(&mut dechaff(&["clean", &path, &other]));
    let out = String::from_utf8_lossy(&out);
    assert!(out.starts_with(&format!("{{\"id\":1,\"text\":\"{NEWS}\"}}\n")), "what could be read is cleaned");
    assert!(out.ends_with(&format!("{{\"id\":2,\"text\":\"{NEWS}\"}}\n")), "the next file goes on");
    assert!(err.contains("rows.jsonl.gz:") && err.contains("broken compressed data"), "{err}");
    assert_eq!(code, 2);
    // In place, a file that cannot be read to its end is left alone.
    let (_, err, code) = run(&mut dechaff(&["clean", "-w", &path]));
    assert!(err.contains("rows.jsonl.gz: left as it is") && code == 2, "{err}");
    assert_eq!(std::fs::read(&path).unwrap(), packed[..packed.len() / 2]);
}

#[test]
fn missing_files_do_not_stop_the_others() {
    let temp = folder();
    let path = file(temp.path(), "page.txt", NEWS);
    let (out, err, code) = run(&mut dechaff(&["clean", "nowhere.txt", &path]));
    assert_eq!((String::from_utf8(out).unwrap().as_str(), code), (NEWS, 2));
    assert!(err.contains("nowhere.txt: no such file or folder"), "{err}");
}

#[test]
fn a_closed_pipe_is_success() {
    let temp = folder();
    let path = file(temp.path(), "page.txt", format!("{NEWS}\n").repeat(200_000));
    let mut child = dechaff(&["clean", &path]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn control_characters_of_pages_never_reach_the_terminal() {
    let temp = folder();
    let path = file(
        temp.path(),
        "page.txt",
        format!("国产精品一区二区|\x1b[31m亚洲无码在线观看|日韩人妻中文字幕\x07\n{NEWS}\n"),
    );
    for command in ["check", "explain"] {
        let (out, _, _) = run(&mut dechaff(&[command, &path]));
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("亚洲") && !out.contains('\x1b') && !out.contains('\x07'), "{out}");
    }
}

fn predicates(parts: &'static [&'static str]) -> impl predicates_core::Predicate<str> {
    predicates::function::function(move |text: &str| parts.iter().all(|part| text.contains(part)))
}
