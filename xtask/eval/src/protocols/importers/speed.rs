//! How fast transcripts are read: by this build, and by release builds of native code and
//! component.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;

use dreaming::import::PartReader;
use dreaming::{Policy, Time};
use serde_json::Value;

use super::{damage, read};
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// The program that measures native code beside the component. As a dependency it would bring
/// wasmtime.
const BENCH: &str = "dreaming-bench";

/// Megabytes a second by format: each real transcript is read once, from memory, and fully
/// extracted.
pub fn speed(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let mut formats: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    let beside = match data.quick {
        true => Err("--quick builds no release".to_owned()),
        false => built(),
    };
    let folder = std::env::temp_dir().join(format!("dreaming-eval-{}", std::process::id()));
    for (at, path) in damage::files(data)?.into_iter().enumerate() {
        let bytes = read(&path)?;
        let start = Instant::now();
        let now = Time::from_millis(i64::MAX);
        let mut reader = PartReader::new("main", &Policy::default(), now, false);
        reader.push(&bytes);
        let format = reader.finish().notes.format;
        let seconds = start.elapsed().as_secs_f64();
        if beside.is_ok() {
            let folder = folder.join(&format);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("{at:04}.jsonl")), &bytes)?;
        }
        let (size, sum) = formats.entry(format).or_default();
        *size += bytes.len();
        *sum += seconds;
    }
    let rate = |size: f64, seconds: f64| Figure::Amount(size / 1e6 / seconds, "MB/s");
    for (format, (size, seconds)) in &formats {
        let speed = rate(*size as f64, *seconds);
        measured.row(format!("reading {format}, native"), None, None, speed, None);
    }
    if cfg!(debug_assertions) {
        measured.note("speed: native code without \"release\" checks itself");
    }
    let bench = match beside {
        Ok(bench) => bench,
        Err(why) => {
            measured.note(format!("speed of the component: not measured, {why}"));
            return Ok(());
        }
    };
    let found: anyhow::Result<Vec<(&String, Value)>> =
        formats.keys().map(|format| Ok((format, run(&bench, &folder.join(format))?))).collect();
    // Removes the written files also after an error.
    fs::remove_dir_all(&folder)?;
    for (format, found) in found? {
        let number = |name: &str| found[name].as_f64().unwrap_or(f64::NAN);
        for (engine, seconds) in [("native, release", "native"), ("component", "component")] {
            let speed = rate(number("bytes"), number(seconds));
            measured.row(format!("reading {format}, {engine}"), None, None, speed, None);
        }
        if found["equal"] != true {
            measured.note(format!("reading {format}: native code and component differ"));
        }
    }
    Ok(())
}

/// Builds the program and the component; `Err` has the reason of a failure. The first build takes
/// minutes.
fn built() -> Result<PathBuf, String> {
    eprintln!("… building a release of the component and of {BENCH}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let host = root.join("host-example");
    let program = ["build", "--release", "--quiet", "--package", BENCH];
    for (folder, arguments) in [(&root, &["xtask", "component"][..]), (&host, &program[..])] {
        let mut cargo = Command::new(env!("CARGO"));
        let built = cargo.args(arguments).current_dir(folder).stdout(Stdio::null()).status();
        if !built.is_ok_and(|status| status.success()) {
            return Err(format!("`cargo {}` failed", arguments.join(" ")));
        }
    }
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => host.join("target"),
    };
    Ok(target.join("release").join(format!("{BENCH}{}", std::env::consts::EXE_SUFFIX)))
}

/// The report of the program about the transcripts of a folder.
fn run(bench: &Path, folder: &Path) -> anyhow::Result<Value> {
    let mut command = Command::new(bench);
    command.args(["--only-transcripts", "--json", "--rounds", "1", "--transcripts"]).arg(folder);
    let output = command
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", bench.display()))?;
    serde_json::from_slice(&output.stdout).with_context(|| format!("what {BENCH} prints"))
}
