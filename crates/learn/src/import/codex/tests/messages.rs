//! Who said what.

use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use serde_json::json;

use super::{item, line, meta, says};
use crate::import::fixture::{Read, read, survives_damage};

#[test]
fn each_item_has_the_class_of_who_made_it() {
    let Read { format, events, notes, account } = read(&[
        meta(),
        says("developer", "You are an agent."),
        says("user", "<environment_context>\n<cwd>/x</cwd>\n</environment_context>"),
        says(
            "user",
            "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nUse tabs.\n</INSTRUCTIONS>",
        ),
        says(
            "user",
            "# Context from my IDE setup:\n\n## Active file: a.rs\n\n## My request for Codex:\nFix it.",
        ),
        line("event_msg", json!({"type": "user_message", "message": "Fix it."})),
        item(json!({"type": "reasoning", "summary": []})),
        says("assistant", "Done."),
        line("compacted", json!({"message": "Earlier we fixed it."})),
        line("turn_context", json!({"cwd": "/home/ada/other"})),
    ]);
    let seen: Vec<_> = events.iter().map(|e| (e.provenance, e.text.trim_ascii())).collect();
    assert_eq!(
        (seen[0], seen[1].0, seen[2].0),
        ((Provenance::Recalled, "Be kind."), Provenance::Harness, Provenance::Harness)
    );
    assert_eq!(seen[3].0, Provenance::Recalled);
    assert_eq!(
        seen[4..],
        [
            (Provenance::User, "Fix it."),
            (Provenance::Agent, "Done."),
            (Provenance::Recalled, "Earlier we fixed it."),
        ]
    );
    let is_summary = |e: &&Event| e.kind == EventKind::Summary;
    assert_eq!(events.iter().filter(is_summary).map(|e| &*e.text).collect::<Vec<_>>(), [seen[6].1]);
    assert_eq!((format, account.understood), ("codex", 10));
    assert_eq!((notes.origin.as_str(), notes.cwd.as_deref()), ("r1", Some("/home/ada/shop")));
    assert_eq!((notes.branch.as_deref(), notes.principal.as_deref()), (Some("main"), Some("ada")));
}

#[test]
fn what_a_sub_agent_is_told_is_no_persons_word() {
    let spawn = json!({"thread_spawn": {"agent_role": "explorer"}});
    let opening = line("session_meta", json!({"id": "r2", "source": {"subagent": spawn}}));
    let Read { events, notes, .. } = read(&[opening, says("user", "Always use tabs here.")]);
    assert_eq!(events[0].provenance, Provenance::Agent);
    assert_eq!(notes.role.as_deref(), Some("explorer"));
}

#[test]
fn damage_behind_a_record_does_not_reach_it() {
    survives_damage(&[meta(), says("user", "hé"), line("world_state", json!({}))]);
}
