//! The path that is measured: texts go in; relations, scores and the ids to keep come out.

use std::fmt::Write as _;

use dreaming::interface::MAX_PAGE;
use dreaming_testing::generator::Generated;
use serde::Serialize;

/// The time at which the path is walked: after the last text of the generator.
pub const NOW: i64 = 1_798_761_600_000;

/// The texts that an engine gets, and how much of them it may keep.
pub struct Input {
    /// The texts.
    pub texts: Vec<Generated>,
    /// Tokens that the kept texts may take together: half of what all texts take.
    pub budget: u32,
}

impl Input {
    /// Takes `texts` as they are.
    pub fn new(texts: Vec<Generated>) -> Self {
        let tokens: usize = texts.iter().map(|text| text.text.len().div_ceil(4)).sum();
        Self { budget: u32::try_from(tokens / 2).unwrap_or(u32::MAX), texts }
    }

    /// Bytes of the texts.
    pub fn bytes(&self) -> usize {
        self.texts.iter().map(|text| text.text.len()).sum()
    }
}

/// The texts as statements of an engine, in pages of at most 1 MiB.
pub fn pages<T>(texts: &[Generated], statement: fn(&Generated) -> T) -> Vec<Vec<T>> {
    let mut pages = vec![Vec::new()];
    let mut bytes = 0;
    for text in texts {
        bytes += text.id.len() + text.text.len();
        if bytes > MAX_PAGE {
            pages.push(Vec::new());
            bytes = text.id.len() + text.text.len();
        }
        if let Some(page) = pages.last_mut() {
            page.push(statement(text));
        }
    }
    pages
}

/// Seconds on a processor for each part of the path.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Phases {
    /// To hand the texts over, page by page.
    pub fill: f64,
    /// To find the relations.
    pub reconcile: f64,
    /// To score the texts.
    pub score: f64,
    /// To choose the ids that are kept.
    pub prune: f64,
}

impl Phases {
    /// The whole path.
    pub fn whole(&self) -> f64 {
        self.fill + self.reconcile + self.score + self.prune
    }

    /// The share of the time that scoring and pruning take.
    pub fn weighing(&self) -> f64 {
        (self.score + self.prune) / self.whole()
    }
}

/// What one walk came to.
#[derive(Clone, Debug)]
pub struct Walk {
    /// How long it took.
    pub phases: Phases,
    /// Relations, scores and kept ids, to be compared between engines.
    pub digest: String,
    /// Pairs that relate.
    pub relations: usize,
    /// Ids that are kept.
    pub kept: usize,
    /// Peak bytes of linear memory, for engines that have one.
    pub peak: Option<usize>,
}

/// Something that walks the path.
pub trait Walker {
    /// Its name in the report.
    fn name(&self) -> &'static str;

    /// Walks it once.
    ///
    /// # Errors
    /// The message of whatever fails.
    fn walk(&self, input: &Input) -> Result<Walk, String>;
}

/// Collects what a walk came to.
#[derive(Default)]
pub struct Results {
    lines: String,
    /// Pairs so far.
    pub relations: usize,
    /// Kept ids so far.
    pub kept: usize,
}

impl Results {
    /// A pair.
    pub fn relation(
        &mut self,
        (older, newer): (&str, &str),
        (tie, reason): (&str, &str),
        similarity: u64,
    ) {
        let _ = writeln!(self.lines, "{older} {newer} {tie} {reason} {similarity}");
        self.relations += 1;
    }

    /// A score with its parts.
    pub fn score(&mut self, id: &str, parts: [u64; 6]) {
        let parts = parts.map(|part| part.to_string()).join(" ");
        let _ = writeln!(self.lines, "{id} {parts}");
    }

    /// An id that is kept.
    pub fn keep(&mut self, id: &str) {
        let _ = writeln!(self.lines, "{id}");
        self.kept += 1;
    }

    /// The digest of all results.
    pub fn digest(&self) -> String {
        dreaming::canonical::digest(self.lines.as_bytes()).to_string()
    }
}
