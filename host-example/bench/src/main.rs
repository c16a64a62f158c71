//! `bench`: the whole path natively and through the component, as ratios. `cargo xtask bench` builds
//! what it needs and runs it.

mod component;
mod dream;
mod exact;
mod native;
mod peers;
mod report;
mod transcripts;
mod walk;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use dreaming_testing::Random;
use dreaming_testing::generator::{Generated, generate, parse};

use component::Component;
use native::Native;
use peers::Peers;
use report::{Report, Size, Walks};
use walk::{Input, Walk, Walker};

/// Measures texts → relations → scores → kept ids, natively and through the component's exported
/// functions, and whole dreams. Exit codes: 0 done, 1 something differs or fails, 2 usage.
#[derive(Parser)]
struct Arguments {
    /// 1,000,000 texts too, and a dream over 100,000.
    #[arg(long)]
    large: bool,
    /// Only up to so many texts.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    most: usize,
    /// Other libraries on the same texts: rensa and datasketch from PyPI (needs python3).
    #[arg(long)]
    peers: bool,
    /// Texts from a file of JSON lines (fields `id`, `text`, `ts`, `source`, `f`, `k`, `g`) in place of
    /// generated ones; sizes beyond it are left out.
    #[arg(long)]
    texts: Option<PathBuf>,
    /// Transcripts in place of generated ones: all `.jsonl` files below a folder.
    #[arg(long)]
    transcripts: Option<PathBuf>,
    /// Only transcripts.
    #[arg(long)]
    only_transcripts: bool,
    /// Seed of the generated texts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds of which the median is taken.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Where the components are.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist"))]
    components: PathBuf,
    /// Where the virtual environment of the peers is kept.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers"))]
    peers_folder: PathBuf,
}

/// Numbers of texts for the path from texts to kept ids. The last one only with `--large`.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Numbers of texts for whole dreams. The last one only with `--large`.
const DREAMS: [usize; 3] = [1_000, 10_000, 100_000];

/// Number of texts whose pairs are all compared.
const EXACT: usize = 5_000;

/// Number of texts from which transcripts are made.
const SAID: usize = 12_000;

/// Number of texts for the comparison with other libraries.
const PEERS: usize = 100_000;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures everything; whether every digest and every pair is right.
fn run(arguments: &Arguments) -> Result<bool, String> {
    // A missing Python should fail before an hour of work, not after it.
    let peers = arguments.peers.then(|| Peers::install(&arguments.peers_folder)).transpose()?;
    let file = |name: &str| arguments.components.join(name);
    let everything = transcripts::component(&file("dreaming.wasm"))?;
    let small = Component::read(&file("dreaming-statements.wasm"))?;
    let core = Component::read(&file("dreaming-core.wasm"))?;
    let read = match &arguments.texts {
        Some(file) => Some(read(file)?),
        None => None,
    };
    let there = read.as_ref().map_or(usize::MAX, Vec::len).min(arguments.most);
    let texts = |count: usize| match &read {
        Some(texts) => texts.iter().take(count).cloned().collect(),
        None => generate(count, arguments.seed),
    };
    let chosen = |sizes: &'static [usize]| {
        let all = if arguments.large { sizes.len() } else { sizes.len() - 1 };
        sizes.iter().copied().take(all).filter(move |size| *size <= there)
    };
    let files = match &arguments.transcripts {
        Some(folder) => transcripts::read(folder)?,
        None => transcripts::made(&generate(SAID, arguments.seed)),
    };
    eprintln!("== {} transcripts", files.len());
    let reading = transcripts::measure(&everything, &files, arguments.rounds)?;
    let mut report = Report { reading: Some(reading), ..Report::default() };
    if arguments.only_transcripts {
        match arguments.json {
            true => println!("{}", reading.json()?),
            false => print!("{}", reading.text()),
        }
        return Ok(report.is_right());
    }
    for count in chosen(&SIZES) {
        eprintln!("== {count} texts");
        let input = Input::new(texts(count));
        let mut size = measure(&small, &core, &input, arguments.rounds)?;
        if let Some(peers) = peers.as_ref().filter(|_| count == PEERS.min(there)) {
            eprintln!("== peers, {count} texts");
            size.peers = peers.seconds(&input.texts, arguments.rounds)?;
        }
        report.sizes.push(size);
    }
    eprintln!("== all pairs of {} texts", EXACT.min(there));
    report.exact = Some(exact::exactness(&texts(EXACT.min(there))));
    for count in chosen(&DREAMS) {
        eprintln!("== a dream over {count} texts");
        report.dreams.push((count, dream::dream(&texts(count))?));
    }
    if arguments.json {
        println!("{}", report.json()?);
    } else {
        print!("{}", report.text());
    }
    Ok(report.is_right())
}

fn read(file: &PathBuf) -> Result<Vec<Generated>, String> {
    let lines = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse(&lines).map_err(|error| format!("{}: {error}", file.display()))
}

/// Walks the path in all engines, taking turns so that other load of the machine slows all of them
/// alike, and once more with the texts in another order.
fn measure(
    small: &Component,
    core: &Component,
    input: &Input,
    rounds: usize,
) -> Result<Size, String> {
    let mut walks = Walks::default();
    for _ in 0..rounds.max(1) {
        walks.native.push(walk(&Native, input)?);
        walks.component.push(walk(small, input)?);
        walks.core.push(walk(core, input)?);
    }
    let mut shuffled = Input { texts: input.texts.clone(), budget: input.budget };
    Random::new(1).shuffle(&mut shuffled.texts);
    Ok(Size::new(input, &walks, &walk(small, &shuffled)?))
}

fn walk(walker: &dyn Walker, input: &Input) -> Result<Walk, String> {
    walker.walk(input).map_err(|error| format!("{}: {error}", walker.name()))
}
