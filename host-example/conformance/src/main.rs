//! `hosts`: the conformance table. `cargo xtask hosts` builds what it needs and runs it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{Table, presets};
use dreaming_conformance::carried::{self, Carried};
use dreaming_conformance::cases;
use dreaming_conformance::sites::{self, Closed, Opened, Site};
use dreaming_conformance::table::{self, KINDS, Played};
use dreaming_testing::{Host, Variation};
use serde_json::json;

/// Plays the golden cases in every host and compares every byte.
///
/// Exit codes: 0 all equal, 1 something differs, 2 usage.
#[derive(Parser)]
struct Arguments {
    /// Prints JSON in place of the tables.
    #[arg(long)]
    json: bool,
    /// A host that is missing on this machine is a failure.
    #[arg(long)]
    all: bool,
    /// Where compiled code is kept between runs.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/conformance-code"))]
    cache: PathBuf,
    /// Only these hosts; none = every host.
    #[arg(value_parser = site)]
    hosts: Vec<Site>,
}

fn site(id: &str) -> Result<Site, String> {
    let ids: Vec<&str> = sites::ALL.iter().map(|site| site.id).collect();
    let found = sites::ALL.into_iter().find(|site| site.id == id);
    found.ok_or_else(|| format!("the hosts are {}", ids.join(", ")))
}

/// Faults of carried dreams that are shown below the table; `--json` shows all. Chosen by us: one
/// faulty host makes most pairs fail.
const MAX_FAULTS: usize = 5;

/// A row of the table.
struct Row {
    id: &'static str,
    versions: String,
    outcome: Outcome,
}

enum Outcome {
    Played(Played),
    Skipped(String),
    Broken(String),
}

impl Row {
    fn result(&self) -> String {
        match &self.outcome {
            Outcome::Played(Played { difference: None, .. }) => "equal".into(),
            Outcome::Played(Played { difference: Some(difference), .. }) => difference.to_string(),
            Outcome::Skipped(how) => format!("skipped: {how}"),
            Outcome::Broken(why) => format!("does not start: {why}"),
        }
    }

    fn is_fault(&self, all: bool) -> bool {
        match &self.outcome {
            Outcome::Played(played) => played.difference.is_some(),
            Outcome::Skipped(_) => all,
            Outcome::Broken(_) => true,
        }
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.id.to_owned(), self.versions.clone()];
        match &self.outcome {
            Outcome::Played(played) => {
                cells.push(format!("{} × {}", played.cases, played.plays / played.cases.max(1)));
                cells.extend(KINDS.map(|kind| played.digests[kind].clone()));
            }
            _ => cells.extend(vec![String::new(); KINDS.len() + 1]),
        }
        cells.push(self.result());
        cells
    }

    fn json(&self) -> serde_json::Value {
        let played = match &self.outcome {
            Outcome::Played(played) => Some(played),
            _ => None,
        };
        json!({
            "host": self.id,
            "versions": self.versions,
            "cases": played.map(|played| played.cases),
            "plays": played.map(|played| played.plays),
            "digests": played.map(|played| &played.digests),
            "result": self.result(),
        })
    }
}

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

/// Whether everything is equal.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let cases = cases::load(&sites::root().join("tests/golden"))?;
    let every: Vec<_> = cases.iter().collect();
    let chosen = if arguments.hosts.is_empty() { &sites::ALL[..] } else { &arguments.hosts[..] };
    let mut rows = Vec::new();
    let mut opened: Vec<Opened> = Vec::new();
    for site in chosen {
        let start = Instant::now();
        let (versions, outcome) = match site.open(&arguments.cache) {
            Err(Closed::Missing(how)) => (String::new(), Outcome::Skipped(how)),
            Err(Closed::Broken(failure)) => (String::new(), Outcome::Broken(failure.to_string())),
            Ok(open) => {
                let played = table::play(&*open.host, &every, &Variation::ALL);
                let versions = open.versions.clone();
                opened.push(open);
                (versions, Outcome::Played(played))
            }
        };
        let row = Row { id: site.id, versions, outcome };
        eprintln!("{}: {}, {:.1} s", row.id, row.result(), start.elapsed().as_secs_f32());
        if let Outcome::Played(Played { difference: Some(difference), .. }) = &row.outcome {
            difference.details.iter().for_each(|line| eprintln!("  {line}"));
        }
        rows.push(row);
    }
    let start = Instant::now();
    let hosts: Vec<&dyn Host> = opened.iter().map(|open| &*open.host).collect();
    let carried = carried::carry(&hosts, carried::trips(hosts.len()), &cases)?;
    eprintln!("carried dreams: {:.1} s", start.elapsed().as_secs_f32());
    if arguments.json {
        print_json(&rows, &carried);
    } else {
        print(&rows, &carried);
    }
    Ok(carried.faults.is_empty() && !rows.iter().any(|row| row.is_fault(arguments.all)))
}

fn print(rows: &[Row], carried: &Carried) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["host", "versions", "cases"].into_iter().chain(KINDS).chain(["result"]));
    table.add_rows(rows.iter().map(Row::cells));
    println!("{table}");
    println!(
        "\nDreams carried through three hosts: {} ordered pairs, {} dreams, {} differ",
        carried.trips,
        carried.dreams,
        carried.faults.len()
    );
    for fault in carried.faults.iter().take(MAX_FAULTS) {
        println!("  {fault}");
    }
}

fn print_json(rows: &[Row], carried: &Carried) {
    let output = json!({
        "hosts": rows.iter().map(Row::json).collect::<Vec<_>>(),
        "carried": {
            "pairs": carried.trips,
            "dreams": carried.dreams,
            "faults": carried.faults,
        },
    });
    println!("{output:#}");
}
