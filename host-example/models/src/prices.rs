//! Prices of tokens, from the user's table or the table of this crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::tally::Usage;
use crate::{Error, Result};

/// The table that comes with this crate.
const LISTED: &str = include_str!("../prices.json");

/// Prices of one model in dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// See [`Usage::input`].
    pub input: f64,
    /// See [`Usage::cache_write`].
    pub cache_write: f64,
    /// See [`Usage::cache_read`].
    pub cache_read: f64,
    /// See [`Usage::output`].
    pub output: f64,
}

impl Price {
    /// What tokens cost, in dollars.
    pub fn of(self, usage: Usage) -> f64 {
        let parts = [
            (usage.input, self.input),
            (usage.cache_write, self.cache_write),
            (usage.cache_read, self.cache_read),
            (usage.output, self.output),
        ];
        parts.iter().map(|(tokens, price)| *tokens as f64 * price / 1e6).sum()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "about", default)]
    _about: String,
    as_of: String,
    models: BTreeMap<String, Row>,
}

/// A row of the table. Without a price for the cache, its tokens cost as much as other input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    input: f64,
    cache_write: Option<f64>,
    cache_read: Option<f64>,
    output: f64,
}

impl Row {
    fn price(&self) -> Price {
        Price {
            input: self.input,
            cache_write: self.cache_write.unwrap_or(self.input),
            cache_read: self.cache_read.unwrap_or(self.input),
            output: self.output,
        }
    }
}

/// A price and the month in which it was looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated {
    /// The price.
    pub price: Price,
    /// Such as `2025-11`.
    pub as_of: String,
}

/// The price of `model`, written `service:name`: from the user's table in `file`, else from the
/// table of this crate if the model is asked at its makers' own address.
///
/// # Errors
/// [`Error::Io`], and [`Error::Wrong`] for a file of another form.
pub fn find(model: &str, file: Option<&Path>, is_home: bool) -> Result<Option<Dated>> {
    let given = match file {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(Error::io("read the prices in", file))?;
            let wrong = |why| Error::Wrong(format!("prices in {}: {why}", file.display()));
            in_table(&text, model).map_err(wrong)?
        }
        None => None,
    };
    Ok(match given {
        Some(price) => Some(price),
        None if is_home => in_table(LISTED, model).map_err(Error::Wrong)?,
        None => None,
    })
}

/// The models and prices of the table of this crate, by name.
///
/// # Errors
/// [`Error::Wrong`] when that table makes no sense.
pub fn listed() -> Result<Vec<(String, Dated)>> {
    let table: Table =
        serde_json::from_str(LISTED).map_err(|error| Error::Wrong(error.to_string()))?;
    let priced = |(name, row): (&String, &Row)| {
        let price = row.price();
        (name.clone(), Dated { price, as_of: table.as_of.clone() })
    };
    Ok(table.models.iter().map(priced).collect())
}

fn in_table(text: &str, model: &str) -> std::result::Result<Option<Dated>, String> {
    let table: Table = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let found = table.models.iter().find(|(name, _)| names(name, model));
    let Some((name, row)) = found else { return Ok(None) };
    let price = row.price();
    let all = [price.input, price.cache_write, price.cache_read, price.output];
    if !all.iter().all(|price| price.is_finite() && *price >= 0.0) {
        return Err(format!("`{name}` has a price below 0"));
    }
    Ok(Some(Dated { price, as_of: table.as_of }))
}

/// Whether `model` is the model of a row, or a dated version of it such as `-20250929` or
/// `-2025-08-07`.
fn names(row: &str, model: &str) -> bool {
    let Some(rest) = model.strip_prefix(row) else { return false };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let is_date = rest.starts_with('-')
        && digits == 8
        && rest.chars().all(|c| c.is_ascii_digit() || c == '-');
    rest.is_empty() || is_date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_model_and_its_dated_versions_have_a_price_and_others_have_none() {
        let listed = |model: &str| find(model, None, true).unwrap();
        let price = listed("anthropic:claude-haiku-4-5").unwrap();
        assert_eq!(listed("anthropic:claude-haiku-4-5-20251001"), Some(price.clone()));
        assert!(listed("openai:gpt-5-2025-08-07").is_some());
        let usage =
            Usage { input: 1_000_000, cache_write: 0, cache_read: 2_000_000, output: 200_000 };
        assert!((price.price.of(usage) - 2.2).abs() < 1e-9);
        for model in ["anthropic:claude-haiku-4-5-max", "openai:gpt-5-1", "openai:llama3", "exec:x"]
        {
            assert_eq!(listed(model), None, "{model}");
        }
        // The listed prices do not hold for a server elsewhere.
        assert_eq!(find("openai:gpt-5", None, false).unwrap(), None);
    }

    #[test]
    fn prices_of_the_user_come_first_and_wrong_ones_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("prices.json");
        let put = |text: &str| fs::write(&file, text).unwrap();
        put(r#"{"as_of": "2026-11", "models": {"openai:gpt-5": {"input": 9, "output": 10}}}"#);
        let price = find("openai:gpt-5", Some(&file), false).unwrap().unwrap();
        assert_eq!((price.price.cache_read, &*price.as_of), (9.0, "2026-11"));
        assert!(find("anthropic:claude-opus-4-5", Some(&file), true).unwrap().is_some());
        for wrong in [
            "",
            "{}",
            r#"{"as_of": "x", "models": {"openai:gpt-5": {"input": -1, "output": 10}}}"#,
            r#"{"as_of": "x", "models": {"openai:gpt-5": {"input": 1}}}"#,
        ] {
            put(wrong);
            assert!(matches!(find("openai:gpt-5", Some(&file), true), Err(Error::Wrong(_))));
        }
    }
}
