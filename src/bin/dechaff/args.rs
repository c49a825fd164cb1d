//! The command line as it is typed.

use std::path::PathBuf;

use dechaff::formats::names::Names;

use clap::{Parser, Subcommand, ValueEnum};

/// Find junk injected into genuine web text and cut exactly that.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write texts without their junk
    Clean(Clean),
    /// Report junk; exit 1 if there is any
    Check(Check),
    /// Bring back what `clean` was given, from its output and its audit
    Restore(Restore),
    /// Show why something is junk, or what a rule says
    Explain(Explain),
    /// List rules, or prove rule files
    #[command(subcommand)]
    Rules(Rules),
    /// Measure recall and precision on marked or labelled documents
    Eval(Eval),
    /// Fit thresholds, costs and points to labelled documents
    Fit(Fit),
    /// Fit the model of character sequences to labelled documents
    Learn(Learn),
}

#[derive(Debug, clap::Args)]
pub struct Clean {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub audit: Audit,
    #[command(flatten)]
    pub side: Side,
    /// Write to this file, or into this folder; `.gz` and `.zst` pack
    #[arg(short, long, value_name = "FILE|DIR", conflicts_with_all = ["write", "diff"])]
    pub output: Option<PathBuf>,
    /// Change the files themselves
    #[arg(short, long, conflicts_with = "diff")]
    pub write: bool,
    /// Show what would be cut as a unified diff, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Leave out documents that are junk as a whole: records and rows in every format; of text, files (with -w they stay)
    #[arg(long, conflicts_with = "diff")]
    pub drop_junk: bool,
    /// Add a field `dechaff` with the audit record to each JSON Lines record
    #[arg(long, conflicts_with = "diff")]
    pub annotate: bool,
    /// Write dolma attribute files into this folder: of the same name and packing as a JSON Lines input, with a row for
    /// every line, blank ones too; other inputs get `.jsonl` added to their name
    #[arg(long, value_name = "DIR")]
    pub attributes: Option<PathBuf>,
    /// Go on with a run that was cut short: the same command again; what is in place already stays
    #[arg(long, requires = "output", conflicts_with = "write")]
    pub resume: bool,
    /// Level of packing: up to 9 for gzip, up to 19 for Zstandard [default: 6 and 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=19))]
    pub level: Option<i32>,
    /// Read and write everything, but look for nothing: for measuring
    #[arg(long)]
    pub passthrough: bool,
}

/// Files and words about what was done, beside the audit.
#[derive(Debug, clap::Args)]
pub struct Side {
    /// Set records aside that cannot be read: one JSON line each, with file, record, byte offset, reason and content
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Write every piece of junk with its place, theme, rules and text: one JSON line each
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Write a page for a person to look at what was cut
    #[arg(long, value_name = "HTML")]
    pub report: Option<PathBuf>,
    /// Print at the end what was done (a terminal shows it after a longer run in any case)
    #[arg(long)]
    pub summary: bool,
}

#[derive(Debug, clap::Args)]
pub struct Check {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub audit: Audit,
    #[command(flatten)]
    pub side: Side,
    /// Print nothing, only set the exit code
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, clap::Args)]
pub struct Restore {
    /// What `clean` wrote: files or folders
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The audit that it wrote beside, with --audit-text
    #[arg(long, value_name = "FILE")]
    pub audit: PathBuf,
    /// Where the originals go; `.gz` and `.zst` pack
    #[arg(short, long, value_name = "FILE|DIR")]
    pub output: PathBuf,
    /// How files hold their documents; `auto` goes by name, then by content
    #[arg(short, long, value_enum, default_value_t = FormatName::Auto)]
    pub format: FormatName,
}

