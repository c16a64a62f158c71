//! `cargo xtask fuzz`: random and damaged input. The targets are in `fuzz/`, outside of the
//! workspace, because they need a nightly compiler and cargo-fuzz.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::steps::{cargo, root, run, step, target_dir};

/// Each target with its seeds: which files of the golden cases become seeds (`seeds`), and the
/// bytes that are put in front of each (`heads`), by which the target chooses what to do.
const TARGETS: [Target; 8] = [
    Target { name: "json", seeds: |path| is_transcript(path) || is_plan(path), heads: &[&[]] },
    Target { name: "import", seeds: is_transcript, heads: &[&[0], &[1], &[200]] },
    Target { name: "markdown", seeds: is_memory, heads: &[&[0], &[9], &[26]] },
    Target { name: "proposals", seeds: is_answer, heads: &[&[]] },
    Target { name: "plan", seeds: is_plan, heads: &[&[0]] },
    Target { name: "checkpoint", seeds: |_| false, heads: &[] },
    Target { name: "redact", seeds: is_transcript, heads: &[&[]] },
    Target { name: "shell", seeds: is_transcript, heads: &[&[]] },
];

/// Seconds for each target by default. Chosen by us: a quick look, not a proof.
const SECONDS: u64 = 60;

struct Target {
    name: &'static str,
    seeds: fn(&Path) -> bool,
    heads: &'static [&'static [u8]],
}

fn ends(path: &Path, ends: &[&str]) -> bool {
    path.to_str().is_some_and(|path| ends.iter().any(|end| path.ends_with(end)))
}

fn is_transcript(path: &Path) -> bool {
    path.iter().any(|name| name == "sessions") && !ends(path, &[".txt"])
}

fn is_memory(path: &Path) -> bool {
    ends(path, &[".md"])
}

fn is_plan(path: &Path) -> bool {
    ends(path, &["-plan.json"])
}

/// The answers of models are in these files of a case.
fn is_answer(path: &Path) -> bool {
    ends(path, &["case.json", "-calls.json"])
}

/// Runs all targets, or the one that is named.
pub fn fuzz(options: &[&str]) -> Result<()> {
    let mut seconds = SECONDS;
    let mut chosen = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--seconds" => {
                let value = options.next().context("`--seconds` needs a number")?;
                seconds = value.parse().with_context(|| format!("`{value}`: no number"))?;
            }
            name if TARGETS.iter().any(|target| target.name == name) => chosen = Some(name),
            name => {
                bail!("`{name}` is no target: {}", TARGETS.map(|target| target.name).join(", "))
            }
        }
    }
    let there = nightly(&["--version"]).output().is_ok_and(|output| output.status.success());
    ensure!(there, "needs a nightly compiler and cargo-fuzz: `cargo install cargo-fuzz`");
    // A run of the golden cases leaves their transcripts and documents as whole files.
    step("golden cases", || run(&mut cargo("", &["test", "--quiet", "--test", "golden"])))?;
    let mut cases = files(&root().join("tests/golden"))?;
    cases.extend(files(&target_dir().join("golden"))?);
    for target in TARGETS.iter().filter(|target| chosen.is_none_or(|name| name == target.name)) {
        seed(target, &cases)?;
        step(&format!("{} for {seconds} s", target.name), || {
            let limit = format!("-max_total_time={seconds}");
            // The engine has no unsafe code, so a sanitizer would only cost time.
            run(nightly(&["run", "--sanitizer", "none", target.name, "--"]).args([
                &*limit,
                "-max_len=65536",
                "-timeout=20",
                "-rss_limit_mb=2048",
            ]))
        })?;
    }
    Ok(())
}

/// Runs cargo-fuzz with the nightly compiler in `fuzz/`.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).args(arguments);
    // A target folder of its own, because the stable compiler builds into the other one.
    command.current_dir(root().join("fuzz")).env("CARGO_TARGET_DIR", target_dir().join("fuzz"));
    command
}

/// Writes the seeds of a target into its corpus, next to inputs that earlier runs found.
fn seed(target: &Target, cases: &[PathBuf]) -> Result<()> {
    let corpus = root().join("fuzz/corpus").join(target.name);
    fs::create_dir_all(&corpus)?;
    let chosen: Vec<&PathBuf> = cases.iter().filter(|path| (target.seeds)(path)).collect();
    for (at, path) in chosen.iter().enumerate() {
        let bytes = fs::read(path)?;
        for (how, head) in target.heads.iter().enumerate() {
            fs::write(corpus.join(format!("seed-{at}-{how}")), [head, &*bytes].concat())?;
        }
    }
    // Seeds for documents that the targets make themselves, with faults in all parts of them.
    for at in 0..64_u8 {
        let faults = [1, 0, at.wrapping_mul(4), at, at, at.wrapping_mul(7), 255 - at];
        fs::write(corpus.join(format!("fault-{at}")), faults)?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}
