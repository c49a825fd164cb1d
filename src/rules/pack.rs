//! A pack: rule files versioned together, as they were read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compile::Compiled;
use super::policy::Policy;
use super::syntax::{FORMAT, PackFile, RetiredFile, RuleEntry, RuleFile};
use super::{Rule, RuleId};
use crate::error::{BuildError, BuildErrorKind, Place};

/// Rules that belong together, with a name and a version.
///
/// ```
/// let pack = dechaff::Pack::from_toml(
///     "house.toml",
///     r#"
///     format = 1
///     theme = "house"
///     language = "en"
///     license = "CC0-1.0"
///     [[rule]]
///     id = "pens"
///     summary = "Adverts for pens."
///     phrases = ["buy cheap pens", "pens wholesale price"]
///     weight = 60
///     since = "2026.11"
///     source = { how = "known", seen = "2026-11" }
///     cut = ["⟦buy cheap pens | pens wholesale price⟧\nThe council met on Monday."]
///     keep = ["The council bought pens for the school."]
///     "#,
/// )?;
/// let filter = dechaff::Filter::builder().builtin().pack(pack).build()?;
/// assert_eq!(filter.clean("buy cheap pens | pens wholesale price\nThe council met.").text, "The council met.");
/// # Ok::<(), dechaff::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pack {
    name: String,
    version: String,
    license: String,
    pub(super) files: Vec<File>,
    policy: Option<Policy>,
    /// Everything that was read, for the fingerprint.
    digest: u64,
    /// Ready for use; then there are no files.
    compiled: Option<Arc<Compiled>>,
    notice: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) rules: RuleFile,
    pub(super) lists: BTreeMap<String, String>,
    line_starts: Vec<usize>,
}

impl File {
    pub(super) fn line_of(&self, entry: &RuleEntry) -> usize {
        self.line_starts.partition_point(|start| *start <= entry.id.span().start)
    }
}

/// A text by which a rule proves itself.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The rule that brings it.
    pub rule: RuleId,
    /// What must hold.
    pub kind: ProofKind,
    /// The text, with marks if it is a `cut`.
    pub text: String,
    /// Where the rule stands.
    pub place: Place,
}

/// What a proof asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// Exactly the marked stretches are cut, and the rule is part of the reason.
    Cut,
    /// Nothing is cut.
    Keep,
    /// The rule does not fire.
    Silent,
}

const PACK_FILE: &str = "pack.toml";
const POLICY_FILE: &str = "policy.toml";
const RETIRED_FILE: &str = "retired.toml";
/// What `dechaff rules compile` writes into a folder of rules.
const COMPILED_FILE: &str = "compiled.pack";

