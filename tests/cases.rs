//! Whole texts with the junk marked ⟦so⟧, in `tests/cases/<shape>/<name>.txt`: exactly what is marked is cut.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use dechaff::{Filter, Outcome, Span, marked, same_stretches};

fn case_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files = Vec::new();
    for shape in std::fs::read_dir(&root).unwrap() {
        for case in std::fs::read_dir(shape.unwrap().path()).unwrap() {
            files.push(case.unwrap().path());
        }
    }
    files.sort();
    files
}

#[test]
fn cases_lose_what_is_marked_and_nothing_else() {
    let filter = Filter::builtin();
    let mut wrong = String::new();
    let files = case_files();
    assert!(files.len() >= 140, "only {} cases were found", files.len());
    for file in files {
        let (text, gold) = marked::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let cleaned = filter.clean(&text);
        if !same_stretches(&text, &cleaned.cuts, &gold) {
            writeln!(wrong, "{}:\n{}", file.display(), marked::mark(&text, &cleaned.cuts)).unwrap();
        }
        let whole = same_stretches(&text, &gold, &[Span::new(0, text.len())]);
        let outcome = match gold.is_empty() {
            true => Outcome::Clean,
            false if whole => Outcome::Junk,
            false => Outcome::Cleaned,
        };
        if cleaned.report.outcome != outcome {
            writeln!(wrong, "{}: {:?} instead of {outcome:?}", file.display(), cleaned.report.outcome).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_cut_line_takes_its_break_along_and_nothing_of_its_neighbours() {
    let junk = "国产精品一区二区|亚洲无码在线观看|日韩人妻中文字幕|欧美成人毛片";
    for (before, after) in [
        ("", "\n\n縣政府召開會議。\n"),
        ("縣政府召開會議。\n", "\n會議在縣府舉行。"),
        ("縣政府召開會議。\r\n", "\r\n會議在縣府舉行。\r\n"),
    ] {
        let page = format!("{before}{junk}{after}");
        let rest = format!("{before}{}", after.trim_start_matches('\r').trim_start_matches(['\n']));
        let rest = if before.is_empty() { after[1..].to_owned() } else { rest };
        assert_eq!(Filter::builtin().clean(&page).text, rest);
    }
    let last = format!("縣政府召開會議。\n會議在縣府舉行。\n{junk}");
    assert_eq!(Filter::builtin().clean(&last).text, "縣政府召開會議。\n會議在縣府舉行。");
}
