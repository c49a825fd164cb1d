//! `dechaff check`: what is junk, one line a segment.

use std::io::Write;

use anyhow::{Context, Result};
use dechaff::formats::Format;

use super::{AuditFile, Status};
use crate::args::Check;
use crate::input::{self, Doc, Examined, Examiner, Handler, Source};
use crate::print::{self, Place};

pub fn run(args: &Check) -> Result<Status> {
    let filter = super::filter(&args.filter)?;
    let examiner = Examiner {
        filter: &filter,
        reading: &args.input.reading,
        audit: super::audit_options(&args.audit),
        annotate: false,
    };
    let mut failed = false;
    let sources = input::sources(&args.input.paths, |message| {
        failed = true;
        print::problem(format_args!("{message}"));
    });
    let mut checking = Checking {
        quiet: args.quiet,
        audit: AuditFile::create(&args.audit)?,
        stdout: super::stdout(),
        status: Status { found: false, failed },
    };
    input::run(sources, &examiner, args.input.threads, &mut checking)?;
    checking.stdout.flush().context("standard output")?;
    checking.audit.keep()?;
    Ok(checking.status)
}

struct Checking<W: Write> {
    quiet: bool,
    audit: AuditFile,
    stdout: W,
    status: Status,
}

impl<W: Write> Handler for Checking<W> {
    fn begin(&mut self, _: &Source) -> Result<()> {
        Ok(())
    }

    fn document(&mut self, doc: &Doc, mut examined: Examined) -> Result<()> {
        if let Some(message) = examined.problem.take() {
            self.problem(message);
        }
        self.audit.write(examined.record.as_ref())?;
        let Some(report) = &examined.report else { return Ok(()) };
        for segment in report.junk() {
            self.status.found = true;
            if !self.quiet {
                let place = Place::of(&examined.text, segment.span.start);
                let id = if doc.format == Format::JsonLines {
                    format!(" [{}]", print::shown(&examined.id))
                } else {
                    String::new()
                };
                writeln!(
                    self.stdout,
                    "{}:{place}:{id} {} {}: {}",
                    doc.place,
                    segment.theme,
                    segment.score,
                    print::snippet(segment.span.of(&examined.text)),
                )
                .context("standard output")?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &Source, _: bool) -> Result<()> {
        Ok(())
    }

    fn problem(&mut self, message: String) {
        self.status.failed = true;
        print::problem(format_args!("{message}"));
    }
}
