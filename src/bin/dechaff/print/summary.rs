//! What a run did, as a table at its end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};
use unicode_width::UnicodeWidthStr;

use super::shown;
use crate::tally::{Count, Tally, largest};

/// Names shown of each kind.
const ROWS: usize = 8;
/// Columns of a name.
const NAME: usize = 34;

pub fn write(out: &mut impl Write, tally: &Tally, took: Duration) -> io::Result<()> {
    let seconds = took.as_secs_f64().max(1e-3);
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 };
    writeln!(
        out,
        "{} documents in {seconds:.1} s ({:.0}/s, {}/s of text)",
        HumanCount(tally.documents),
        tally.documents as f64 / seconds,
        HumanBytes((tally.bytes as f64 / seconds) as u64),
    )?;
    writeln!(
        out,
        "  clean {} · cleaned {} ({:.2} %) · junk {} ({:.2} %) · set aside {}",
        HumanCount(tally.clean),
        HumanCount(tally.cleaned),
        share(tally.cleaned, tally.documents),
        HumanCount(tally.junk),
        share(tally.junk, tally.documents),
        HumanCount(tally.set_aside),
    )?;
    writeln!(
        out,
        "  cut {} of {} ({:.3} %) in {} pieces",
        HumanBytes(tally.cut_bytes),
        HumanBytes(tally.bytes),
        share(tally.cut_bytes, tally.bytes),
        HumanCount(tally.segments),
    )?;
    for (what, counts) in
        [("theme", &tally.themes), ("language", &tally.languages), ("rule", &tally.rules), ("host", &tally.hosts)]
    {
        table(out, what, counts)?;
    }
    Ok(())
}

fn table(out: &mut impl Write, what: &str, counts: &BTreeMap<String, Count>) -> io::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {what:<NAME$} {:>10} {:>10} {:>12}", "documents", "pieces", "bytes cut")?;
    let (rows, rest) = largest(counts, ROWS);
    let others = format!("{} more", counts.len() - rows.len());
    for (name, count) in
        rows.iter().map(|(name, count)| (*name, *count)).chain(rest.map(|rest| (others.as_str(), rest)))
    {
        let name = if name.is_empty() { "(none)".to_owned() } else { shown(name) };
        let pad = NAME.saturating_sub(name.width());
        writeln!(
            out,
            "  {name}{:pad$} {:>10} {:>10} {:>12}",
            "",
            HumanCount(count.documents).to_string(),
            HumanCount(count.segments).to_string(),
            HumanBytes(count.bytes).to_string(),
        )?;
    }
    Ok(())
}
