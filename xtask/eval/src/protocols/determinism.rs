//! The same sessions in one order, in other orders, in other batches and delivered twice must give
//! the same store. Measured over the first sessions of `entire-lite/sessions` (else of the first
//! folder of transcripts), and over sessions made here in which nothing recurs.

use std::collections::BTreeSet;

use anyhow::anyhow;
use dreaming::Request;
use dreaming::propose::Answer;
use dreaming_testing::drive::Restore;
use dreaming_testing::{NativeHost, Variation, World, drive};
use serde_json::json;

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::{Dreamer, Dreamt};
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "determinism", about: "other orders, batches, doubles: the same store", run };

/// The time of the dreams: after every session of the data.
const NOW: &str = "2027-01-01T00:00:00Z";

/// Sessions that are fed in many ways. Chosen by us: enough that something recurs, few enough to be
/// fast.
const SESSIONS: usize = 60;

/// Random orders, as the protocol asks for.
const ORDERS: u64 = 20;

/// Sessions in which nothing recurs.
const ONE_OFFS: usize = 12;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    one_offs(&mut measured)?;
    let all = data.sessions("entire-lite/sessions")?;
    if all.is_empty() {
        measured.note("orders, batches and doubles not measured: no entire-lite/sessions");
        return Ok(measured);
    }
    let sessions: Sessions = all.into_iter().take(SESSIONS).collect();
    let dreamer = Dreamer::new(NOW)?;
    let whole = dreamer.dream(&sessions, |_| {})?;
    let equal = (1..=ORDERS)
        .map(|seed| shuffled(&dreamer, &sessions, seed))
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter()
        .filter(|plan| *plan == whole.bytes)
        .count();
    measured.row(
        format!(
            "random orders with the same plan, byte for byte ({} changes)",
            whole.plan.changes.len()
        ),
        None,
        None,
        Figure::share(equal, usize::try_from(ORDERS)?),
        Some(Demand::AtLeast(1.0)),
    );
    let in_one = active(&dreamer, &sessions, sessions.len())?;
    for size in [1, 7] {
        let in_parts = active(&dreamer, &sessions, size)?;
        let both = in_one.intersection(&in_parts).count();
        measured.row(
            format!("entries in batches of {size} that are those of one batch"),
            None,
            None,
            Figure::share(both, in_one.union(&in_parts).count()),
            Some(Demand::AtLeast(1.0)),
        );
    }
    doubles(&dreamer, &sessions, &whole, &mut measured)?;
    let mut again = Dreamer::new(NOW)?;
    again.accept(&whole)?;
    let second = again.dream(&sessions, |_| {})?;
    measured.row(
        "changes of a second dream over the same sessions",
        None,
        None,
        Figure::count(second.plan.changes.len()),
        Some(Demand::AtMost(0.0)),
    );
    Ok(measured)
}

fn shuffled(dreamer: &Dreamer, sessions: &Sessions, seed: u64) -> anyhow::Result<Vec<u8>> {
    let refuses = |_: &_| Answer::Refused;
    let world = World { sessions: sessions.clone(), model: &refuses };
    let request = Request {
        policy: dreamer.policy.clone(),
        instructions: String::new(),
        now: dreamer.now,
        sessions: world.descriptors(),
        similarities: Vec::new(),
    };
    let variation =
        Variation { name: "shuffled", seed: Some(seed), chunk: 1 << 16, restore: Restore::Never };
    let run = drive(&NativeHost, &request, &dreamer.store, &world, variation);
    Ok(run.map_err(|e| anyhow!("{e:?}"))?.plan)
}

/// The sorted list items of a store after dreams over batches of `size` sessions, with everything
/// accepted.
fn active(dreamer: &Dreamer, sessions: &Sessions, size: usize) -> anyhow::Result<BTreeSet<String>> {
    let mut dreamer = Dreamer {
        store: dreamer.store.clone(),
        policy: dreamer.policy.clone(),
        now: dreamer.now,
        model: dreamer.model.clone(),
    };
    let ids: Vec<&String> = sessions.keys().collect();
    for batch in ids.chunks(size) {
        let batch: Sessions =
            batch.iter().map(|id| ((*id).clone(), sessions[*id].clone())).collect();
        let dreamt = dreamer.dream(&batch, |_| {})?;
        dreamer.accept(&dreamt)?;
    }
    dreamer.settle()?;
    let lines = dreamer.store.memories.iter().flat_map(|memory| memory.text.lines());
    Ok(lines.filter(|line| line.starts_with("- ")).map(ToOwned::to_owned).collect())
}