#[derive(Debug, clap::Args)]
pub struct Explain {
    /// Files to explain, or ids of rules to show; standard input without any
    #[arg(value_name = "PATH|RULE")]
    pub subjects: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub filter: Filter,
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List the rules in force
    List {
        #[command(flatten)]
        filter: Filter,
    },
    /// Check rule files and prove every rule
    Check {
        /// A pack or a rule file; the built-in rules without any
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Compile a pack, so that it loads without parsing or building
    Compile {
        /// A folder of rules with a pack.toml, or a rule file
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Write here [default: `compiled.pack` in the folder, where `--rules` finds it; `.pack` beside a rule file]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub struct Eval {
    /// Marked texts (⟦junk⟧), folders of them, or JSON Lines with `text`, `gold`, `verdict` and `group`
    #[arg(value_name = "CASES", required = true)]
    pub cases: Vec<PathBuf>,
    #[command(flatten)]
    pub filter: Filter,
    /// One line for each value of these parts of the group (`shape/position/language/theme`)
    #[arg(long, value_enum, value_delimiter = ',', default_value = "shape")]
    pub by: Vec<Part>,
    /// Take every language, or theme, of the cases in turn: rules and model without it, figures on its cases alone
    #[arg(long, value_enum, value_name = "PART", requires = "genuine")]
    pub leave_out: Option<Left>,
    /// With --leave-out: JSON Lines whose `text` is genuine, for fitting the models
    #[arg(long, value_name = "FILE")]
    pub genuine: Vec<PathBuf>,
    /// With --leave-out: only rows of --genuine whose `licence` starts so
    #[arg(long, value_name = "LICENCE", value_delimiter = ',')]
    pub licences: Vec<String>,
    /// With --leave-out: at most so many phrases of each rule for fitting the models
    #[arg(long, value_name = "N", default_value_t = 800)]
    pub vocabulary: usize,
    /// With --leave-out: labelled documents that the models learn from, too, without what is left out
    #[arg(long, value_name = "CASES", requires = "leave_out")]
    pub learn: Vec<PathBuf>,
    /// With --learn: how much a piece of these counts beside one of --genuine or the vocabulary
    #[arg(long, value_name = "N", requires = "learn", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub weight: u32,
    /// Show so many documents that are not as they should be
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub misses: usize,
    /// Print figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// A part of a case's group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Shape,
    Position,
    Language,
    Theme,
}

/// What is left out in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Left {
    Language,
    Theme,
}

#[derive(Debug, clap::Args)]
pub struct Fit {
    /// Marked texts (⟦junk⟧), folders of them, or JSON Lines with `text`, `gold` and `group`
    #[arg(value_name = "CASES", required = true)]
    pub cases: Vec<PathBuf>,
    /// Genuine documents of which none may be touched that is not touched now: JSON Lines with `text` and an empty `gold`
    #[arg(long, value_name = "FILE")]
    pub frozen: Vec<PathBuf>,
    /// The folder of rules whose numbers are fitted, and written back with --write
    #[arg(long, value_name = "DIR")]
    pub rules: PathBuf,
    /// Model of character sequences, if not the built-in one
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// How often all numbers are tried
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub rounds: u32,
    /// Only numbers whose name starts so (`walk.`, `shape/und/cover`)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Write what was found into the folder
    #[arg(short, long)]
    pub write: bool,
}

#[derive(Debug, clap::Args)]
pub struct Learn {
    /// Marked texts (⟦junk⟧), folders of them, or JSON Lines with `text` and `gold`
    #[arg(value_name = "CASES")]
    pub cases: Vec<PathBuf>,
    /// JSON Lines whose `text` is genuine from end to end
    #[arg(long, value_name = "FILE")]
    pub genuine: Vec<PathBuf>,
    /// Only rows of --genuine whose `licence` starts so (comma-separated)
    #[arg(long, value_name = "LICENCE", value_delimiter = ',')]
    pub licences: Vec<String>,
    /// Learn from the vocabulary of the rules in force, too: at most so many phrases of each rule
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub vocabulary: usize,
    /// At most so many pieces of each document
    #[arg(long, value_name = "N", default_value_t = crate::commands::learn::PIECES)]
    pub pieces: usize,
    /// How much a piece of the cases counts beside one of --genuine or --vocabulary
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub weight: u32,
    /// Where the model goes
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Size of the model: two to this power, in bytes
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(8..=21))]
    pub bits: u32,
    /// How often every piece is looked at
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub rounds: u32,
    /// Start of the order in which pieces are looked at
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub filter: Filter,
}

