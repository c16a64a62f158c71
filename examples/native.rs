//! A native host: prints what a dream without a model proposes (`cargo run --example native MEMORY
//! TRANSCRIPTS`). It writes nothing. A host that writes stores ledger and revisions too, as
//! `own_storage.rs` does; without them the next dream proposes again what it wrote.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a host has files")]

use std::path::{Path, PathBuf};
use std::{collections::BTreeMap, env, error::Error, fs, io, mem};

use dreaming::run::{Need, Run, RunRequest};
use dreaming::{Plan, Time, interface::NewMemory, session::Session};

/// The plan of a dream at `now` over a folder of memories and a folder of transcripts.
pub fn dream(memory: &Path, transcripts: &Path, now: Time) -> Result<Plan, Box<dyn Error>> {
    let (mut memories, mut sessions) = (Vec::new(), Vec::new());
    for (path, file) in files(memory)? {
        memories.push(NewMemory { path, text: fs::read_to_string(file)?, observed_at: None });
    }
    for (name, file) in files(transcripts)? {
        sessions.push(Session::of_file(&name, file.metadata()?.len()));
    }
    let mut run = Run::start(RunRequest::at(now))?;
    loop {
        match run.poll()? {
            Need::Open => run.opened("", None, None)?,
            // The first page holds all items. The second page is empty, which ends the list.
            Need::Memories(_) => run.memories(mem::take(&mut memories))?,
            Need::Sessions(_) => run.sessions(mem::take(&mut sessions))?,
            Need::Ledger(_) => run.ledger(&[])?,
            Need::Revisions(_) => run.revisions(&[])?,
            Need::Read(pieces) => {
                for piece in pieces {
                    match fs::read(transcripts.join(piece.session.as_str())) {
                        Ok(bytes) => run.feed(&piece.session, &piece.part, &bytes, true)?,
                        Err(why) => run.miss(&piece.session, &piece.part, &why.to_string())?,
                    }
                }
            }
            Need::Calls(_) => return Err("the policy asks for a model".into()),
            Need::Keep(_) => run.kept(),
            Need::Commit(_) => run.committed()?, // The store as it was found, not kept here.
            Need::Done(ended) => return Ok(ended.outcome.plan),
        }
    }
}

/// The files of a folder, by name.
fn files(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let named = |file: fs::DirEntry| (file.file_name().to_string_lossy().into(), file.path());
    fs::read_dir(folder)?.map(|file| file.map(named)).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let [memory, transcripts] = [1, 2].map(|n| env::args().nth(n).unwrap_or_default());
    let now = Time::parse("2026-03-20T00:00:00Z").ok_or("no time")?;
    for change in dream(memory.as_ref(), transcripts.as_ref(), now)?.changes {
        println!("{}: {}", change.path, change.because);
    }
    Ok(())
}