impl Pack {
    /// A rule file, a folder of them with a `pack.toml`, or a compiled pack. A folder in which
    /// [`compile`](Pack::compile) left a compiled pack of the same rules is not read further; if that pack is damaged, stale
    /// or of another version, the rules are built from their sources, and [`notice`](Pack::notice) says so.
    ///
    /// # Errors
    ///
    /// When something cannot be read, or is not as `rules/README.md` describes it.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Pack, BuildError> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        if !path.is_dir() {
            let bytes = std::fs::read(path).map_err(|why| unreadable(path, &why))?;
            if bytes.starts_with(Compiled::MAGIC) {
                return Compiled::from_bytes(&bytes).map(Pack::of_compiled).map_err(|why| why.at(&shown, 0));
            }
            return Pack::from_toml(&shown, &utf8(path, bytes)?);
        }
        let texts = texts(path)?;
        let compiled = path.join(COMPILED_FILE);
        let Ok(bytes) = std::fs::read(&compiled) else { return Pack::from_texts(&shown, texts) };
        let notice = match Compiled::from_bytes(&bytes) {
            Ok(ready) if ready.about.digest == digest(&texts) => return Ok(Pack::of_compiled(ready)),
            Ok(_) => "the rules changed since it was compiled; write it anew with `dechaff rules compile`".to_owned(),
            Err(why) => why.to_string(),
        };
        let pack = Pack::from_texts(&shown, texts)?;
        Ok(Pack { notice: Some(format!("{}: {notice}; built from the sources", compiled.display())), ..pack })
    }

    /// A rule file, or a folder of them, as it is written: with summaries, sources and proofs, compiled or not.
    ///
    /// # Errors
    ///
    /// Those of [`from_path`](Pack::from_path); and a compiled pack by itself has no sources.
    pub fn sources(path: impl AsRef<Path>) -> Result<Pack, BuildError> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        if path.is_dir() {
            return Pack::from_texts(&shown, texts(path)?);
        }
        let bytes = std::fs::read(path).map_err(|why| unreadable(path, &why))?;
        if bytes.starts_with(Compiled::MAGIC) {
            let message = "a compiled pack brings no sources and no proofs; name the folder it was compiled from";
            return Err(BuildError::new(BuildErrorKind::Compiled, message).at(&shown, 0));
        }
        Pack::from_toml(&shown, &utf8(path, bytes)?)
    }

    fn of_compiled(compiled: Compiled) -> Pack {
        let about = &compiled.about;
        Pack {
            name: about.name.clone(),
            version: about.version.clone(),
            license: about.license.clone(),
            files: Vec::new(),
            policy: about.policy.clone(),
            digest: about.digest,
            compiled: Some(Arc::new(compiled)),
            notice: None,
        }
    }

    /// The pack as the bytes of a file that loads without parsing or building: `compiled.pack` in the folder of its rules, or
    /// any name elsewhere. It serves this version of the crate only.
    ///
    /// # Errors
    ///
    /// The first rule that is not acceptable.
    pub fn compile(&self) -> Result<Vec<u8>, BuildError> {
        Compiled::from_pack(self)?.to_bytes()
    }

    /// Where a compiled pack of these rules is looked for: beside a rule file, or in a folder of them.
    pub fn compiled_path(path: &Path) -> PathBuf {
        if path.is_dir() { path.join(COMPILED_FILE) } else { path.with_extension("pack") }
    }

    /// What the user should know about how the pack was loaded, if anything.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    pub(super) fn compiled(&self) -> Option<&Compiled> {
        self.compiled.as_deref()
    }

    /// One rule file, from memory. `name` is what error messages call it.
    ///
    /// # Errors
    ///
    /// When the text is not a rule file.
    pub fn from_toml(name: &str, text: &str) -> Result<Pack, BuildError> {
        let file = rule_file(name, text, BTreeMap::new())?;
        Ok(Pack {
            name: name.to_owned(),
            version: "0".to_owned(),
            license: file.rules.license.clone(),
            files: vec![file],
            policy: None,
            digest: fnv(FNV_START, text.as_bytes()),
            compiled: None,
            notice: None,
        })
    }

    pub(crate) fn from_texts(folder: &str, texts: BTreeMap<String, String>) -> Result<Pack, BuildError> {
        let shown = |name: &str| format!("{folder}/{name}");
        let about: PackFile = match texts.get(PACK_FILE) {
            Some(text) => parse(&shown(PACK_FILE), text)?,
            None => {
                let message = format!("a folder of rules needs a {PACK_FILE} with name, version and license");
                return Err(BuildError::new(BuildErrorKind::Read, message).at(&shown(PACK_FILE), 0));
            }
        };
        let policy = texts.get(POLICY_FILE).map(|text| parse(&shown(POLICY_FILE), text)).transpose()?;
        let retired: RetiredFile =
            texts.get(RETIRED_FILE).map(|text| parse(&shown(RETIRED_FILE), text)).transpose()?.unwrap_or_default();

        let mut files = Vec::new();
        for (name, text) in &texts {
            if !name.ends_with(".toml") || [PACK_FILE, POLICY_FILE, RETIRED_FILE].contains(&name.as_str()) {
                continue;
            }
            let beside = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let lists = texts
                .iter()
                .filter_map(|(other, text)| {
                    let (other_folder, other_name) = other.rsplit_once('/').unwrap_or(("", other));
                    (other_folder == beside && other_name.ends_with(".txt"))
                        .then(|| (other_name.to_owned(), text.clone()))
                })
                .collect();
            let file = rule_file(&shown(name), text, lists)?;
            let expected = format!("{}/{}.toml", file.rules.theme, file.rules.language);
            if *name != expected {
                let message = format!("theme and language say that this file is {expected}");
                return Err(BuildError::new(BuildErrorKind::Syntax, message).at(&file.name, 0));
            }
            files.push(file);
        }
        let (name, version, license) = (about.name, about.version, about.license);
        let digest = digest(&texts);
        let pack = Pack { name, version, license, files, policy, digest, compiled: None, notice: None };
        pack.refuse_reused(&retired)?;
        Ok(pack)
    }

    fn refuse_reused(&self, retired: &RetiredFile) -> Result<(), BuildError> {
        for file in &self.files {
            for entry in &file.rules.rule {
                let id = RuleId::new(&file.rules.theme, &file.rules.language, entry.id.get_ref());
                if let Some(old) = retired.retired.iter().find(|old| old.id == id.as_str()) {
                    let message = format!("this id was retired in {}: {}; choose another", old.since, old.why);
                    return Err(BuildError::new(BuildErrorKind::Rule, message)
                        .at(&file.name, file.line_of(entry))
                        .in_rule(&id));
                }
            }
        }
        Ok(())
    }

    /// The name from `pack.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version from `pack.toml`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The licence of the pack, as an SPDX expression.
    pub fn license(&self) -> &str {
        &self.license
    }

    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// All rules, expanded and checked.
    ///
    /// # Errors
    ///
    /// The first rule that is not acceptable.
    pub fn rules(&self) -> Result<Vec<Rule>, BuildError> {
        if let Some(compiled) = &self.compiled {
            return Ok(compiled.about.rules.clone());
        }
        let mut rules = Vec::new();
        for file in &self.files {
            for entry in &file.rules.rule {
                rules.push(Rule::from_entry(entry, file)?);
            }
        }
        Ok(rules)
    }

    /// All proofs of all rules.
    pub fn proofs(&self) -> Vec<Proof> {
        let mut proofs = Vec::new();
        for file in &self.files {
            for entry in &file.rules.rule {
                let rule = RuleId::new(&file.rules.theme, &file.rules.language, entry.id.get_ref());
                let place = Place { file: file.name.clone(), line: file.line_of(entry) };
                for (kind, texts) in
                    [(ProofKind::Cut, &entry.cut), (ProofKind::Keep, &entry.keep), (ProofKind::Silent, &entry.silent)]
                {
                    proofs.extend(texts.iter().map(|text| Proof {
                        rule: rule.clone(),
                        kind,
                        text: text.clone(),
                        place: place.clone(),
                    }));
                }
            }
        }
        proofs
    }
}

