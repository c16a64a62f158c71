//! `cargo xtask eval`: what the engine reaches on a folder of labelled and recorded data, beside
//! what is reached without a dream and with exact dedupe alone. docs/evaluation.md describes the
//! folder.

mod beam;
mod data;
mod dream;
mod figure;
mod judged;
mod protocols;
mod recording;
mod report;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use data::Data;

const HELP: &str = "\
usage: cargo xtask eval [--data DIR] [--quick] [--seed N] [--model recorded] [--cases] [--json] [PROTOCOL…]

Measures the engine on a folder of labelled and recorded data; docs/evaluation.md describes it.

  --data DIR   the folder; default: $DREAMING_DATA, else ../shared/data
  --quick      smaller sizes, where a protocol makes its own data
  --seed N     another seed, where a protocol makes its own data
  --model recorded
               a model answers from the labels, where a protocol has a place for one
  --cases      what went wrong one by one, to the error output, where a protocol can say it
  --json       one JSON document instead of a table
  PROTOCOL…    only these; `list` names them

exit code: 0 when every demand is met, 1 when one is not, 2 for a wrong command or no data
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let mut folder = None;
    let (mut json, mut quick, mut cases, mut seed, mut model) = (false, false, false, None, false);
    let mut only = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--data" => folder = Some(words.next().map(PathBuf::from).ok_or_else(usage)?),
            "--json" => json = true,
            "--quick" => quick = true,
            "--cases" => cases = true,
            "--seed" => seed = Some(words.next().and_then(|n| n.parse().ok()).ok_or_else(usage)?),
            "--model" => match words.next().as_deref() {
                Some("recorded") => model = true,
                _ => return Err(usage()),
            },
            "list" => {
                protocols::ALL.iter().for_each(|p| println!("{:12} {}", p.name, p.about));
                return Ok(ExitCode::SUCCESS);
            }
            name if protocols::ALL.iter().any(|p| p.name == name) => only.push(name.to_owned()),
            _ => return Err(usage()),
        }
    }
    let mut data = Data::open(folder)?;
    (data.quick, data.cases, data.seed, data.model) = (quick, cases, seed, model);
    let mut sections = Vec::new();
    for protocol in protocols::ALL {
        if only.is_empty() || only.iter().any(|name| name == protocol.name) {
            eprintln!("… {}", protocol.name);
            sections.push(report::section(protocol, (protocol.run)(&data)?));
        }
    }
    if json {
        println!("{}", report::json(&sections)?);
    } else {
        print!("{}", report::table(&sections));
    }
    let met = sections.iter().all(report::Section::is_met);
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn usage() -> anyhow::Error {
    anyhow::anyhow!("this is not how it is called\n\n{HELP}")
}