/// The same sessions, each delivered a second time under another name.
fn doubles(
    dreamer: &Dreamer,
    sessions: &Sessions,
    whole: &Dreamt,
    measured: &mut Measured,
) -> anyhow::Result<()> {
    let mut twice = sessions.clone();
    for (id, parts) in sessions {
        twice.insert(format!("again-{id}"), parts.clone());
    }
    let dreamt = dreamer.dream(&twice, |_| {})?;
    let found = |dreamt: &Dreamt| -> BTreeSet<(Option<String>, u64, u64)> {
        let changes = dreamt.plan.changes.iter();
        changes.map(|c| (c.text.clone(), c.support.sessions, c.support.days)).collect()
    };
    let (once, both) = (found(whole), found(&dreamt));
    measured.row(
        "changes with equal words and support when all comes twice",
        None,
        None,
        Figure::share(once.intersection(&both).count(), once.union(&both).count()),
        Some(Demand::AtLeast(1.0)),
    );
    measured.row(
        "doubled sessions recognised",
        None,
        None,
        Figure::share(
            usize::try_from(dreamt.report.sessions_doubled - whole.report.sessions_doubled)?,
            sessions.len(),
        ),
        Some(Demand::AtLeast(1.0)),
    );
    Ok(())
}

/// Sessions of different people on different days that have nothing in common.
fn one_offs(measured: &mut Measured) -> anyhow::Result<()> {
    const THINGS: [&str; ONE_OFFS] = [
        "invoices",
        "thumbnails",
        "timezones",
        "passports",
        "playlists",
        "recipes",
        "forecasts",
        "auctions",
        "crosswords",
        "ferries",
        "telescopes",
        "gardens",
    ];
    let sessions: Sessions = THINGS
        .iter()
        .enumerate()
        .map(|(n, thing)| (format!("one-off-{n:02}"), vec![("main".into(), one_off(n, thing))]))
        .collect();
    let dreamt = Dreamer::new(NOW)?.dream(&sessions, |_| {})?;
    let says = dreamt.report.notes.iter().any(|note| note.contains("othing recurred"));
    measured.row(
        "unrelated one-off sessions: entries proposed",
        None,
        None,
        Figure::count(dreamt.plan.changes.len()),
        Some(Demand::AtMost(0.0)),
    );
    measured.row(
        "unrelated one-off sessions: the report says that nothing recurred",
        None,
        None,
        Figure::share(usize::from(says && !dreamt.report.recurred), 1),
        Some(Demand::AtLeast(1.0)),
    );
    Ok(())
}

/// A session: a request for this session only, a failing command that no other session has, and one
/// that works.
fn one_off(n: usize, thing: &str) -> Vec<u8> {
    let id = format!("one-off-{n:02}");
    let day = format!("2026-{:02}-{:02}", 1 + n % 6, 3 + n * 2);
    let mut lines = Vec::new();
    let mut line = |kind: &str, minute: usize, content: serde_json::Value| {
        lines.push(
            json!({
                "type": kind, "uuid": format!("{id}-{minute}"), "sessionId": id,
                "timestamp": format!("{day}T10:{minute:02}:00Z"),
                "cwd": format!("/home/person{n}/{thing}"),
                "message": {"role": kind, "content": content},
            })
            .to_string(),
        );
    };
    line("user", 0, json!(format!("Please look at the {thing} page, one of its tables is empty.")));
    line(
        "assistant",
        1,
        json!([{"type": "tool_use", "id": "a", "name": "Bash", "input": {"command": format!("{thing}-tool load --all")}}]),
    );
    line(
        "user",
        2,
        json!([{"type": "tool_result", "tool_use_id": "a", "is_error": true, "content": format!("Exit code 3\n{thing} server refused table {n}")}]),
    );
    line(
        "assistant",
        3,
        json!([{"type": "tool_use", "id": "b", "name": "Bash", "input": {"command": format!("{thing}ctl rebuild")}}]),
    );
    line("user", 4, json!([{"type": "tool_result", "tool_use_id": "b", "content": "done"}]));
    line(
        "assistant",
        5,
        json!([{"type": "text", "text": format!("The {thing} table is filled again.")}]),
    );
    (lines.join("\n") + "\n").into_bytes()
}
