//! A review as one HTML page: no script, nothing loaded, every text escaped. Quotes are hostile.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{Change, Plan};
use crate::output::next;
use crate::output::stats::document::Stats;
use crate::output::text::{self, Files};
use crate::output::words;

pub mod charts;
mod items;
pub mod stats;

const STYLE: &str = include_str!("html/style.css");

/// By this a page is known for one.
pub const MARK: &str = "<meta name=\"generator\" content=\"dreaming review\">";

/// Nothing is loaded and nothing runs, whatever a quote tries.
const RULES: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The gates, with what a reader needs to know of each.
const GATES: [(&str, &str); 3] =
    [("auto", "needs nobody"), ("review", "needs a person"), ("blocked", "cannot be applied")];

/// The whole page. `folder` names the memories; `notes` are lines that a reader must see first;
/// `known` are the figures of the sessions that decisions took in before.
pub fn page(
    folder: &str,
    notes: &str,
    plan: &Plan,
    figures: &charts::Figures,
    known: &Stats,
    files: &Files<'_>,
) -> String {
    let groups = words::by_cause(plan);
    let title = format!("Review of {}", text::one_line(folder));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(RULES);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content="dreaming review";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(filter_rules(groups.len()))) }
            }
            body {
                header {
                    h1 { (title) }
                    p.sub { "Plan of " (text::time(plan.now)) }
                    (tiles(plan))
                    (pending(plan))
                    @for note in notes.lines() { p.warn { (text::one_line(note)) } }
                    p.hint {
                        "This page decides nothing. To decide: " code { (next::bare("review")) }
                        " on a terminal, or " code { (next::bare("review --accept ID… --reject ID…")) }
                        ". The beginning of an id will do."
                    }
                }
                (charts::section(figures))
                @if known.totals.sessions > 0 {
                    details.known { summary { "What the sessions of the ledger say" } (stats::section(known)) }
                }
                (filters(&groups))
                main {
                    @for (at, (cause, changes)) in groups.iter().enumerate() {
                        section.cause.(format!("k{at}")) id=(format!("cause-{at}")) {
                            h2 { (text::one_line(words::cause(cause))) " " span.n { (changes.len()) } }
                            @for change in changes { (items::change(change, files)) }
                        }
                    }
                    @if plan.changes.is_empty() { p { "The plan has no changes." } }
                    @if !plan.conflicts.is_empty() {
                        section #conflicts {
                            h2 { "Open conflicts " span.n { (plan.conflicts.len()) } }
                            p.sub { "Of two statements neither is known to be newer. A person decides, in the memory." }
                            @for item in &plan.conflicts { (items::conflict(item, files)) }
                        }
                    }
                    @if !plan.rejected.is_empty() {
                        section #turned-down {
                            h2 { "Turned down " span.n { (plan.rejected.len()) } }
                            p.sub { "What the engine did not propose, and why." }
                            @for item in &plan.rejected { (items::rejected(item, files)) }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

fn tiles(plan: &Plan) -> Markup {
    let read = plan.sessions.iter().filter(|s| s.outcome.state == "read").count();
    let gates = plan.gates();
    let tiles = [
        (read as u64, "sessions read", ""),
        (gates.auto, "auto", "auto"),
        (gates.review, "for review", "review"),
        (gates.blocked, "blocked", "blocked"),
        (plan.conflicts.len() as u64, "open conflicts", ""),
        (plan.rejected.len() as u64, "turned down", ""),
    ];
    html! {
        dl.tiles {
            @for (number, name, class) in tiles {
                div { dt { @if !class.is_empty() { i.dot.(class) {} } (name) } dd { (number) } }
            }
        }
    }
}

fn pending(plan: &Plan) -> Markup {
    let pending =
        plan.sessions.iter().filter_map(|s| Some((&s.session, s.outcome.reason.as_ref()?)));
    html! {
        @for (session, reason) in pending {
            p.warn { "Pending: " (text::one_line(session)) ": " (text::one_line(reason)) }
        }
    }
}

/// Boxes that the style sheet reads, so that filters need no script, and links to every change.
fn filters(groups: &[(&str, Vec<&Change>)]) -> Markup {
    html! {
        nav aria-label="Filters and contents" {
            fieldset {
                legend { "Show gates" }
                @for (gate, meaning) in GATES {
                    label { input #(format!("g-{gate}")) type="checkbox" checked; i.dot.(gate) {} (gate) " " small { (meaning) } }
                }
            }
            fieldset {
                legend { "Show causes" }
                @for (at, (cause, changes)) in groups.iter().enumerate() {
                    label {
                        input #(format!("k-{at}")) type="checkbox" checked;
                        a href=(format!("#cause-{at}")) { (text::one_line(words::cause(cause))) } " " span.n { (changes.len()) }
                    }
                }
            }
            details {
                summary { "All changes" }
                ol {
                    @for change in groups.iter().flat_map(|(_, changes)| changes) {
                        li {
                            a href=(format!("#{}", change.id)) { (text::one_line(&change.id)) }
                            " " (text::one_line(&change.operation)) " " (text::one_line(&change.path))
                        }
                    }
                }
            }
        }
    }
}

/// What the boxes hide. Made of numbers and our own words only.
fn filter_rules(causes: usize) -> String {
    let gates = GATES.iter().map(|(gate, _)| (format!("g-{gate}"), format!(".g-{gate}")));
    let causes = (0..causes).map(|at| (format!("k-{at}"), format!(".k{at}")));
    let rule = |(box_id, class)| {
        format!("body:has(#{box_id}:not(:checked)) main {class}{{display:none}}\n")
    };
    gates.chain(causes).map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::words::tests::{change, plan};

    #[test]
    fn hostile_text_stays_text_wherever_it_stands() {
        let attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";
        let mut bad = change("c\"><marquee>", "add", attack, "auto");
        bad.path = attack.into();
        bad.text = Some(attack.into());
        bad.because = attack.into();
        bad.gate_reason = attack.into();
        bad.trust = attack.into();
        bad.principal = Some(attack.into());
        let page = page(
            attack,
            attack,
            &plan(vec![bad]),
            &charts::Figures::default(),
            &Stats::default(),
            &|_, _| None,
        );
        for raw in ["<script", "<img", "<marquee", "\u{202e}"] {
            assert!(!page.contains(raw), "{raw}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }
}
