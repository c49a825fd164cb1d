//! How far a run came, so that `--resume` can go on with it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::chunk::Position;
use crate::output::Written;
use crate::source::Source;
use crate::tally::Tally;

/// One file beside the output. It is replaced as a whole, so that a run that is cut short leaves a whole one.
pub struct Journal {
    path: PathBuf,
    key: String,
}

/// Where the run stood: everything up to here is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What was asked for, and of which files: a run goes on only with the same.
    pub(super) key: String,
    /// The source, by its place in the order of the input.
    pub source: usize,
    pub position: Position,
    /// Chunks of this source that are written.
    pub chunks: u64,
    /// The source's own file, and its attributes.
    pub main: Option<Written>,
    pub attributes: Option<Written>,
    /// Files that all sources share.
    pub shared: Vec<Option<Written>>,
    pub tally: Tally,
    pub failed: bool,
}

const NAME: &str = ".dechaff-resume";

impl Journal {
    /// The journal of what is written to this file or folder.
    pub fn new(output: &Path, is_folder: bool, asked: &str, sources: &[Source]) -> Journal {
        let path = if is_folder {
            output.join(NAME)
        } else {
            let name = output.file_name().unwrap_or_default().to_string_lossy();
            output.with_file_name(format!(".{name}{NAME}"))
        };
        Journal { path, key: key(asked, sources) }
    }

    /// Where an earlier run stood, if there was one.
    pub fn read(&self) -> Result<Option<Checkpoint>> {
        let Ok(bytes) = std::fs::read(&self.path) else { return Ok(None) };
        let shown = self.path.display();
        let checkpoint: Checkpoint = serde_json::from_slice(&bytes)
            .with_context(|| format!("{shown}: not a journal of this version; remove it to start anew"))?;
        if checkpoint.key != self.key {
            bail!("{shown}: is of a run with other options, rules or input; give the same, or remove it to start anew");
        }
        Ok(Some(checkpoint))
    }

    /// Notes where the run stands.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<()> {
        let failed = || format!("{}: cannot write", self.path.display());
        let new = self.path.with_extension("dechaff-new");
        let noted = Checkpoint { key: self.key.clone(), ..checkpoint.clone() };
        std::fs::write(&new, serde_json::to_vec(&noted)?).with_context(failed)?;
        std::fs::rename(&new, &self.path).with_context(failed)
    }

    /// The run is done.
    pub fn remove(&self) -> Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                Err(why).with_context(|| format!("{}: cannot remove", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

fn key(asked: &str, sources: &[Source]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(asked);
    for source in sources {
        add(&source.shown());
        let about = source.path.as_deref().and_then(|path| std::fs::metadata(path).ok());
        if let Some(about) = about {
            add(&format!("{} {:?}", about.len(), about.modified().ok()));
        }
    }
    format!("{hash:016x}")
}
