//! Round trips with readers that are not ours: each check of `readers.py` is a test here.
//!
//! `DECHAFF_PYTHON` names the Python that has the packages of `readers.txt`; the default is `python3`. What a check needs
//! and does not find is said, with the command that installs it, and the test passes; with `DECHAFF_REQUIRE=1` it fails.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

/// `readers.py` ends with this code if nothing failed and something could not run.
const SKIPPED: i32 = 3;

/// Says what was not checked; fails where everything has to be. Written past the test runner, which keeps what a passing
/// test prints to itself.
pub fn not_checked(what: &str, why: &str) {
    assert!(
        std::env::var_os("DECHAFF_REQUIRE").is_none(),
        "DECHAFF_REQUIRE is set, but {what} cannot be checked: {why}"
    );
    std::io::stderr().write_all(format!("not checked: {what}: {why}\n").as_bytes()).unwrap();
}

fn script(arguments: &[&str]) -> Option<(i32, String)> {
    let python = std::env::var_os("DECHAFF_PYTHON").unwrap_or_else(|| OsString::from("python3"));
    let mut command = Command::new(&python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers.py")).args(arguments).stdin(Stdio::null());
    match command.output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).trim().to_owned()))
        }
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(why) => panic!("{}: {why}", python.display()),
    }
}

fn no_python(what: &str) {
    not_checked(what, "no such Python as DECHAFF_PYTHON says (python3, unless set): apt-get install python3");
}

fn check(name: &str) {
    let binary = cargo_bin!("dechaff").to_str().unwrap();
    match script(&["--dechaff", binary, name]) {
        Some((0, _)) => {}
        Some((SKIPPED, said)) => {
            let why = said.lines().find_map(|line| line.strip_prefix(&format!("skipped {name}: "))).unwrap_or(&said);
            not_checked(&format!("readers::{name}"), why);
        }
        Some((code, said)) => panic!("readers.py ended with {code}:\n{said}"),
        None => no_python(&format!("readers::{name}")),
    }
}

macro_rules! checks {
    ($($name:ident: $check:literal),* $(,)?) => {
        const CHECKS: &[&str] = &[$($check),*];
        $(
            #[test]
            fn $name() {
                check($check);
            }
        )*
    };
}

checks! {
    fineweb_parquet: "fineweb-parquet",
    fineweb_jsonl: "fineweb-jsonl",
    c4: "c4",
    oscar: "oscar",
    dolma: "dolma",
    dolma_json_gz: "dolma-json-gz",
    datatrove: "datatrove",
    redpajama: "redpajama",
    culturax: "culturax",
    wet: "wet",
    warc: "warc",
    csv: "csv",
    tsv: "tsv",
    unnamed: "unnamed",
    parquet_codecs: "parquet-codecs",
    parquet_nested: "parquet-nested",
    parquet_drop: "parquet-drop",
    parquet_polars: "parquet-polars",
    parquet_duckdb: "parquet-duckdb",
    fields: "fields",
    pandas: "pandas",
    datasets: "datasets",
    restore: "restore",
}

#[test]
fn every_check_of_the_script_is_a_test() {
    match script(&["--list"]) {
        Some((code, said)) => assert_eq!((code, said.lines().collect::<Vec<_>>()), (0, CHECKS.to_vec())),
        None => no_python("that tests/readers.rs names every check of tests/readers.py"),
    }
}
