//! A forked session that repeats the history of its parent.

use dreaming_fixtures::sessions;
use dreaming_records::notes::Tokens;
use dreaming_records::trust::Provenance;
use serde_json::{Value, json};

use super::{call, chunk, gives, happened, line, says};
use crate::import::fixture::{part, survives_damage};

/// The ids of a session, and of a fork made after its first turn.
const PARENT: &str = "019c18a5-1d00-7f73-affe-4e6ca9852d56";
const FORK: &str = "019c1912-fa00-7a02-86dc-fa6bbec0caab";

fn at(time: &str, mut record: Value) -> Value {
    record["timestamp"] = time.into();
    record
}

/// The parent's records up to the fork.
fn history() -> Vec<Value> {
    let sum = json!({"input_tokens": 100, "output_tokens": 10});
    vec![
        line("session_meta", json!({"id": PARENT, "cwd": "/home/ada/shop", "source": "cli"})),
        happened(
            json!({"type": "task_started", "turn_id": "019c18a5-3088-78a1-ae52-df8e21f9b394"}),
        ),
        says("user", "Always use tabs in this project."),
        call("exec_command", "call_1", &json!({"cmd": "make lint"})),
        gives("call_1", &chunk("Process exited with code 2", "tabs expected")),
        call("exec_command", "call_2", &json!({"cmd": "make test"})),
        gives("call_2", &chunk("Process running with session ID 5", "")),
        happened(json!({"type": "token_count", "info": {"total_token_usage": sum}})),
    ]
}

fn parent() -> Vec<Value> {
    let mut all: Vec<Value> =
        history().into_iter().map(|record| at("2026-02-01T10:00:06Z", record)).collect();
    all.push(says("assistant", "Done."));
    all
}

fn fork() -> Vec<Value> {
    let spawn = json!({"thread_spawn": {"parent_thread_id": PARENT, "agent_role": "explorer"}});
    let opening = json!({"id": FORK, "forked_from_id": PARENT, "cwd": "/home/ada/shop",
        "source": {"subagent": spawn}});
    let sum = |input: u64| {
        let sum = json!({"input_tokens": input, "output_tokens": 11});
        happened(json!({"type": "token_count", "info": {"total_token_usage": sum}}))
    };
    let turn = "019c1912-fa28-7ad1-b912-e7f17e8fdc2b";
    let mut all = vec![line("session_meta", opening)];
    all.extend(history());
    all.extend([
        happened(json!({"type": "task_started", "turn_id": turn})),
        line("turn_context", json!({"turn_id": turn, "cwd": "/home/ada/shop"})),
        says("user", "Never trust the cache, look at the disk."),
        sum(130),
        call("exec_command", "call_3", &json!({"cmd": "make check"})),
        gives("call_3", &chunk("Process exited with code 1", "no rule")),
    ]);
    all.into_iter().map(|record| at("2026-02-01T12:00:01Z", record)).collect()
}

#[test]
fn a_fork_holds_the_history_of_another_session_and_its_own() {
    let text = |records: &[Value]| -> String { records.iter().map(|r| format!("{r}\n")).collect() };
    let read = part("main", text(&fork()).as_bytes());
    assert_eq!((read.notes.origin.as_str(), read.notes.role.as_deref()), (FORK, Some("explorer")));
    let [history] = &read.histories[..] else { panic!("{:?}", read.histories) };
    assert_eq!((history.notes.origin.as_str(), history.last_line), (PARENT, 9));

    // A person's words stay theirs, with the time of their turn; the parent agent's words stay an
    // agent's.
    let said: Vec<_> =
        history.notes.statements.iter().map(|s| (&*s.text, s.pin.provenance)).collect();
    assert_eq!(said, [("Always use tabs in this project.", Provenance::User)]);
    let time = history.notes.statements[0].pin.time.unwrap().to_string();
    assert!(time.starts_with("2026-02-01T10:00:05"), "{time}");
    assert!(read.notes.statements.is_empty());
    assert!(read.excerpts.iter().all(|excerpt| excerpt.line > 9) && read.excerpts.len() == 3);

    let failures = |notes: &dreaming_records::notes::SessionNotes| -> Vec<u64> {
        notes.failures.iter().map(|failure| failure.pin.line).collect()
    };
    assert_eq!((failures(&history.notes), failures(&read.notes)), (vec![6], vec![15]));
    let calls = |notes: &dreaming_records::notes::SessionNotes| {
        notes.tools.iter().map(|tool| (tool.calls, tool.failed)).collect::<Vec<_>>()
    };
    assert_eq!((calls(&history.notes), calls(&read.notes)), (vec![(2, 1)], vec![(1, 1)]));
    assert_eq!(history.notes.tokens, Tokens { input: 100, output: 10 });
    assert_eq!(read.notes.tokens, Tokens { input: 30, output: 1 });
    assert_eq!(read.notes.account.understood, 15);
}