/// The rule files of a folder: their paths below it, and contents.
fn texts(path: &Path) -> Result<BTreeMap<String, String>, BuildError> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![PathBuf::from(path)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|why| unreadable(&folder, &why))?;
        for entry in entries {
            let file = entry.map_err(|why| unreadable(&folder, &why))?.path();
            match file.extension().and_then(|ending| ending.to_str()) {
                _ if file.is_dir() => folders.push(file),
                Some("toml" | "txt") => {
                    let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().replace('\\', "/");
                    let bytes = std::fs::read(&file).map_err(|why| unreadable(&file, &why))?;
                    texts.insert(name, utf8(&file, bytes)?);
                }
                _ => {}
            }
        }
    }
    Ok(texts)
}

fn digest(texts: &BTreeMap<String, String>) -> u64 {
    texts.iter().fold(FNV_START, |hash, (name, text)| fnv(fnv(hash, name.as_bytes()), text.as_bytes()))
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, BuildError> {
    String::from_utf8(bytes).map_err(|why| {
        let line = why.as_bytes()[..why.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        BuildError::new(BuildErrorKind::Syntax, "not UTF-8; save the file as UTF-8")
            .at(&path.display().to_string(), line)
    })
}

fn unreadable(path: &Path, why: &std::io::Error) -> BuildError {
    BuildError::new(BuildErrorKind::Read, why.to_string()).at(&path.display().to_string(), 0)
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, BuildError> {
    toml::from_str(text).map_err(|why| {
        let line = why.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        BuildError::new(BuildErrorKind::Syntax, why.message().to_owned()).at(name, line)
    })
}

fn rule_file(name: &str, text: &str, lists: BTreeMap<String, String>) -> Result<File, BuildError> {
    let rules: RuleFile = parse(name, text)?;
    if rules.format != FORMAT {
        let message = format!("format = {}, but this version of dechaff reads format = {FORMAT}", rules.format);
        return Err(BuildError::new(BuildErrorKind::Syntax, message).at(name, 1));
    }
    if rules.license.trim().is_empty() {
        return Err(BuildError::new(BuildErrorKind::Syntax, "license is empty").at(name, 1));
    }
    let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    Ok(File { name: name.to_owned(), rules, lists, line_starts })
}

pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: stable across platforms and releases, which `std`'s hasher is not.
pub(crate) fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
