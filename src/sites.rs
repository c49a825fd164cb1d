//! What many pages say together: lines that stand on several of them, between different neighbours.
//!
//! Junk is put into many pages at once, of one host and of hosts that have nothing to do with each other. Counting
//! takes a first pass: [`Filter::observe`](crate::Filter::observe) for every page, then
//! [`Filter::with_sites`](crate::Filter::with_sites) for a filter that knows the counts.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::rules::{FNV_START, fnv};

/// Every line has a cell in each row; what it shows is what all of them show.
const ROWS: usize = 4;
/// Cells of a row, as a power of two.
const BITS: u32 = 20;

/// Counts of lines over many pages, in 64 MiB whatever the number of pages.
///
/// Only lines that are odd in themselves are counted: those that hold a word of a rule and that a filter has to look at.
/// A line's hosts, the places it stands in and the places it was junk in are bits of a sketch; collisions of cells can add
/// bits. Of a million counted lines one in 100,000 shows a host too many, of three million one in 5,000, of ten million one
/// in 45: then take fewer pages at a time ([`Sites::fill`] tells).
///
/// ```
/// use std::sync::Arc;
///
/// use dechaff::{Document, Filter, Sites};
///
/// let filter = Filter::builtin();
/// let line = "Lassen Sie sich das Hörgerät bequem nach Hause liefern, die Apotheke der Mutigen hilft ohne Rezept.";
/// let page = |n: usize| format!("Nachrichten der Gemeinde {n}\n{line}\nDer Rat tagte am {n}. Mai im Saal.\n");
/// let sites = Sites::new();
/// for n in 0..4 {
///     let (text, url) = (page(n), format!("https://gemeinde-{n}.example.org/"));
///     filter.observe(Document::new(&text).with_url(&url), &sites);
/// }
/// assert_eq!((sites.pages(), sites.fill()), (4, 0));
/// let filter = filter.with_sites(Arc::new(sites));
/// let text = page(1);
/// let cleaned = filter.clean(Document::new(&text).with_url("https://gemeinde-1.example.org/"));
/// assert!(cleaned.text.contains("Der Rat tagte"));
/// ```
#[derive(Debug)]
pub struct Sites {
    cells: Vec<Cell>,
    pages: AtomicU64,
}

#[derive(Debug, Default)]
struct Cell {
    hosts: AtomicU64,
    places: AtomicU32,
    junk: AtomicU32,
}

/// What is known of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Unrelated hosts.
    pub(crate) hosts: u32,
    /// Different neighbours it stands between.
    pub(crate) places: u32,
    /// … where it was cut without the help of other pages; 0 if it was not in most of them.
    pub(crate) junk: u32,
}

impl Sites {
    /// Nothing counted yet.
    pub fn new() -> Sites {
        Sites { cells: (0..ROWS << BITS).map(|_| Cell::default()).collect(), pages: AtomicU64::new(0) }
    }

    /// Pages that were counted: those whose host is known.
    pub fn pages(&self) -> u64 {
        self.pages.load(Ordering::Relaxed)
    }

    /// How full the sketch is, in percent of what it can tell apart: from 100 on, one line in 50 or more shows a host that it
    /// does not stand on.
    pub fn fill(&self) -> u32 {
        let set: u64 = self.cells.iter().map(|cell| u64::from(cell.hosts.load(Ordering::Relaxed).count_ones())).sum();
        // Full are cells of eight hosts each, of 64.
        (set * 100 / (8 * self.cells.len() as u64)) as u32
    }

    /// Names what was counted: equal checksums give equal evidence.
    pub(crate) fn checksum(&self) -> u64 {
        let cells = self.cells.iter().enumerate().filter(|(_, cell)| cell.places.load(Ordering::Relaxed) != 0);
        cells.fold(FNV_START, |hash, (at, cell)| {
            let bits = [cell.hosts.load(Ordering::Relaxed), u64::from(cell.places.load(Ordering::Relaxed))];
            let junk = u64::from(cell.junk.load(Ordering::Relaxed));
            [at as u64, bits[0], bits[1], junk].iter().fold(hash, |hash, part| mix(hash ^ part))
        })
    }

    /// Counts a page.
    pub(crate) fn page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a line of a host, between neighbours of this hash.
    pub(crate) fn record(&self, line: &str, host: u64, place: u64, junk: bool) {
        for at in slots(line) {
            // The order in which pages come must not matter: a bit that is set stays set.
            self.cells[at].hosts.fetch_or(1 << (mix(host) % 64), Ordering::Relaxed);
            self.cells[at].places.fetch_or(1 << (mix(place) % 32), Ordering::Relaxed);
            if junk {
                self.cells[at].junk.fetch_or(1 << (mix(place) % 32), Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn seen(&self, line: &str) -> Seen {
        let (mut hosts, mut places, mut junk) = (u64::MAX, u32::MAX, u32::MAX);
        for at in slots(line) {
            hosts &= self.cells[at].hosts.load(Ordering::Relaxed);
            places &= self.cells[at].places.load(Ordering::Relaxed);
            junk &= self.cells[at].junk.load(Ordering::Relaxed);
        }
        let (places, junk) = (places.count_ones(), junk.count_ones());
        // What is cut in few of its places was cut along with its neighbours there.
        Seen { hosts: hosts.count_ones(), places, junk: if junk * 2 >= places { junk } else { 0 } }
    }
}

impl Default for Sites {
    fn default() -> Sites {
        Sites::new()
    }
}

/// The part of a host name that somebody registered, as a number: what stands below it belongs together.
pub(crate) fn registered(host: &str) -> u64 {
    hash(psl::domain_str(host).unwrap_or(host))
}

pub(crate) fn hash(text: &str) -> u64 {
    fnv(FNV_START, text.as_bytes())
}

fn slots(line: &str) -> [usize; ROWS] {
    let hash = hash(line.trim());
    std::array::from_fn(|row| (row << BITS) + (mix(hash.wrapping_add(row as u64)) >> (64 - BITS)) as usize)
}

/// Spreads a number over all its bits (the finisher of SplitMix64).
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_places_are_counted_in_any_order() {
        let pages: Vec<(u64, u64, bool)> =
            (0..6).map(|n| (registered(&format!("a{n}.example.com")), n, n == 2)).collect();
        let (one, other) = (Sites::new(), Sites::new());
        for (host, place, junk) in &pages {
            one.record("the same line", *host, *place, *junk);
        }
        for (host, place, junk) in pages.iter().rev() {
            other.record(" the same line\r", *host, *place, *junk);
        }
        assert_eq!(one.seen("the same line"), Seen { hosts: 1, places: 6, junk: 0 });
        assert_eq!(one.checksum(), other.checksum());
        assert_eq!(one.seen("another line"), Seen::default());
    }

    #[test]
    fn what_somebody_registered_is_one_host() {
        assert_eq!(registered("www.parish.co.uk"), registered("shop.parish.co.uk"));
        assert_ne!(registered("one.blogspot.com"), registered("two.blogspot.com"));
        assert_ne!(registered("one.co.uk"), registered("two.co.uk"));
    }

    #[test]
    fn a_million_lines_leave_few_with_a_host_too_many() {
        let sites = Sites::new();
        for n in 0..1_000_000u64 {
            sites.record(&format!("line {n}"), n, n, false);
        }
        let wrong = (0..100_000).filter(|n| sites.seen(&format!("line {n}")).hosts > 1).count();
        assert!(wrong < 20, "{wrong}, {} %", sites.fill());
    }
}
