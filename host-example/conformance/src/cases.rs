//! The golden cases and their expected documents.

use std::fs;
use std::path::Path;

use dreaming_testing::case::Case;
use dreaming_testing::expected::{Expected, Output};
use dreaming_testing::{Host, NativeHost, Variation, diff, player};

/// A case with the documents that every host must produce.
pub struct Golden {
    /// Name of its folder.
    pub name: String,
    case: Case,
    expected: Expected,
}

/// A difference between a host and the expected documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The variation, see [`Variation::ALL`].
    pub variation: &'static str,
    /// The document that differs, `the story`, or the error of the host.
    pub what: String,
    /// Where it differs from native code, a line each. May be empty.
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
    let expected = Expected::load(folder)?;
    Ok(Golden { name, case, expected })
}

/// Every so many cases, in the order of names, one is in a sample. Chosen by us: some twenty cases
/// of a hundred contain every kind of document, and a faulty host fails most of them.
const SAMPLE: usize = 5;

/// A sample of the cases: every fifth by name, and those that are carried.
pub fn sample(cases: &[Golden]) -> Vec<&Golden> {
    let carried = |case: &Golden| crate::carried::CASES.contains(&case.name.as_str());
    let wanted = |(at, case): &(usize, &Golden)| at % SAMPLE == 0 || carried(case);
    cases.iter().enumerate().filter(wanted).map(|(_, case)| case).collect()
}

impl Golden {
    /// Plays the case once; returns what it leaves and the first document that differs, if any.
    pub fn play(&self, host: &dyn Host, variation: Variation) -> (Output, Option<Difference>) {
        let differs = |what: String, details| {
            let (case, variation) = (self.name.clone(), variation.name);
            Some(Difference { case, variation, what, details })
        };
        let output = match player::play(&self.case, host, variation) {
            Ok(output) => output,
            Err(fault) => {
                let mut lines = fault.lines().map(str::to_owned);
                let what = lines.next().unwrap_or_default();
                return (Output::default(), differs(what, lines.collect()));
            }
        };
        let actual = output.expected(self.case.documents);
        let (expected, digests) = (&self.expected.digests, &actual.digests);
        let names = expected.keys().chain(digests.keys());
        let first = names.filter(|name| expected.get(*name) != digests.get(*name)).min();
        let difference = match first {
            Some(name) => differs(name.clone(), self.explain(name, &output)),
            None if actual.story != self.expected.story => {
                let lines = diff::lines(&self.expected.story, &actual.story);
                differs("the story".into(), lines)
            }
            None => None,
        };
        (output, difference)
    }

    /// The lines in which a document differs from native code's; the committed digest cannot tell.
    fn explain(&self, name: &String, output: &Output) -> Vec<String> {
        let native = player::play(&self.case, &NativeHost, Variation::AS_WRITTEN);
        let native = native.unwrap_or_default();
        match (native.documents.get(name), output.documents.get(name)) {
            (Some(native), Some(actual)) if native == actual => {
                vec!["native code differs too: `cargo test --test golden`".into()]
            }
            (Some(native), Some(actual)) => diff::explain(native, actual),
            (None, _) => vec!["native code has no such document".into()],
            (_, None) => vec!["it is missing".into()],
        }
    }
}
