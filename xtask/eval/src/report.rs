//! The report: all figures, as a table for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::figure::{Demand, Figure};
use crate::protocols::Protocol;

/// The rows and notes of a protocol.
#[derive(Default, Serialize)]
pub struct Measured {
    /// The figures, in order.
    pub rows: Vec<Row>,
    /// Notes on the figures for readers.
    pub notes: Vec<String>,
}

/// One measure in all arms.
#[derive(Serialize)]
pub struct Row {
    /// The name of the measure.
    pub measure: String,
    /// The figure without a dream; `None` where it has no meaning.
    pub no_dream: Option<Figure>,
    /// The figure with exact dedupe only; `None` where it has no meaning.
    pub exact_only: Option<Figure>,
    /// The figure with a dream.
    pub ours: Figure,
    /// The demand on `ours`, if there is one.
    pub demand: Option<Demand>,
}

impl Measured {
    /// The result when data is missing.
    pub fn absent(what: &str) -> Self {
        Self { rows: Vec::new(), notes: vec![format!("not measured: the data has no {what}")] }
    }

    /// Adds a row.
    pub fn row(
        &mut self,
        measure: impl Into<String>,
        no_dream: Option<Figure>,
        exact_only: Option<Figure>,
        ours: Figure,
        demand: Option<Demand>,
    ) {
        self.rows.push(Row { measure: measure.into(), no_dream, exact_only, ours, demand });
    }

    /// Adds a note.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

/// A protocol with what it measured.
#[derive(Serialize)]
pub struct Section {
    protocol: &'static str,
    about: &'static str,
    #[serde(flatten)]
    measured: Measured,
}

/// A section of the report from the result of a protocol.
pub fn section(protocol: &Protocol, measured: Measured) -> Section {
    Section { protocol: protocol.name, about: protocol.about, measured }
}

impl Section {
    /// Whether every demand is met. A demand without data to measure counts as met.
    pub fn is_met(&self) -> bool {
        let met = |row: &Row| row.demand.is_none_or(|d| d.is_met(&row.ours) != Some(false));
        self.measured.rows.iter().all(met)
    }
}

/// The whole as JSON.
pub fn json(sections: &[Section]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&serde_json::json!({
        "format": "dreaming.evaluation/1",
        "sections": sections,
    }))
}

/// The whole as a table.
pub fn table(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let _ = writeln!(out, "\n{}: {}", section.protocol, section.about);
        if !section.measured.rows.is_empty() {
            let _ = writeln!(
                out,
                "  {:52} {:>16} {:>16} {:>18}  demand",
                "", "no dream", "exact only", "ours"
            );
        }
        for row in &section.measured.rows {
            let arm = |figure: &Option<Figure>| {
                figure.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)
            };
            let demand = row.demand.map_or_else(String::new, |demand| {
                let word = match demand.is_met(&row.ours) {
                    Some(true) => "met",
                    Some(false) => "MISSED",
                    None => "absent",
                };
                format!("{demand} {word}")
            });
            let line = format!(
                "  {:52} {:>16} {:>16} {:>18}  {demand}",
                row.measure,
                arm(&row.no_dream),
                arm(&row.exact_only),
                row.ours
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        for note in &section.measured.notes {
            let _ = writeln!(out, "  · {note}");
        }
    }
    out
}
