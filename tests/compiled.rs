//! Compiled packs give what their sources give, and are refused when they are damaged, stale or of another version.

use std::path::{Path, PathBuf};

use dechaff::{BuildErrorKind, Filter, Pack};

const RULES: &str = r#"format = 1
theme = "house"
language = "en"
license = "CC0-1.0"

[sets]
thing = ["pens", "ink"]

[[rule]]
id = "pens"
summary = "Adverts for pens."
phrases = ["buy cheap {thing}", "{thing} wholesale price"]
allow = ["never buy cheap ink"]
weight = 60
since = "2026.11"
source = { how = "known", seen = "2026-11" }
cut = ["⟦buy cheap pens | ink wholesale price⟧\nThe council met on Monday."]
keep = ["The council bought pens for the school."]

[[rule]]
id = "number"
summary = "Order numbers."
pattern = "order nr [0-9]{4}"
anchors = ["order nr"]
weight = 30
since = "2026.11"
source = { how = "known", seen = "2026-11" }
cut = ["⟦buy cheap pens | ink wholesale price | order nr 1234⟧\nThe council met on Monday."]
keep = ["The council bought pens for the school."]
"#;

const PAGE: &str =
    "buy cheap pens | ink wholesale price | order nr 1234\nThe council met on Monday. Never buy cheap ink!\n";

/// A folder of rules, and where its compiled pack belongs.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("house")).unwrap();
    std::fs::write(folder.path().join("house/en.toml"), RULES).unwrap();
    std::fs::write(folder.path().join("pack.toml"), "name = \"house\"\nversion = \"1\"\nlicense = \"CC0-1.0\"\n")
        .unwrap();
    let compiled = Pack::compiled_path(folder.path());
    (folder, compiled)
}

fn filter(path: &Path) -> Filter {
    Filter::builder().builtin().pack(Pack::from_path(path).unwrap()).build().unwrap()
}

#[test]
fn a_compiled_pack_gives_what_its_sources_give() {
    let (folder, compiled) = folder();
    let written = filter(folder.path());
    std::fs::write(&compiled, Pack::sources(folder.path()).unwrap().compile().unwrap()).unwrap();
    for path in [folder.path(), &compiled] {
        let pack = Pack::from_path(path).unwrap();
        assert_eq!((pack.notice(), pack.proofs().len()), (None, 0), "{}: not the compiled one", path.display());
        assert_eq!((pack.name(), pack.version(), pack.license()), ("house", "1", "CC0-1.0"));
        let loaded = filter(path);
        assert_eq!(loaded.fingerprint(), written.fingerprint());
        assert_eq!(loaded.check(PAGE), written.check(PAGE));
        assert_eq!(loaded.clean(PAGE).text, "The council met on Monday. Never buy cheap ink!\n");
        for (one, other) in loaded.rules().iter().zip(written.rules()) {
            assert_eq!(
                (one.details(), one.phrase_count(), one.kind()),
                (other.details(), other.phrase_count(), other.kind())
            );
        }
    }
}

#[test]
fn a_stale_or_damaged_compiled_pack_is_built_anew_from_its_sources_and_said_so() {
    let (folder, compiled) = folder();
    let good = Pack::sources(folder.path()).unwrap().compile().unwrap();
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let last = good.len() - 1;
    for (bytes, expected) in [
        (changed(0), "no compiled pack"),
        (changed(8), "but this version of dechaff reads"),
        (changed(30), "damaged"),
        (changed(last), "damaged"),
        (good[..last].to_vec(), "damaged"),
        (good[..10].to_vec(), "no compiled pack"),
        (Vec::new(), "no compiled pack"),
    ] {
        std::fs::write(&compiled, &bytes).unwrap();
        let pack = Pack::from_path(folder.path()).unwrap();
        let notice = pack.notice().unwrap_or_default();
        assert!(notice.contains(expected) && notice.contains("dechaff rules compile"), "{expected}: {notice}");
        assert_eq!(pack.rules().unwrap().len(), 2);
    }
    std::fs::write(&compiled, changed(last)).unwrap();
    let why = Pack::from_path(&compiled).unwrap_err();
    assert_eq!(why.kind(), BuildErrorKind::Compiled);
    assert!(why.to_string().contains("compiled.pack: the compiled pack is damaged"), "{why}");

    std::fs::write(&compiled, &good).unwrap();
    std::fs::write(folder.path().join("house/en.toml"), RULES.replace("wholesale", "bargain")).unwrap();
    let pack = Pack::from_path(folder.path()).unwrap();
    assert!(pack.notice().is_some_and(|notice| notice.contains("the rules changed")), "{:?}", pack.notice());
    assert!(filter(folder.path()).check("buy cheap pens | pens bargain price\nThe council met.").junk().count() == 1);
}

#[test]
fn the_command_compiles_and_says_where() {
    let (folder, compiled) = folder();
    let dechaff = || assert_cmd::Command::cargo_bin("dechaff").unwrap();
    let run = dechaff().args(["rules", "compile"]).arg(folder.path()).assert().success();
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("compiled.pack"));
    dechaff().args(["check", "-q", "--rules"]).arg(&compiled).write_stdin(PAGE).assert().code(1).stderr("");
    std::fs::write(folder.path().join("house/en.toml"), RULES.replace("wholesale", "bargain")).unwrap();
    let run = dechaff().args(["check", "-q", "--rules"]).arg(folder.path()).write_stdin(PAGE).assert().code(1);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("built from the sources"));
    let run = dechaff().args(["rules", "check"]).arg(&compiled).assert().code(2);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("brings no sources"));
}
