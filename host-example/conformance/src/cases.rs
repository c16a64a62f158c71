//! The golden cases and what is expected of them.

use std::fs;
use std::path::Path;

use dreaming_testing::case::{Case, Files, files};
use dreaming_testing::{Host, Variation, diff, golden};

/// A case with the files that every host must leave.
pub struct Golden {
    /// Name of its folder.
    pub name: String,
    case: Case,
    expected: Files,
}

/// A way in which a host differs from the expected files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The variation, see [`Variation::ALL`].
    pub variation: &'static str,
    /// The file that differs, or what the host failed with.
    pub what: String,
    /// Where in the file, a line each. May be empty.
    pub details: Vec<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}: {}", self.case, self.variation, self.what)
    }
}

/// All cases below `folder`, by name.
///
/// # Errors
/// A case that cannot be read, or none at all.
pub fn load(folder: &Path) -> Result<Vec<Golden>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut folders: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let cases: Vec<_> = folders.iter().map(|path| golden(path)).collect::<Result<_, String>>()?;
    if cases.is_empty() { Err(format!("no case in {}", folder.display())) } else { Ok(cases) }
}

fn golden(folder: &Path) -> Result<Golden, String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let case = Case::load(folder)?;
    let expected = files(&folder.join("expected"))?;
    if expected.is_empty() {
        return Err(format!("{name}: nothing is expected; `BLESS=1 cargo test --test golden`"));
    }
    Ok(Golden { name, case, expected })
}

/// Every so many cases, by name, one is in a sample. Chosen by us: some twenty cases of a hundred show
/// every document, and a host that differs differs in most of them.
const SAMPLE: usize = 5;

/// A sample of the cases: every fifth by name, and those that are carried.
pub fn sample(cases: &[Golden]) -> Vec<&Golden> {
    let carried = |case: &Golden| crate::carried::CASES.contains(&case.name.as_str());
    let wanted = |(at, case): &(usize, &Golden)| at % SAMPLE == 0 || carried(case);
    cases.iter().enumerate().filter(wanted).map(|(_, case)| case).collect()
}

impl Golden {
    /// Plays the case once: the files that it leaves, if any, and the first that differs.
    pub fn play(&self, host: &dyn Host, variation: Variation) -> (Files, Option<Difference>) {
        let differs = |what: String, details| {
            let (case, variation) = (self.name.clone(), variation.name);
            Some(Difference { case, variation, what, details })
        };
        let files = match golden::play(&self.case, host, variation) {
            Ok(files) => files,
            Err(fault) => {
                let mut lines = fault.lines().map(str::to_owned);
                let what = lines.next().unwrap_or_default();
                return (Files::new(), differs(what, lines.collect()));
            }
        };
        let names = self.expected.keys().chain(files.keys());
        let first = names.filter(|name| self.expected.get(*name) != files.get(*name)).min();
        let difference = first.and_then(|name| {
            let details = match (self.expected.get(name), files.get(name)) {
                (Some(expected), Some(actual)) => diff::explain(expected, actual),
                (None, _) => vec!["it is not expected".into()],
                (_, None) => vec!["it is missing".into()],
            };
            differs(name.clone(), details)
        });
        (files, difference)
    }
}
