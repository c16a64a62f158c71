//! `cargo xtask bench --growth`: how the time of the engine grows with what it is given, natively, by processor
//! time and the exponents of rows. A row whose exponent is over [`MOST`] ends in exit code 1.

mod dreams;
mod kept;
mod parts;
mod row;
mod sessions;
mod texts;

use std::process::ExitCode;

use row::Row;

/// The greatest exponent that a row may have. From the design: linear, with room for what `n log n` and the
/// caches of a processor add over a factor of ten.
const MOST: f64 = 1.15;

const HELP: &str = "\
usage: cargo xtask bench --growth [--transcripts FOLDER] [ROWS…]

  --transcripts   repeat the sessions of a folder (`.jsonl`) under new ids with changed words, in place of made
                  ones
  ROWS            only rows whose names hold one of these
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}\n{HELP}");
            ExitCode::from(2)
        }
    }
}

/// Whether no row grows faster than it may.
fn run() -> Result<bool, String> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut wanted) = (None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--transcripts" => folder = Some(arguments.next().ok_or("a folder is missing")?),
            option if option.starts_with('-') => return Err(format!("unknown option {option}")),
            _ => wanted.push(argument),
        }
    }
    let mut report = Report { wanted, slow: Vec::new() };
    texts::measure(&mut report)?;
    parts::measure(&mut report)?;
    let source = match folder {
        Some(folder) => sessions::Source::read(folder.as_ref())?,
        None => sessions::Source::Made,
    };
    dreams::measure(&mut report, &source)?;
    kept::measure(&mut report, &source)?;
    if !report.slow.is_empty() {
        println!("\nover {MOST}: {}", report.slow.join("; "));
    }
    Ok(report.slow.is_empty())
}

/// Prints rows as they come.
struct Report {
    wanted: Vec<String>,
    slow: Vec<String>,
}

impl Report {
    /// Whether a row of this name is asked for.
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part))
    }

    /// Prints a row of which nothing is demanded.
    fn tell(&self, row: &Row) {
        println!("{row}");
    }

    /// Prints a row and holds it to [`MOST`].
    fn take(&mut self, row: &Row) {
        self.tell(row);
        if !row.is_within(MOST) {
            self.slow.push(row.name.clone());
        }
    }
}
