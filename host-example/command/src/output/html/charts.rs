//! What is known, in numbers: entries by tier and trust, sessions over time, sizes.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::output::text;

mod sessions;

/// Tiers from the least to the most established, as the engine names them.
const TIERS: [&str; 3] = ["short", "intermediate", "long"];
/// Trust from the lowest to the highest, as the engine orders it.
const TRUSTS: [&str; 5] = ["external", "tool", "agent", "verified", "user"];

/// Length of the longest bar, in units of the drawing.
const WIDTH: u64 = 600;
/// The numbers of the charts.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Entries in the store by tier and trust.
    pub entries: BTreeMap<(String, String), u64>,
    /// Sessions by day since 1970.
    pub days: BTreeMap<i64, Sessions>,
    /// Sessions whose transcript names no time.
    pub undated: u64,
    /// The store as it is, and as decisions would make it.
    pub sizes: Vec<Size>,
    /// Why a size is not known.
    pub unknown: Option<String>,
}

/// Sessions of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Part of the store's history already.
    pub known: u64,
    /// Read for this plan.
    pub new: u64,
}

/// How large a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Which store.
    pub name: &'static str,
    /// Its entries.
    pub entries: u64,
    /// Bytes of its memories.
    pub bytes: u64,
}

/// All charts.
pub fn section(figures: &Figures) -> Markup {
    html! {
        section.charts {
            figure.chart {
                figcaption { "Entries by tier and trust" }
                (entries(&figures.entries))
            }
            figure.chart {
                figcaption { "Size before and after" }
                (sizes(&figures.sizes))
                @if let Some(why) = &figures.unknown {
                    p.sub { "What the plan would make of it is not known: " (text::one_line(why)) }
                }
            }
            figure.chart.wide {
                figcaption { "Sessions over time" }
                (sessions::chart(&figures.days))
                @if figures.undated > 0 {
                    p.sub { "Without a time: " (text::count(figures.undated, "session")) "." }
                }
            }
        }
    }
}

/// One bar for each tier, in pieces by trust. Words that are new to this command come last.
fn entries(entries: &BTreeMap<(String, String), u64>) -> Markup {
    let mut tiers: Vec<&str> = TIERS.to_vec();
    let mut trusts: Vec<&str> = TRUSTS.to_vec();
    for (tier, trust) in entries.keys() {
        if !tiers.contains(&tier.as_str()) {
            tiers.push(tier);
        }
        if !trusts.contains(&trust.as_str()) {
            trusts.push(trust);
        }
    }
    let number = |tier: &str, trust: &str| {
        entries.get(&(tier.to_owned(), trust.to_owned())).copied().unwrap_or(0)
    };
    let sum = |tier: &str| trusts.iter().map(|trust| number(tier, trust)).sum::<u64>();
    let longest = tiers.iter().map(|tier| sum(tier)).max().unwrap_or(0).max(1);
    if entries.is_empty() {
        return html! { p.sub { "The ledger has no entries yet." } };
    }
    html! {
        table.bars {
            @for tier in &tiers {
                tr {
                    th { (text::one_line(tier)) }
                    td {
                        svg viewBox=(format!("0 0 {WIDTH} 22")) preserveAspectRatio="none" role="img"
                            aria-label=(format!("{}: {}", text::one_line(tier), sum(tier))) {
                            @for (at, x, number, trust) in pieces(&trusts, &|trust| number(tier, trust)) {
                                rect class=(format!("t{}", at.min(TRUSTS.len()))) y="2" height="18"
                                    x=(scale(x, longest)) width=(scale(number, longest).max(2)) {
                                    title { (text::one_line(trust)) ": " (number) }
                                }
                            }
                        }
                    }
                    td.n { (sum(tier)) }
                }
            }
        }
        ul.legend {
            @for (at, trust) in trusts.iter().enumerate() {
                li {
                    i.(format!("t{}", at.min(TRUSTS.len()))) {} (text::one_line(trust)) " "
                    b { (tiers.iter().map(|tier| number(tier, trust)).sum::<u64>()) }
                }
            }
        }
    }
}

/// The pieces of a bar that are not empty: place in the legend, begin, length, name.
fn pieces<'a>(names: &[&'a str], number: &dyn Fn(&str) -> u64) -> Vec<(usize, u64, u64, &'a str)> {
    let mut begin = 0;
    let mut pieces = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let length = number(name);
        if length > 0 {
            pieces.push((at, begin, length, *name));
        }
        begin += length;
    }
    pieces
}

fn scale(number: u64, longest: u64) -> u64 {
    number.saturating_mul(WIDTH) / longest.max(1)
}

/// Entries and bytes, each with its own scale.
fn sizes(sizes: &[Size]) -> Markup {
    html! {
        table.bars {
            (measure("entries", sizes, |size| size.entries))
            (measure("bytes", sizes, |size| size.bytes))
        }
    }
}

fn measure(measure: &str, sizes: &[Size], of: fn(&Size) -> u64) -> Markup {
    let longest = sizes.iter().map(of).max().unwrap_or(0).max(1);
    let now = sizes.first().map_or(0, of);
    html! {
        tr { th.group colspan="3" { (measure) } }
        @for (at, size) in sizes.iter().enumerate() {
            tr {
                th { (size.name) }
                td {
                    svg viewBox=(format!("0 0 {WIDTH} 22")) preserveAspectRatio="none" role="img"
                        aria-label=(format!("{}: {} {measure}", size.name, of(size))) {
                        rect class=(if at == 0 { "known" } else { "new" }) x="0" y="2" height="18"
                            width=(scale(of(size), longest).max(2)) {}
                    }
                }
                td.n { (of(size)) @if at > 0 { (difference(now, of(size))) } }
            }
        }
    }
}

fn difference(before: u64, after: u64) -> Markup {
    html! {
        @match after.cmp(&before) {
            std::cmp::Ordering::Less => small { " −" (before - after) },
            std::cmp::Ordering::Greater => small { " +" (after - before) },
            std::cmp::Ordering::Equal => small { " ±0" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let page = section(&Figures::default()).into_string();
        assert!(!page.contains("<rect"), "{page}");
    }
}
