//! `cargo xtask mutants`: would a test fail if a deciding line were different? cargo-mutants
//! changes one operator, match arm or return value at a time in a copy of the sources; changes that
//! no test notices are printed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::steps::{cargo, root, step, target_dir};

/// The modules that are changed, each with crate and sources: those that merge, block, hold back or
/// reject.
const MODULES: [Module; 6] = [
    Module { name: "judge", package: "dreaming-core", source: "crates/core/src/judge/" },
    Module { name: "gate", package: "dreaming-core", source: "crates/core/src/gate.rs" },
    Module {
        name: "precedence",
        package: "dreaming-core",
        source: "crates/core/src/precedence.rs",
    },
    Module { name: "arrange", package: "dreaming-core", source: "crates/core/src/arrange/" },
    Module { name: "guard", package: "dreaming-text", source: "crates/text/src/guard.rs" },
    Module { name: "check", package: "dreaming-learn", source: "crates/learn/src/check/" },
];

/// Seconds for the tests of one change and for building them; a change that takes longer counts as
/// noticed. Chosen by us: several times what golden cases and laws take on a small machine.
const SECONDS: &str = "600";

/// Exit codes of cargo-mutants after a complete run: all changes noticed, some missed, some timed
/// out.
const DONE: [i32; 3] = [0, 2, 3];

struct Module {
    name: &'static str,
    package: &'static str,
    source: &'static str,
}

/// Runs all modules, or the named ones; with `--shard K/N` only a part of the changes.
///
/// # Errors
/// When cargo-mutants is missing, an option is unknown, or tests fail without any change.
pub fn mutants(options: &[&str]) -> Result<()> {
    let (mut chosen, mut shard) = (Vec::new(), None);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match MODULES.iter().find(|module| module.name == *option) {
            Some(module) => chosen.push(module),
            None if *option == "--shard" => {
                shard = Some(*options.next().context("`--shard` needs a part, such as 0/8")?);
            }
            None => {
                let names = MODULES.map(|module| module.name).join(", ");
                bail!("`{option}` is no module: {names}");
            }
        }
    }
    if chosen.is_empty() {
        chosen.extend(&MODULES);
    }
    let there = cargo("", &["mutants", "--version"]).output().is_ok_and(|out| out.status.success());
    ensure!(there, "needs cargo-mutants: `cargo install cargo-mutants --locked`");
    let (mut lines, mut all) = (Vec::new(), Tally::default());
    for here in chosen.chunk_by(|a, b| a.package == b.package) {
        let found = changed(here, shard)?;
        for module in here {
            let tally = found.of(module.source);
            lines.push(tally.line(module.name));
            all.add(tally);
        }
    }
    lines.push(all.line("in all"));
    for one in &all.lives {
        println!("lives: {one}");
    }
    println!("{:>10} {:>6} {:>6} {:>6} {:>6}", "", "viable", "died", "live", "share");
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// The names of changes that tests noticed or missed. Each name begins with the file.
#[derive(Default)]
struct Tally {
    died: Vec<String>,
    lives: Vec<String>,
}

impl Tally {
    /// The changes in one file or folder.
    fn of(&self, source: &str) -> Self {
        let here = |all: &[String]| {
            all.iter().filter(|name| name.starts_with(source)).cloned().collect::<Vec<String>>()
        };
        Self { died: here(&self.died), lives: here(&self.lives) }
    }

    fn add(&mut self, other: Self) {
        self.died.extend(other.died);
        self.lives.extend(other.lives);
    }

    fn line(&self, name: &str) -> String {
        let (died, live) = (self.died.len(), self.lives.len());
        let viable = died + live;
        let share = (died * 100).checked_div(viable);
        let share = share.map_or("-".to_owned(), |share| format!(".{share:02}"));
        // A share of 1 needs no hundredths.
        let share = if viable > 0 && live == 0 { "1".to_owned() } else { share };
        format!("{name:>10} {viable:>6} {died:>6} {live:>6} {share:>6}")
    }
}

/// Changes the modules of one crate. First its own tests run, which take seconds for each change;
/// golden cases and laws then run for the changes that these tests missed.
fn changed(modules: &[&Module], shard: Option<&str>) -> Result<Tally> {
    let Some(Module { package, .. }) = modules.first() else { return Ok(Tally::default()) };
    let output = target_dir().join("mutants").join(package);
    // Results of an earlier run would be counted as results of this one.
    if output.exists() {
        fs::remove_dir_all(&output).with_context(|| output.display().to_string())?;
    }
    fs::create_dir_all(&output).with_context(|| output.display().to_string())?;
    let mut common: Vec<&str> = vec!["--timeout", SECONDS, "--build-timeout", SECONDS];
    // A change may leave a name unused; that warning must not stop the build.
    common.extend(["--cap-lints", "true", "--package", package]);
    let globs = modules.iter().map(|module| glob(module.source)).collect::<Vec<_>>();
    common.extend(globs.iter().flat_map(|glob| ["--file", glob]));
    let part: Vec<&str> = shard.iter().flat_map(|shard| ["--shard", shard]).collect();
    step(&format!("{package}: its own tests"), || {
        run(&output, &common, &[&part[..], &["--test-package", package, "--", "--lib"]].concat())
    })?;
    let mut found =
        Tally { died: list(&output, &["caught", "timeout"])?, lives: list(&output, &["missed"])? };
    if !found.lives.is_empty() {
        // The missed changes are chosen by name: `--shard` would choose other ones of the smaller
        // set.
        let names: Vec<String> = found.lives.iter().map(|name| exactly(name)).collect();
        let mut more: Vec<&str> = names.iter().flat_map(|name| ["--re", name]).collect();
        // cargo-mutants cannot run the tests of another package on unchanged code first.
        more.extend(["--baseline", "skip", "--test-package", "dreaming"]);
        more.extend(["--", "--test", "golden", "--test", "laws"]);
        step(&format!("{package}: golden cases and laws for {}", names.len()), || {
            run(&output, &common, &more)
        })?;
        let noticed = list(&output, &["caught", "timeout"])?;
        let (died, live): (Vec<_>, _) =
            found.lives.into_iter().partition(|name| noticed.contains(name));
        found.lives = live;
        found.died.extend(died);
    }
    Ok(found)
}

/// A regular expression that matches only this name.
fn exactly(name: &str) -> String {
    let escaped = name.chars().flat_map(|c| {
        let is_sign = c.is_ascii_punctuation() && !matches!(c, '<' | '>');
        is_sign.then_some('\\').into_iter().chain([c])
    });
    format!("^{}$", escaped.collect::<String>())
}

/// The glob of cargo-mutants for one file, or for all files in a folder.
fn glob(source: &str) -> String {
    if source.ends_with('/') { format!("{source}**/*.rs") } else { source.to_owned() }
}

fn run(output: &Path, common: &[&str], more: &[&str]) -> Result<()> {
    let mut command = cargo("", &["mutants", "--output"]);
    // A target folder of its own, because the copied sources are in another folder.
    let built = target_dir().join("mutants/target");
    command.arg(output).args(common).args(more).env("CARGO_TARGET_DIR", built);
    let status = command.current_dir(root()).status().context("cannot run `cargo mutants`")?;
    let is_done = status.code().is_some_and(|code| DONE.contains(&code));
    ensure!(is_done, "`cargo mutants` failed: {status}; what it ran is in {}", output.display());
    Ok(())
}

/// The changes in some of the result lists of a run.
fn list(output: &Path, names: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names {
        let path: PathBuf = output.join("mutants.out").join(name).with_extension("txt");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        found.extend(text.lines().map(str::to_owned));
    }
    Ok(found)
}
