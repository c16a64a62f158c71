//! The words of the host for what a person sets: messages say what to change by its name.

/// How the host calls its settings, for example `--max-tokens`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Where the model is served.
    pub url: &'static str,
    /// The file that holds the key.
    pub key_file: &'static str,
    /// The most calls about sessions and pairs.
    pub calls: &'static str,
    /// The most tokens.
    pub tokens: &'static str,
    /// The most dollars.
    pub cost: &'static str,
}

/// Names for tests.
#[cfg(test)]
pub(crate) const TESTED: Names =
    Names { url: "url", key_file: "key-file", calls: "calls", tokens: "tokens", cost: "cost" };
