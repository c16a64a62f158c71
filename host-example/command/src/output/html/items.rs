//! Changes, conflicts and what was turned down, as parts of the page.

use maud::{Markup, html};

use crate::document::{Change, Conflict, Evidence, Rejected, Target};
use crate::output::text::{self, Files, clean, one_line};
use crate::output::{inline, words};

/// One change with everything that speaks for it.
pub fn change(change: &Change, files: &Files<'_>) -> Markup {
    let gate = match change.gate.as_str() {
        known @ ("auto" | "review" | "blocked") => known,
        _ => "other",
    };
    let (total, parts) = words::score(change);
    html! {
        article.change.(format!("g-{gate}")) id=(change.id) {
            h3 {
                a.id href=(format!("#{}", change.id)) { (one_line(&change.id)) }
                span.op { (one_line(&change.operation)) } " "
                span.path { (one_line(&change.path)) }
                span.gate.(gate) { (one_line(&change.gate)) }
            }
            (statements(change))
            p { (one_line(&change.because)) }
            dl.facts {
                div { dt { "gate" } dd { (one_line(&change.gate)) ": " (one_line(&change.gate_reason)) } }
                div { dt { "trust" } dd { (one_line(&change.trust)) } }
                div { dt { "tier" } dd { (one_line(&change.tier)) } }
                div {
                    dt { "support" }
                    dd {
                        (text::count(change.support.sessions, "session")) ", "
                        (text::count(change.support.agents, "agent")) ", "
                        (text::count(change.support.days, "day"))
                    }
                }
                @if let Some(who) = &change.principal {
                    div { dt { "preference of" } dd { (one_line(who)) } }
                }
                div {
                    dt { "score" }
                    dd {
                        b { (total) }
                        @for part in parts { span.part { (one_line(&part)) } }
                    }
                }
            }
            (evidence(&change.evidence, files))
        }
    }
}

/// What goes, what stays and what comes.
fn statements(change: &Change) -> Markup {
    let words = match (change.targets.as_slice(), &change.text) {
        ([target], Some(new)) => Some(inline::lines(words::old_text(change, &target.text), new)),
        _ => None,
    };
    let old = |target: &Target| match &words {
        Some((old, _)) => old.clone(),
        None => inline::plain(words::old_text(change, &target.text)),
    };
    let new = match (&words, &change.text) {
        (Some((_, new)), _) => new.clone(),
        (None, Some(text)) => inline::plain(text),
        (None, None) => Vec::new(),
    };
    html! {
        div.diff {
            @for target in &change.targets { (place(target, "")) (lines("old", "−", &old(target))) }
            @if let Some(target) = &change.survivor {
                (place(target, "stays: "))
                (lines("same", "=", &inline::plain(&target.text)))
            }
            (lines("new", "+", &new))
        }
    }
}

fn place(target: &Target, before: &str) -> Markup {
    html! {
        div.place {
            (before) (one_line(&target.path)) ":" (target.line) " " small { (one_line(&target.entry)) }
        }
    }
}

fn lines(class: &str, mark: &str, lines: &[inline::Line]) -> Markup {
    html! {
        @for line in lines {
            div.line.(class) {
                span.mark { (mark) }
                span {
                    @for (marked, piece) in line {
                        @if *marked { mark { (clean(piece)) } } @else { (clean(piece)) }
                    }
                }
            }
        }
    }
}

fn evidence(evidence: &[Evidence], files: &Files<'_>) -> Markup {
    html! {
        @for piece in evidence {
            figure.evidence {
                blockquote { (clean(&piece.quote)) }
                figcaption {
                    span.who { (one_line(&piece.provenance)) }
                    @if let Some(when) = piece.time { time { (text::time(when)) } }
                    @let (place, line) = text::place_of(piece, files);
                    span.file { (one_line(&place)) ":" (line) }
                }
            }
        }
    }
}

/// Two statements, side by side.
pub fn conflict(conflict: &Conflict, files: &Files<'_>) -> Markup {
    html! {
        article.change {
            h3 { span.path { (one_line(&conflict.subject)) } }
            div.diff {
                (place(&conflict.entry, "in the memory: "))
                (lines("same", "1", &inline::plain(&conflict.entry.text)))
                div.place { "in the sessions:" }
                (lines("other", "2", &inline::plain(&conflict.text)))
            }
            p { (one_line(&conflict.reason)) }
            (evidence(&conflict.evidence, files))
        }
    }
}

/// Something that the engine turned down.
pub fn rejected(rejected: &Rejected, files: &Files<'_>) -> Markup {
    html! {
        article.change.rejected {
            h3 { span.op { (one_line(&rejected.stage)) } " " span.path { (one_line(&rejected.reason)) } }
            div.diff { (lines("same", "×", &inline::plain(&rejected.text))) }
            (evidence(&rejected.evidence, files))
        }
    }
}
