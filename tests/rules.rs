//! The built-in rules prove themselves, and mistakes in rule files are told with file, line, rule and remedy.

use dechaff::{BuildErrorKind, Filter, Pack, prove};

#[test]
fn every_rule_holds_its_proofs() {
    let proven = prove(&Pack::builtin().unwrap()).unwrap();
    assert!(proven.proofs > 300 && proven.phrases > 10_000, "{} proofs, {} phrases", proven.proofs, proven.phrases);
    assert!(proven.failures.is_empty(), "{}", proven.failures.join("\n"));
}

const GOOD: &str = r#"format = 1
theme = "house"
language = "en"
license = "CC0-1.0"

[sets]
thing = ["pens", "ink"]

[[rule]]
id = "pens"
summary = "Adverts for pens."
phrases = ["buy cheap {thing}"]
weight = 60
since = "2026.11"
source = { how = "known", seen = "2026-11" }
cut = ["⟦buy cheap pens | buy cheap ink⟧\nThe council met on Monday."]
keep = ["The council bought pens for the school."]
"#;

/// A change to a good file, and what the message must be.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("format = 1", "format = 9", "house.toml:1: format = 9, but this version of dechaff reads format = 1"),
    ("weight = 60", "wait = 60", "house.toml:13: unknown field `wait`"),
    ("weight = 60\n", "", "house.toml:10: rule house/en/pens: weight is missing"),
    ("id = \"pens\"", "id = \"Pens\"", "house.toml:10: rule house/en/Pens: id `Pens` may hold lower-case letters"),
    (
        "{thing}",
        "{things}",
        "rule house/en/pens: `buy cheap {things}` names the set `things`, which [sets] does not have",
    ),
    ("buy cheap {thing}", "ab", "rule house/en/pens: phrase `ab` is too short: at least 3 characters here"),
    ("buy cheap {thing}", "性", "rule house/en/pens: phrase `性` is too short: at least 2 characters here"),
    ("keep = ", "silent = ", "rule house/en/pens: a stable rule needs a proof `keep`"),
    ("⟦buy cheap pens | buy cheap ink⟧", "buy cheap pens", "has no marks ⟦…⟧"),
    ("⟦buy", "buy", "⟧ without ⟦"),
    (
        "phrases = [\"buy cheap {thing}\"]",
        "detector = \"smell\"\npoints = [[1, 5]]",
        "there is no detector `smell`; there are anchor, cover,",
    ),
    (
        "phrases = [\"buy cheap {thing}\"]",
        "pattern = '(?i)pens'\nanchors = [\"pens\"]",
        "pattern has `(?i`, which is refused: text is folded",
    ),
    ("phrases = [\"buy cheap {thing}\"]", "pattern = 'pens?'", "a pattern needs anchors"),
    ("seen = \"2026-11\"", "seen = \"lately\"", "source.seen = \"lately\" must be a month"),
];

#[test]
fn mistakes_in_rule_files_are_told_with_place_and_remedy() {
    Filter::builder().builtin().pack(Pack::from_toml("house.toml", GOOD).unwrap()).build().unwrap();
    for (good, bad, message) in MISTAKES {
        assert!(GOOD.contains(good), "{good}");
        let text = GOOD.replacen(good, bad, 1);
        let why = Pack::from_toml("house.toml", &text)
            .and_then(|pack| Filter::builder().builtin().pack(pack).build())
            .expect_err(message);
        assert!(why.to_string().contains(message), "{why}\nshould say: {message}");
        assert!(why.place().is_some(), "{why}");
    }
}

#[test]
fn an_id_given_twice_is_refused() {
    let pack = || Pack::from_toml("house.toml", GOOD).unwrap();
    let why = Filter::builder().builtin().pack(pack()).pack(pack()).build().unwrap_err();
    assert_eq!((why.kind(), why.rule()), (BuildErrorKind::Rule, Some("house/en/pens")));
}

#[test]
fn a_folder_of_rules_needs_a_pack_file_and_right_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("house")).unwrap();
    std::fs::write(folder.path().join("house/de.toml"), GOOD).unwrap();
    let why = Pack::from_path(folder.path()).unwrap_err();
    assert!(why.to_string().contains("needs a pack.toml"), "{why}");
    std::fs::write(folder.path().join("pack.toml"), "name = \"house\"\nversion = \"1\"\nlicense = \"CC0-1.0\"\n")
        .unwrap();
    let why = Pack::from_path(folder.path()).unwrap_err();
    assert!(why.to_string().contains("this file is house/en.toml"), "{why}");
    std::fs::rename(folder.path().join("house/de.toml"), folder.path().join("house/en.toml")).unwrap();
    assert_eq!(Pack::from_path(folder.path()).unwrap().rules().unwrap().len(), 1);
}

#[test]
fn a_longer_allowed_phrase_beats_the_phrase_inside_it() {
    let allow = GOOD.replace("weight = 60", "weight = 60\nallow = [\"never buy cheap ink\"]");
    let filter =
        |text: &str| Filter::builder().builtin().pack(Pack::from_toml("house.toml", text).unwrap()).build().unwrap();
    let page = "never buy cheap ink | buy cheap pens\nThe council met on Monday to talk about the library.";
    let fired = |filter: &Filter| {
        filter
            .check(page)
            .segments
            .iter()
            .flat_map(|segment| segment.evidence.clone())
            .filter(|e| e.rule.theme() == "house")
            .count()
    };
    assert_eq!((fired(&filter(GOOD)), fired(&filter(&allow))), (2, 1));
}
