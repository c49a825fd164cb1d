//! Compiles the rules that come with the crate, so that they lie ready in the program.
//!
//! The modules that read and compile rules are those of the crate itself: what is embedded is what the crate would build.

#![allow(dead_code, unused_imports, missing_docs, unreachable_pub)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/document.rs"]
mod document;
#[path = "src/error.rs"]
mod error;
#[path = "src/marked.rs"]
pub mod marked;
#[path = "src/rules/mod.rs"]
pub mod rules;
#[path = "src/screen/mod.rs"]
mod screen;
#[path = "src/view/mod.rs"]
mod view;

#[path = "src/detect"]
mod detect {
    #[path = "kind.rs"]
    mod kind;
    #[path = "phrases.rs"]
    pub(crate) mod phrases;
    #[path = "respelled.rs"]
    pub(crate) mod respelled;
    #[path = "table.rs"]
    pub(crate) mod table;

    pub(crate) use kind::Detector;
}

fn rule_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("rules/ can be read") {
        let path = entry.expect("rules/ can be read").path();
        if path.is_dir() {
            rule_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "toml" || ending == "txt") {
            out.push(path);
        }
    }
}

fn main() {
    for part in [
        "build.rs",
        "rules",
        "src/rules",
        "src/view",
        "src/detect/kind.rs",
        "src/detect/phrases.rs",
        "src/detect/table.rs",
    ] {
        println!("cargo::rerun-if-changed={part}");
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));

    let mut files = Vec::new();
    rule_files(&root, &mut files);
    files.sort();
    let mut list = String::from("/// Path below `rules/`, and contents.\nstatic BUILTIN_FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&root).expect("a file of rules/").to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string()).expect("a string takes it");
    }
    list.push_str("];\n");
    fs::write(out.join("builtin_files.rs"), list).expect("OUT_DIR can be written");

    let compiled = rules::Pack::sources(&root)
        .and_then(|pack| rules::compile::Compiled::from_pack(&pack))
        .and_then(|compiled| compiled.to_bytes());
    match compiled {
        Ok(bytes) => fs::write(out.join("builtin.pack"), bytes).expect("OUT_DIR can be written"),
        Err(why) => {
            println!("cargo::error={why}");
            std::process::exit(1);
        }
    }
}
