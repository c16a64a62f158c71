//! Numbers of the evaluation.

use std::fmt;

use serde::{Serialize, Serializer};

/// A number of the evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A share of a whole.
    Share {
        /// Items that are counted.
        of: u64,
        /// All items.
        all: u64,
    },
    /// An average of shares, such as a macro recall.
    Average(f64),
    /// A count.
    Count(u64),
    /// A number with a unit.
    Amount(f64, &'static str),
}

impl Figure {
    /// The share `of` ÷ `all`.
    pub fn share(of: usize, all: usize) -> Self {
        Self::Share { of: of as u64, all: all as u64 }
    }

    /// A count.
    pub fn count(n: usize) -> Self {
        Self::Count(n as u64)
    }

    /// The number, if there is one; a share of no items has none.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Share { all: 0, .. } => None,
            Self::Share { of, all } => Some(*of as f64 / *all as f64),
            Self::Average(n) | Self::Amount(n, _) => Some(*n),
            Self::Count(n) => Some(*n as f64),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Share { of, all: 0 } => format!("({of}/0)"),
            Self::Share { of, all } => {
                format!("{:.3} ({of}/{all})", *of as f64 / *all as f64)
            }
            Self::Average(n) => format!("{n:.3}"),
            Self::Count(n) => n.to_string(),
            Self::Amount(n, unit) => format!("{n:.2} {unit}"),
        };
        f.pad(&text)
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share { of, all } => serde_json::json!({"of": of, "all": all}).serialize(to),
            Self::Count(n) => to.serialize_u64(*n),
            Self::Average(n) | Self::Amount(n, _) => to.serialize_f64(*n),
        }
    }
}

/// A demand on a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Demand {
    /// Whether `figure` meets the demand; `None` when there is no number.
    pub fn is_met(self, figure: &Figure) -> Option<bool> {
        figure.number().map(|n| match self {
            Self::AtLeast(least) => n >= least,
            Self::AtMost(most) => n <= most,
        })
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::AtLeast(n) => format!("≥ {n}"),
            Self::AtMost(n) => format!("≤ {n}"),
        };
        f.pad(&text)
    }
}
