//! Figures on a terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table as Drawn, presets};

use super::{head, one_line};
use crate::document::Stats;
use crate::output::stats::{Sort, hints, summary, tables};
use crate::output::theme::DIM;

/// Columns when the width of the terminal is unknown. Long cells are wrapped.
const WIDTH: u16 = 120;

/// The figures as text.
pub fn stats(stats: &Stats) -> String {
    let mut out = String::new();
    for line in summary(stats) {
        let _ = writeln!(out, "{}", one_line(&line));
    }
    for table in tables(stats) {
        let _ = writeln!(out, "\n{}", head(table.title));
        let mut drawn = Drawn::new();
        drawn
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header(table.columns.iter().map(|(name, _)| *name));
        for row in &table.rows {
            drawn.add_row(row.iter().map(|cell| one_line(cell)));
        }
        for (column, (_, sort)) in drawn.column_iter_mut().zip(&table.columns) {
            if *sort == Sort::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let _ = writeln!(out, "{}", drawn.trim_fmt());
        for note in &table.notes {
            let _ = writeln!(out, "{DIM}{}{DIM:#}", one_line(note));
        }
    }
    let hints = hints(stats);
    if !hints.is_empty() {
        out.push('\n');
    }
    for hint in hints {
        let _ = writeln!(out, "{}", one_line(&hint));
    }
    out
}