/// What is read.
#[derive(Debug, clap::Args)]
pub struct Input {
    /// Files or folders, of which hidden files and symbolic links are left out; `-` or nothing is standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    /// Threads [default: all cores]
    #[arg(short = 'j', long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Records that are longer pass through as they are; bytes, or with K, M, G
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = size)]
    pub max_bytes: usize,
    /// Read everything twice, and take lines that stand on several hosts, or were junk on other pages, for odder: for files
    /// that hold many pages, with their URLs
    #[arg(long)]
    pub sites: bool,
}

/// Bytes, with a letter for powers of 1024.
fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return Err("not a size: a number of bytes, or one with K, M or G".to_owned()),
    };
    let number: usize =
        digits.parse().map_err(|_| "not a size: a number of bytes, or one with K, M or G".to_owned())?;
    number.checked_mul(unit).filter(|bytes| *bytes > 0).ok_or_else(|| "not a size a record can have".to_owned())
}

/// A name without the blanks that stand around it in a list.
fn name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a name is empty".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// Threads: more than a machine has are no error, more than it can hold would be.
fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "not a number of threads: 1 to 1024, or leave it away for all cores".to_owned())
}

/// How it is read.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// How files hold their documents; `auto` goes by name, then by content
    #[arg(short, long, value_enum, default_value_t = FormatName::Auto)]
    pub format: FormatName,
    /// Fields to clean: keys, dotted paths or columns (comma-separated), strings or lists of them [default: text, content or raw_content]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = name)]
    pub field: Vec<String>,
    /// The field that holds the page's title [default: title or metadata.title]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub title_field: Option<String>,
    /// The field that holds the page's URL or host [default: url, metadata.url or warc_headers.warc-target-uri]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub url_field: Option<String>,
    /// The field that names the record [default: id or warc_headers.warc-record-id]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub id_field: Option<String>,
}

impl Reading {
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        if !self.field.is_empty() {
            let mut texts = self.field.clone();
            let mut seen = std::collections::HashSet::new();
            texts.retain(|name| seen.insert(name.clone()));
            names.texts = Some(texts);
        }
        for (asked, known) in [
            (&self.title_field, &mut names.titles),
            (&self.url_field, &mut names.urls),
            (&self.id_field, &mut names.ids),
        ] {
            if let Some(name) = asked {
                *known = vec![name.clone()];
            }
        }
        names
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    Auto,
    Text,
    Jsonl,
    Csv,
    Tsv,
    Warc,
    Wet,
    Parquet,
}

/// Which rules are in force.
#[derive(Debug, clap::Args)]
pub struct Filter {
    /// How much must be known before something is cut
    #[arg(long, value_enum, default_value_t = StrictnessName::Normal)]
    pub strictness: StrictnessName,
    /// Only rules of these languages (comma-separated tags, as in rule ids)
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub lang: Vec<String>,
    /// Only rules of these themes (comma-separated)
    #[arg(long, value_name = "THEME", value_delimiter = ',')]
    pub theme: Vec<String>,
    /// Rules to add: a rule file, a folder with a pack.toml, or a compiled pack
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Leave the built-in rules out
    #[arg(long, requires = "rules")]
    pub no_builtin: bool,
    /// Leave out a rule, or all whose id starts so (`gambling/`)
    #[arg(long, value_name = "ID")]
    pub ignore: Vec<String>,
    /// Another model of character sequences than the built-in one (`dechaff learn` writes them), or `none`
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StrictnessName {
    Safe,
    Normal,
    Strict,
}

/// The record of what was done.
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// Write one JSON line a document
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
    /// Put the cut text into the audit
    #[arg(long)]
    pub audit_text: bool,
    /// What offsets of the audit count
    #[arg(long, value_enum, default_value_t = UnitName::Byte)]
    pub unit: UnitName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnitName {
    Byte,
    Char,
}
