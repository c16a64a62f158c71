//! Figures as one HTML page: no script, nothing loaded, every text escaped, because names may be
//! hostile.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Sort, Table, date, hints, summary, tables};
use crate::document::{Period, Stats};
use crate::output::text;

const STYLE: &str = include_str!("style.css");

/// The content security policy: nothing is loaded and no script runs, whatever a name holds.
const RULES: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The mark by which a file is recognised as a page of figures.
pub const MARK: &str = "<meta name=\"generator\" content=\"dreaming stats\">";

/// Height of the chart of periods.
const HEIGHT: u64 = 120;
/// Width of a period in the chart.
const STEP: u64 = 12;
/// Width of the bar of a period.
const THICK: u64 = 9;

/// A page of figures. `folder` names the memories.
pub fn page(folder: &str, stats: &Stats, now: i64) -> String {
    let title = format!("Figures of {}", text::one_line(folder));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(RULES);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content="dreaming stats";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.sub { "As of " (text::time(now)) }
                }
                (section(stats))
            }
        }
    }
    .into_string()
}

fn section(stats: &Stats) -> Markup {
    html! {
        section {
            @for line in summary(stats) { p { (text::one_line(&line)) } }
            @for hint in hints(stats) { p.hint { (text::one_line(&hint)) } }
            @if !stats.trends.periods.is_empty() {
                figure.chart { figcaption { "Sessions over time, by how they went" } (periods(&stats.trends.periods)) }
            }
            @for one in tables(stats) { (table(&one)) }
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        h2 { (table.title) }
        div.scroll {
            table.figures {
                thead { tr { @for (name, sort) in &table.columns { th.n[*sort == Sort::Number] { (name) } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (cell, (_, sort)) in row.iter().zip(&table.columns) {
                                td.n[*sort == Sort::Number] { (text::one_line(cell)) }
                            }
                        }
                    }
                }
            }
        }
        @for note in &table.notes { p.sub { (text::one_line(note)) } }
    }
}

/// A chart with one bar for each period, in pieces: good, bad, unknown.
fn periods(periods: &[Period]) -> Markup {
    let most = periods.iter().map(|period| period.sessions).max().unwrap_or(0).max(1);
    let height = |number: u64| number.saturating_mul(HEIGHT - 4) / most;
    let width = (periods.len() as u64 * STEP).max(300);
    let (first, last) = (periods.first(), periods.last());
    html! {
        svg.days viewBox=(format!("0 0 {width} {HEIGHT}")) role="img" aria-label="Sessions over time" {
            line x1="0" x2=(width) y1=(HEIGHT - 1) y2=(HEIGHT - 1) {}
            @for (at, period) in periods.iter().enumerate() {
                @let x = at as u64 * STEP;
                @let (good, bad, unknown) = (height(period.good), height(period.bad), height(period.unknown));
                g {
                    title {
                        (date(period.start)) ": " (text::count(period.sessions, "session")) ", "
                        (period.good) " good, " (period.bad) " bad, " (period.unknown) " unknown"
                    }
                    rect.good x=(x) width=(THICK) y=(HEIGHT - 1 - good) height=(good) {}
                    rect.bad x=(x) width=(THICK) y=(HEIGHT - 1 - good - bad) height=(bad) {}
                    rect.unknown x=(x) width=(THICK) y=(HEIGHT - 1 - good - bad - unknown) height=(unknown) {}
                }
            }
        }
        div.axis {
            @for end in first.into_iter().chain(last) { span { (date(end.start)) } }
        }
        ul.legend {
            li { i.good {} "good" }
            li { i.bad {} "bad" }
            li { i.unknown {} "unknown" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Recurring, StatsGroup};

    #[test]
    fn hostile_names_stay_text() {
        let attack = "<script>alert(1)</script>\u{202e}";
        let one = Recurring { text: attack.into(), sessions: 2 };
        let group = StatsGroup {
            name: attack.into(),
            sessions: 2,
            mistakes: vec![one],
            ..StatsGroup::default()
        };
        let stats = Stats { totals: group.clone(), agents: vec![group], ..Stats::default() };
        let page = page(attack, &stats, 0);
        assert!(!page.contains("<script") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)") && page.contains(MARK));
        assert!(!text::stats(&stats).contains('\u{202e}'));
    }
}
