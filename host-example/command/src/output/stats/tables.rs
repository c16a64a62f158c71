//! Builds the tables, one function for each. A table without rows is not shown.

use super::Sort::{Number, Words};
use super::{Table, date, percent};
use crate::document::{Anomaly, Finding, Recurring, Stats, StatsGroup, Trend};

/// Newest periods that the table over time shows. Chosen by us: they fit a screen; the document has
/// all.
const PERIODS: usize = 16;

/// The tables that have something to show, in the order in which a person should see them.
pub fn tables(stats: &Stats) -> Vec<Table> {
    let all = [
        groups("By agent", &stats.agents),
        groups("By role", &stats.roles),
        groups("By task", &stats.tasks),
        groups("By person", &stats.principals),
        findings("Strengths", &stats.strengths),
        findings("Weaknesses", &stats.weaknesses),
        hand_offs(stats),
        recurring("Mistakes that recur", &stats.totals.mistakes),
        recurring("Workflows in use", &stats.totals.workflows),
        tools(stats),
        over_time(stats),
        anomalies(stats),
        clusters(stats),
        shared(stats),
    ];
    all.into_iter().filter(|table| !table.rows.is_empty()).map(without_empty).collect()
}

/// Removes columns in which every row is empty, so that the table fits.
fn without_empty(mut table: Table) -> Table {
    let is_empty = |cell: &String| matches!(cell.as_str(), "" | "0" | "–");
    let full = |at: usize| table.rows.iter().any(|row| row.get(at).is_some_and(|c| !is_empty(c)));
    let kept: Vec<bool> = (0..table.columns.len()).map(full).collect();
    let mut columns = kept.iter();
    table.columns.retain(|_| columns.next() == Some(&true));
    for row in &mut table.rows {
        let mut cells = kept.iter();
        row.retain(|_| cells.next() == Some(&true));
    }
    table
}

fn share(share: Option<u64>) -> String {
    share.map_or_else(|| "–".into(), percent)
}