#[test]
fn a_fork_that_ends_in_its_history_is_kept_like_any_other() {
    survives_damage(&fork());
}

#[test]
fn what_a_fork_repeats_counts_once_whichever_files_are_read() {
    use crate::import::combine;
    use dreaming_records::copies;
    use dreaming_records::ids::SessionId;
    use dreaming_records::policy::Policy;
    use dreaming_records::roots;
    use dreaming_records::session::{Part, Session};
    use dreaming_records::withdrawn;

    let record = |id: &str, records: &[Value]| {
        let text: String = records.iter().map(|r| format!("{r}\n")).collect();
        let parts = vec![Part { name: "main".into(), bytes: 1 }];
        let descriptor = Session { id: SessionId::new(id), agent: None, principal: None, parts };
        let part = part("main", text.as_bytes());
        combine(&descriptor, vec![part], &Policy::default()).0
    };
    let forked = record("b-fork", &fork());
    let mut twin = record("c-twin", &fork());
    twin.notes.origin = SessionId::new("twin");
    let lint = |records: &[&dreaming_records::session_record::SessionRecord]| {
        let is_lint = |f: &&dreaming_records::notes::Failure| f.tool.ends_with("make lint");
        let all: Vec<_> =
            records.iter().flat_map(|r| r.notes.failures.iter().filter(is_lint)).collect();
        all.len()
    };
    for parent in [None, Some(record("a-parent", &parent())), Some(record("z-parent", &parent()))] {
        let with_parent = parent.is_some();
        let all = sessions([forked.clone(), twin.clone()].into_iter().chain(parent));
        let counted = copies::distinct(&all);
        assert_eq!((counted.len(), lint(&counted)), (3, 1), "{with_parent}");
        let of_parent = counted.iter().find(|r| r.origin().as_str() == PARENT).unwrap();
        assert_eq!(of_parent.id.as_str().ends_with("parent"), with_parent);
        assert_eq!(copies::left_out(&all, &counted), 0);

        // Evidence from the parent and from two forks counts as that of one session.
        let evidence: Vec<_> = all
            .values()
            .flat_map(|record| {
                let own = (record.origin().as_str() == PARENT).then_some(record);
                own.into_iter().chain(record.histories.iter().map(|history| &history.record))
            })
            .map(|record| record.evidence(&record.notes.failures[0].pin))
            .collect();
        assert_eq!(evidence.len(), 2 + usize::from(with_parent));
        assert_eq!(roots::shown(&evidence, &all).sessions, 1);

        // Withdrawing the parent withdraws what forks repeat of it, and nothing of their own.
        if let Some(parent) =
            of_parent.id.as_str().ends_with("parent").then(|| of_parent.id.clone())
        {
            let mut all = all.clone();
            all.get_mut(&parent).unwrap().withdrawn = true;
            let counted = copies::distinct(&all);
            assert_eq!((counted.len(), lint(&counted)), (2, 0));
            let gone = withdrawn::all(&all);
            let (kept, support) =
                withdrawn::left(&evidence, roots::shown(&evidence, &all), &gone, &all);
            assert_eq!((kept.len(), support.sessions), (0, 0));
        }
    }
}
