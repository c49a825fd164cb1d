//! Windows of characters of scripts without word edges, and of what stands beside them.

use super::hash::{hash_on, hash_pair};
use super::set::{ANCHOR, BEGINS, COUNTS, Filter, Set};

/// Marks a character of a script without word edges.
pub(super) const INNER: u32 = 1 << 31;
pub(super) const BLANK: u32 = b' ' as u32;

/// The characters just read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Characters {
    /// The last one, if an anchor may begin with it, marked with [`INNER`]; 0 for none.
    pub(super) last: u32,
    /// Hashes of the last two, and of the last three if an anchor may go on behind them. 0 for none: a hash is 0 once in more
    /// lines than there are.
    pair: u64,
    three: u64,
}

impl Characters {
    /// Characters begin anew behind one that goes into no window of several characters.
    pub(super) fn after(last: u32) -> Characters {
        Characters { last, pair: 0, three: 0 }
    }

    /// Whether a window is open that the next character goes into.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.last & INNER != 0 || self.pair | self.three != 0
    }

    /// Reads one character more; gives what stands ready there.
    #[inline]
    pub(super) fn read(&mut self, set: &Set, code: u32, inner: bool) -> u32 {
        let mut flags = 0;
        let (mut pair, mut three) = (0, 0);
        if self.three != 0 {
            flags |= set.get(hash_on(self.three, u64::from(code))) & ANCHOR;
        }
        if self.pair != 0 {
            let hash = hash_on(self.pair, u64::from(code));
            let more = set.get(hash);
            flags |= more & ANCHOR;
            three = if more & BEGINS != 0 { hash } else { 0 };
        }
        if self.last != 0 && (inner || self.last & INNER != 0) {
            let hash = hash_pair(self.last & !INNER, code);
            flags |= set.get(hash) & (ANCHOR | COUNTS);
            pair = hash;
        }
        (self.pair, self.three) = (pair, three);
        self.last = code | if inner { INNER } else { 0 };
        flags
    }

    /// Reads one character of a script without word edges, or a mark as 0, if no anchor can end with it; gives whether it did.
    #[inline(always)]
    pub(super) fn pass(&mut self, filter: Filter, code: u32) -> bool {
        let pair = hash_pair(self.last & !INNER, code);
        // What began with a mark is in no set.
        let three = hash_on(self.pair, u64::from(code));
        if filter.has(pair) | filter.has(three) | (self.three != 0) {
            return false;
        }
        self.pair = if self.last != 0 { pair } else { 0 };
        self.last = if code != 0 { code | INNER } else { 0 };
        true
    }
}
