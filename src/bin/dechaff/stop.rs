//! Ctrl-C, and the signal that asks a process to end: the run stops between two chunks, and nothing half is left.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// Listens. A second signal ends the process at once.
pub fn listen() {
    // Without a handler the signal ends the process, as it would any other.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(EXIT));
        }
    });
}

/// What shells give for an interruption.
pub const EXIT: u8 = 130;

/// The run was stopped.
#[derive(Debug)]
pub struct Interrupted {
    pub resumable: bool,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.resumable {
            true => "interrupted; the same command goes on from here",
            false => "interrupted; nothing of the file at work was written (with --resume it could be gone on with)",
        })
    }
}

impl std::error::Error for Interrupted {}
