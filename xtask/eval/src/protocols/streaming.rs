//! Hundreds of megabytes through the component. The program `streaming` in
//! `host-example/conformance`, another workspace, does the work; it and the component are built
//! first.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "streaming", about: "hundreds of megabytes through the component", run };

/// Megabytes of linear memory that a dream may take, however long its transcripts are.
const MOST_MB: f64 = 256.0;

/// Most sessions for which the demands hold. A dream keeps a record of each session, so its memory
/// may grow with their number, which `dream.max-sessions` limits.
const SESSIONS: u64 = 10;

/// Ratio that the memory for 400 MB may have to that for 100 MB in as many sessions.
const FLAT: f64 = 1.1;

/// One run of the program.
#[derive(Deserialize)]
struct Run {
    name: String,
    sessions: u64,
    bytes: u64,
    /// Peak linear memory.
    peak_bytes: u64,
    /// Lines that the importer understood.
    understood: u64,
    /// Processor time within the component.
    seconds: f64,
    /// Time within `json.loads` for the same bytes; none without Python, and for a document.
    python_seconds: Option<f64>,
}

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = |folder: &Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(folder);
        command
    };
    let built = cargo(&root, &["xtask", "component"]).output()?;
    if !built.status.success() {
        return Ok(unmeasured("the component could not be built", &built.stderr));
    }
    let program =
        ["run", "--quiet", "--package", "dreaming-conformance", "--bin", "streaming", "--"];
    let host = cargo(&root.join("host-example"), &program)
        .arg(root.join("dist/dreaming.wasm").canonicalize()?)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !host.status.success() {
        return Ok(unmeasured("its host failed, see above", &[]));
    }
    let runs: Vec<Run> = serde_json::from_slice(&host.stdout).context("what it printed")?;
    Ok(measured(&runs))
}

/// A program that cannot be built leaves a note: the other protocols need no WebAssembly.
fn unmeasured(why: &str, said: &[u8]) -> Measured {
    let mut measured = Measured::default();
    let said = String::from_utf8_lossy(said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    measured.note(format!("not measured: {why} {last}").trim_end());
    measured
}

fn measured(runs: &[Run]) -> Measured {
    let mut measured = Measured::default();
    for run in runs {
        let most = (run.sessions <= SESSIONS).then_some(Demand::AtMost(MOST_MB));
        let peak = Figure::Amount(megabytes(run.peak_bytes), "MB");
        measured.row(format!("{}: peak linear memory", run.name), None, None, peak, most);
    }
    if let [small, large, ..] = runs {
        let growth = large.peak_bytes as f64 / small.peak_bytes as f64;
        let flat = Some(Demand::AtMost(FLAT));
        let name = "memory in ten sessions, 400 MB to 100 MB";
        measured.row(name, None, None, Figure::Amount(growth, "x"), flat);
    }
    for run in runs {
        let rate = |seconds: f64| megabytes(run.bytes) / seconds;
        let ours = Figure::Amount(rate(run.seconds), "MB/s");
        measured.row(format!("{}: rate", run.name), None, None, ours, None);
        match run.python_seconds {
            Some(seconds) => measured.note(format!(
                "{}: Python's json.loads by the line {:.1} MB/s in the same run, ours {:.1} MB/s",
                run.name,
                rate(seconds),
                rate(run.seconds)
            )),
            None => measured.note(format!("{}: not compared with Python", run.name)),
        }
        measured.note(format!(
            "{}: {} bytes, {} records understood",
            run.name, run.bytes, run.understood
        ));
    }
    measured
}

/// In units of a million bytes, as the demands are.
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
