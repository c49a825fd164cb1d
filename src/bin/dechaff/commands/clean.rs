//! `dechaff clean`: texts without their junk.

use std::io::{self, Write};

use anyhow::{Context, Result, bail};
use dechaff::Outcome;
use dechaff::formats::Format;

use super::{AuditFile, Status};
use crate::args::Clean;
use crate::input::{self, Doc, Examined, Examiner, Handler, Source};
use crate::output::{Atomic, Target};
use crate::print::{self, diff};

pub fn run(args: &Clean) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let examiner = Examiner {
        filter: &filter,
        reading: &args.input.reading,
        audit: super::audit_options(&args.audit),
        annotate: args.annotate,
    };
    let mut failed = false;
    let sources = input::sources(&args.input.paths, |message| {
        failed = true;
        print::problem(format_args!("{message}"));
    });
    let target = target(args, &sources)?;
    let mut cleaning = Cleaning {
        args,
        file: match &target {
            Target::File(path) => Some(Atomic::create(path)?),
            _ => None,
        },
        target,
        in_place: None,
        changed: false,
        audit: AuditFile::create(&args.audit)?,
        stdout: io::BufWriter::new(io::stdout().lock()),
        failed,
    };
    input::run(sources, &examiner, args.input.threads, &mut cleaning)?;
    cleaning.finish()
}

fn target(args: &Clean, sources: &[Source]) -> Result<Target> {
    if args.diff {
        return Ok(Target::Diff);
    }
    if args.write {
        if sources.iter().any(|source| source.path.is_none()) {
            bail!("--write needs files: standard input cannot be changed in place");
        }
        return Ok(Target::Write);
    }
    let Some(output) = &args.output else { return Ok(Target::Stdout) };
    let folder = output.is_dir()
        || output.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
        || sources.len() > 1
        || sources.iter().any(|source| source.root.is_some());
    if folder && output.is_file() {
        bail!("{}: is a file, but several inputs need a folder to go to", output.display());
    }
    Ok(if folder { Target::Folder(output.clone()) } else { Target::File(output.clone()) })
}

struct Cleaning<'a> {
    args: &'a Clean,
    target: Target,
    /// The one file of `-o FILE`.
    file: Option<Atomic>,
    /// The file of the source that is being read, if each has its own.
    in_place: Option<Atomic>,
    /// Whether anything of the current source changed.
    changed: bool,
    audit: AuditFile,
    stdout: io::BufWriter<io::StdoutLock<'static>>,
    failed: bool,
}

impl Cleaning<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        match &self.target {
            Target::Stdout => self.stdout.write_all(bytes).context("standard output"),
            Target::File(_) => self.file.as_mut().map_or(Ok(()), |file| file.write(bytes)),
            Target::Folder(_) | Target::Write => self.in_place.as_mut().map_or(Ok(()), |file| file.write(bytes)),
            Target::Diff => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Status> {
        self.stdout.flush().context("standard output")?;
        if let Some(file) = self.file.take() {
            file.keep()?;
        }
        self.audit.keep()?;
        Ok(Status { found: false, failed: self.failed })
    }
}

impl Handler for Cleaning<'_> {
    fn begin(&mut self, source: &Source) -> Result<()> {
        self.changed = false;
        self.in_place = self.target.path_for(source).map(|path| Atomic::create(&path)).transpose()?;
        Ok(())
    }

    fn document(&mut self, doc: &Doc, mut examined: Examined) -> Result<()> {
        if let Some(message) = examined.problem.take() {
            self.problem(message);
        }
        self.audit.write(examined.record.as_ref())?;
        if let Target::Diff = self.target {
            if !examined.cuts.is_empty() {
                diff::write(&mut self.stdout, &doc.place, &examined.text, &examined.cuts).context("standard output")?;
            }
            return Ok(());
        }
        let junk = examined.report.as_ref().is_some_and(|report| report.outcome == Outcome::Junk);
        if self.args.drop_junk && junk {
            match (&self.target, doc.format) {
                (Target::Write, Format::Text) => {
                    print::notice(format_args!(
                        "{}: junk as a whole; it was left as it is: delete it yourself",
                        doc.place
                    ));
                    self.changed = false;
                    return Ok(());
                }
                (Target::Folder(_), Format::Text) => self.in_place = None,
                _ => {}
            }
            self.changed = true;
            return Ok(());
        }
        self.changed |= examined.changed.is_some();
        self.put(examined.changed.as_deref().unwrap_or(&doc.bytes))
    }

    fn end(&mut self, source: &Source, whole: bool) -> Result<()> {
        let Some(file) = self.in_place.take() else { return Ok(()) };
        match self.target {
            // A file that could not be read to its end must not lose the rest; one without junk need not be touched.
            Target::Write if !whole => {
                print::notice(format_args!("{}: left as it is", source.shown()));
                Ok(())
            }
            Target::Write if !self.changed => Ok(()),
            _ => file.keep(),
        }
    }

    fn problem(&mut self, message: String) {
        self.failed = true;
        print::problem(format_args!("{message}"));
    }
}
