//! `cargo xtask bench --growth`: how the processor time of the engine in native code grows with its
//! input. Each row gets an exponent; when one is over [`MOST`], the exit code is 1.

mod dreams;
mod grown_sessions;
mod kept;
mod parts;
mod row;
mod texts;

use std::process::ExitCode;

use row::Row;

/// The greatest exponent that a row may have. The design demands linear time; the rest is room for
/// `n log n` and for processor caches over a factor of ten.
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

/// Measures all rows that were asked for; whether none grows too fast.
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
        Some(folder) => grown_sessions::Source::read(folder.as_ref())?,
        None => grown_sessions::Source::Made,
    };
    dreams::measure(&mut report, &source)?;
    kept::measure(&mut report, &source)?;
    if !report.slow.is_empty() {
        println!("\nover {MOST}: {}", report.slow.join("; "));
    }
    Ok(report.slow.is_empty())
}

/// Prints rows as they are measured.
struct Report {
    wanted: Vec<String>,
    slow: Vec<String>,
}

impl Report {
    /// Whether a row of this name was asked for.
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part))
    }

    /// Prints a row without a demand.
    fn tell(&self, row: &Row) {
        println!("{row}");
    }

    /// Prints a row and checks it against [`MOST`].
    fn take(&mut self, row: &Row) {
        self.tell(row);
        if !row.is_within(MOST) {
            self.slow.push(row.name.clone());
        }
    }
}