fn groups(title: &'static str, groups: &[StatsGroup]) -> Table {
    let row = |group: &StatsGroup| {
        let went = &group.outcomes;
        vec![
            group.name.clone(),
            group.sessions.to_string(),
            group.days.to_string(),
            went.good.to_string(),
            went.bad.to_string(),
            went.unknown.to_string(),
            share(went.good_share),
            group.calls.to_string(),
            share(group.failed_share),
            group.mistakes.len().to_string(),
            group.hand_offs.given.to_string(),
            group.hand_offs.failed.to_string(),
            group.output_tokens.to_string(),
        ]
    };
    Table {
        title,
        columns: vec![
            ("name", Words),
            ("sessions", Number),
            ("days", Number),
            ("good", Number),
            ("bad", Number),
            ("unknown", Number),
            ("good share", Number),
            ("calls", Number),
            ("failed", Number),
            ("mistakes", Number),
            ("handed off", Number),
            ("of these failed", Number),
            ("tokens written", Number),
        ],
        rows: groups.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn findings(title: &'static str, findings: &[Finding]) -> Table {
    let row = |found: &Finding| {
        let measure = match found.measure.as_str() {
            "failed-calls" => "sessions with more failed calls than the median one",
            other => measure(other),
        };
        vec![
            format!("{} {}", found.of, found.name),
            measure.into(),
            percent(found.share),
            found.sessions.to_string(),
            percent(found.other_share),
            found.other_sessions.to_string(),
        ]
    };
    Table {
        title,
        columns: vec![
            ("of", Words),
            ("measure", Words),
            ("share", Number),
            ("sessions", Number),
            ("others", Number),
            ("sessions", Number),
        ],
        rows: findings.iter().map(row).collect(),
        notes: vec!["Compared with all others together, beyond chance. It says how things stood, not why: who gets the harder tasks looks weaker.".into()],
    }
}

fn hand_offs(stats: &Stats) -> Table {
    let rows = stats.hand_offs.iter().map(|flow| {
        vec![
            flow.from.clone().unwrap_or_else(|| "?".into()),
            flow.to.clone(),
            flow.given.to_string(),
            flow.failed.to_string(),
            flow.unknown.to_string(),
            if flow.stands_out { "more than others".into() } else { String::new() },
        ]
    });
    Table {
        title: "Hand-offs",
        columns: vec![
            ("from", Words),
            ("to", Words),
            ("given", Number),
            ("failed", Number),
            ("unknown", Number),
            ("fails", Words),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn recurring(title: &'static str, all: &[Recurring]) -> Table {
    let row = |one: &Recurring| vec![one.sessions.to_string(), one.text.clone()];
    Table {
        title,
        columns: vec![("sessions", Number), ("what", Words)],
        rows: all.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn tools(stats: &Stats) -> Table {
    let rows = stats
        .totals
        .tools
        .iter()
        .map(|tool| vec![tool.tool.clone(), tool.calls.to_string(), tool.failed.to_string()]);
    Table {
        title: "Tools",
        columns: vec![("tool", Words), ("calls", Number), ("failed", Number)],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn over_time(stats: &Stats) -> Table {
    let periods = &stats.trends.periods;
    let newest = periods.get(periods.len().saturating_sub(PERIODS)..).unwrap_or(periods);
    let rows = newest.iter().map(|period| {
        let mut start = date(period.start);
        if !period.ended {
            start.push_str(" …");
        }
        vec![
            start,
            period.sessions.to_string(),
            share(period.failed_share),
            period.good.to_string(),
            period.bad.to_string(),
            period.unknown.to_string(),
        ]
    });
    let moves = |trend: &&Trend| matches!(trend.direction.as_str(), "rising" | "falling");
    let said = |trend: &Trend| {
        let mut what = measure(&trend.measure).to_owned();
        if let Some(first) = what.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{what}: {}, beyond chance.", trend.direction)
    };
    let day = stats.trends.unit == "day";
    Table {
        title: if day { "By day" } else { "By week" },
        columns: vec![
            (if day { "day" } else { "week of" }, Words),
            ("sessions", Number),
            ("failed calls", Number),
            ("good", Number),
            ("bad", Number),
            ("unknown", Number),
        ],
        rows: rows.collect(),
        notes: stats.trends.trends.iter().filter(moves).map(said).collect(),
    }
}

fn anomalies(stats: &Stats) -> Table {
    let row = |found: &Anomaly| {
        let period = |start| format!("{} of {}", stats.trends.unit, date(start));
        let session = found.of.session.as_ref().map(|id| format!("session {id}"));
        let of = session.or_else(|| found.of.period.map(period)).unwrap_or_default();
        let is_share = matches!(found.measure.as_str(), "failed-calls" | "good-outcomes");
        let shown = |value: u64| if is_share { percent(value) } else { value.to_string() };
        vec![of, measure(&found.measure).into(), shown(found.value), shown(found.median)]
    };
    Table {
        title: "Unusual",
        columns: vec![("what", Words), ("measure", Words), ("value", Number), ("median", Number)],
        rows: stats.anomalies.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn clusters(stats: &Stats) -> Table {
    let rows = stats.clusters.iter().map(|cluster| {
        vec![
            cluster.sessions.to_string(),
            cluster.words.join(", "),
            cluster.steps.join(", "),
            cluster.outcomes.good.to_string(),
            cluster.outcomes.bad.to_string(),
            cluster.examples.first().cloned().unwrap_or_default(),
        ]
    });
    Table {
        title: "Sessions about one thing",
        columns: vec![
            ("sessions", Number),
            ("words", Words),
            ("steps", Words),
            ("good", Number),
            ("bad", Number),
            ("for example", Words),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn shared(stats: &Stats) -> Table {
    let rows = stats
        .shared_preferences
        .iter()
        .map(|wish| vec![wish.principals.join(", "), wish.sessions.to_string(), wish.text.clone()]);
    Table {
        title: "Wishes that several people share",
        columns: vec![("people", Words), ("sessions", Number), ("wish", Words)],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// A measure in words; an unknown one stays as it is.
fn measure(name: &str) -> &str {
    match name {
        "good-outcomes" => "good outcomes",
        "failed-calls" => "failed calls",
        "output-tokens" => "tokens written",
        other => other,
    }
}
