//! The words of a call.

use std::collections::BTreeMap;

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::CallId;
use dreaming_records::notes::SessionRecord;
use dreaming_records::policy::{self, Policy};
use dreaming_records::time::Time;
use dreaming_shield::redact::redact;
use dreaming_text as text;

use crate::import::{Excerpt, Role};
use crate::propose::{Asked, ModelCall};
use crate::step;

/// What a model is told to do: the same in all calls, so that hosted models read it from their cache. A
/// change of what it asks for is another folder, so that recorded answers say which prompt they are for.
const SYSTEM: &str = include_str!("../../prompts/propose-2/system.txt");

/// JSON schema of the answer. Kept to what hosted and local models enforce: every object is closed, every
/// field stands, no bounds, no references.
const SCHEMA: &str = include_str!("../../prompts/propose-2/schema.json");

/// Longest name of a tool, a folder or a branch in bytes. Chosen by us: they come from outside, and one that
/// is longer is no name.
const NAME: usize = 80;

/// Room for what stands before and behind the words of an event, but for the name of a tool, in bytes.
const HEAD: usize = "[000000] outside, result of 000000 2026-02-20 00:00\n\n".len();

/// One event as the prompt shows it, without its number.
struct Block<'e> {
    excerpt: &'e Excerpt,
    time: String,
}

impl Block<'_> {
    /// Bytes that it takes in a prompt at most.
    fn bytes(&self) -> usize {
        let tool = match &self.excerpt.role {
            Role::Call(tool) | Role::Result { tool, .. } => tool.len().min(NAME),
            Role::Person | Role::Agent | Role::HandOff => 0,
        };
        self.excerpt.shown.text.len() + tool + HEAD
    }
}

pub(super) fn calls(
    session: &SessionRecord,
    excerpts: &[Excerpt],
    instructions: &str,
    policy: &Policy,
) -> Vec<Asked> {
    let chunks = chunks(excerpts, policy);
    let of = chunks.len();
    let calls = (1..).zip(chunks);
    calls.map(|(n, blocks)| asked(session, (n, of), &blocks, instructions, policy)).collect()
}

/// Events in order, put together while they fit.
fn chunks<'e>(excerpts: &'e [Excerpt], policy: &Policy) -> Vec<Vec<Block<'e>>> {
    let max = policy.size(&policy::CHUNK_BYTES);
    let mut chunks: Vec<Vec<Block<'_>>> = Vec::new();
    let mut room = 0;
    let mut day = String::new();
    for excerpt in excerpts {
        let mut block = Block { excerpt, time: String::new() };
        let bytes = block.bytes();
        if chunks.is_empty() || bytes > room {
            chunks.push(Vec::new());
            room = max;
            day.clear();
        }
        block.time = excerpt.time.map(|time| moment(time, &mut day)).unwrap_or_default();
        room = room.saturating_sub(bytes);
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(block);
        }
    }
    chunks
}

/// The minute of an event, with its day where another one begins.
fn moment(time: Time, day: &mut String) -> String {
    let whole = time.to_string();
    let (date, clock) = whole.split_once('T').unwrap_or((&whole, ""));
    let clock = text::cut(clock, "00:00".len());
    if date == *day {
        return format!(" {clock}");
    }
    date.clone_into(day);
    format!(" {date} {clock}")
}

fn asked(
    session: &SessionRecord,
    part: (usize, usize),
    blocks: &[Block<'_>],
    instructions: &str,
    policy: &Policy,
) -> Asked {
    let mut events = header(session, part);
    let mut called = BTreeMap::new();
    for (n, Block { excerpt, time }) in (1u64..).zip(blocks) {
        let who = who(excerpt, &called);
        events += &format!("[{n}] {who}{time}\n{}\n", excerpt.shown.text);
        if matches!(excerpt.role, Role::Call(_)) {
            called.insert(excerpt.call.as_str(), n);
        }
    }
    let fence = fence(&events, instructions);
    let wishes = if instructions.is_empty() {
        String::new()
    } else {
        format!("Instructions of the person who runs this:\n{instructions}\n\n")
    };
    let prompt = format!("{wishes}BEGIN {fence}\n{events}END {fence}\n");
    let parts = [session.id.as_str(), &part.0.to_string(), SYSTEM, &prompt];
    let id = CallId::from_digest(&digest_parts(parts.map(str::as_bytes)));
    let call = ModelCall {
        id,
        system: SYSTEM.into(),
        prompt,
        schema: SCHEMA.trim_ascii().into(),
        max_tokens: policy.number(&policy::ANSWER_TOKENS),
    };
    Asked { call, excerpts: blocks.iter().map(|block| block.excerpt.clone()).collect() }
}

/// Which session this is, and which part of it.
fn header(session: &SessionRecord, (n, of): (usize, usize)) -> String {
    let notes = &session.notes;
    let named = [("Agent", &notes.agent), ("Folder", &notes.cwd), ("Branch", &notes.branch)];
    let mut header = String::new();
    for (what, name) in named {
        if let Some(name) = name {
            header += &format!("{what}: {}\n", short(name));
        }
    }
    header + &format!("Part {n} of {of}\n")
}

/// A name from outside in one line, without secrets.
fn short(name: &str) -> String {
    text::cut(&redact(&text::normal(name)).text, NAME).into()
}

/// Who speaks in an event. `called`: the numbers of the calls before it, by their ids.
fn who(excerpt: &Excerpt, called: &BTreeMap<&str, u64>) -> String {
    let (tool, failed) = match &excerpt.role {
        Role::Person => return "person".into(),
        Role::Agent => return "agent".into(),
        Role::HandOff => return "agent, to another agent".into(),
        Role::Call(tool) => return format!("call {}", short(tool)),
        Role::Result { tool, failed } => (tool, *failed),
    };
    // A call of another part is named by its tool.
    let call = match called.get(excerpt.call.as_str()) {
        Some(n) => n.to_string(),
        None => short(tool),
    };
    match failed {
        true => format!("failed {call}"),
        false if step::is_outside(tool) => format!("outside, result of {call}"),
        false => format!("result of {call}"),
    }
}

/// A name that the chunk cannot contain: a text cannot hold its own digest, and should it, the
/// next one is tried.
fn fence(events: &str, instructions: &str) -> String {
    let name = |n: u64| {
        let n = n.to_string();
        digest_parts([events.as_bytes(), n.as_bytes()]).short().to_owned()
    };
    let free = |name: &String| !events.contains(&**name) && !instructions.contains(&**name);
    (0..).map(name).find(free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::ids::SessionId;
    use dreaming_records::policy::Value;
    use dreaming_records::trust::Provenance;

    fn excerpt(line: u64, role: Role, text: &str) -> Excerpt {
        Excerpt {
            part: "main".into(),
            line,
            event: format!("line-{line}"),
            time: Time::parse("2026-02-20T10:00:00Z"),
            provenance: Provenance::User,
            role,
            call: "c1".into(),
            shown: redact(text),
            mark: None,
        }
    }

    fn session(id: &str) -> SessionRecord {
        let mut session = SessionRecord { id: SessionId::new(id), ..SessionRecord::default() };
        session.notes.branch = Some("main\nEND".into());
        session
    }

    fn ask(excerpts: &[Excerpt], instructions: &str, policy: &Policy) -> Vec<Asked> {
        calls(&session("s"), excerpts, instructions, policy)
    }

    fn fence_of(asked: &Asked) -> String {
        asked.call.prompt.split("BEGIN ").nth(1).unwrap().lines().next().unwrap().into()
    }

    #[test]
    fn events_are_numbered_between_fences_and_instructions_stand_above() {
        let events = [excerpt(3, Role::Person, "Hello there"), excerpt(5, Role::Agent, "Hi")];
        let asked = ask(&events, "Focus on {fence} builds.", &Policy::default());
        assert_eq!(asked.len(), 1);
        let prompt = &asked[0].call.prompt;
        let fence = fence_of(&asked[0]);
        assert_eq!(
            *prompt,
            format!(
                "Instructions of the person who runs this:\nFocus on {{fence}} builds.\n\n\
                 BEGIN {fence}\nBranch: main END\nPart 1 of 1\n\
                 [1] person 2026-02-20 10:00\nHello there\n[2] agent 10:00\nHi\nEND {fence}\n"
            )
        );
        assert_eq!(asked[0].call.system, SYSTEM);
    }

    #[test]
    fn a_result_names_its_call() {
        let result = |failed, tool: &str| Role::Result { tool: tool.into(), failed };
        let events = [
            excerpt(1, result(true, "Read"), "no such file"),
            excerpt(2, Role::Call("WebFetch".into()), "{}"),
            excerpt(3, result(false, "WebFetch"), "a page"),
            excerpt(4, result(true, "WebFetch"), "404"),
            excerpt(5, result(false, "Bash"), "ok, all done"),
        ];
        let who: Vec<String> = ask(&events, "", &Policy::default())[0]
            .call
            .prompt
            .lines()
            .filter(|line| line.starts_with('['))
            .map(|line| {
                line.trim_end_matches(|c: char| c.is_ascii_digit() || ":- ".contains(c)).into()
            })
            .collect();
        let expected = [
            "[1] failed Read",
            "[2] call WebFetch",
            "[3] outside, result of",
            "[4] failed",
            "[5] result of",
        ];
        assert_eq!(who, expected);
    }

    #[test]
    fn a_session_without_words_is_not_asked_about() {
        assert!(ask(&[], "", &Policy::default()).is_empty());
    }

    #[test]
    fn a_chunk_stays_under_its_size_and_holds_every_event_once() {
        let mut policy = Policy::default();
        policy.set("propose.chunk-bytes", Value::Integer(1024)).unwrap();
        let mut events: Vec<Excerpt> =
            (1..50).map(|n| excerpt(n, Role::Agent, &"wörd ".repeat(30))).collect();
        events.push(excerpt(50, Role::Person, &"é".repeat(400)));
        let asked = ask(&events, "", &policy);
        assert!(asked.len() > 5);
        let lines: Vec<u64> = asked.iter().flat_map(|a| &a.excerpts).map(|e| e.line).collect();
        assert_eq!(lines, (1..=50).collect::<Vec<u64>>());
        for asked in &asked {
            let lines = asked.call.prompt.lines();
            let events: usize =
                lines.filter(|l| !l.contains(&fence_of(asked))).map(|l| l.len() + 1).sum();
            assert!(events <= 1024, "{events}");
        }
        let mut ids: Vec<_> = asked.iter().map(|a| &a.call.id).collect();
        dreaming_text::sort::all(&mut ids);
        ids.dedup();
        assert_eq!(ids.len(), asked.len());
    }

    #[test]
    fn a_chunk_that_holds_its_own_fence_gets_another() {
        let events = "[1] user\nwords\n";
        let first = fence(events, "");
        assert_ne!(fence(events, &first), first);
        assert!(!first.is_empty());
    }

    #[test]
    fn the_schema_is_json_and_closes_every_object() {
        fn closed(value: &serde_json::Value) -> bool {
            let fields = value.get("properties").and_then(serde_json::Value::as_object);
            let here = fields.is_none_or(|fields| {
                let required = value["required"].as_array().unwrap();
                value["additionalProperties"] == false
                    && fields.keys().all(|name| required.contains(&name.as_str().into()))
            });
            let below = match value {
                serde_json::Value::Object(fields) => fields.values().all(closed),
                serde_json::Value::Array(items) => items.iter().all(closed),
                _ => true,
            };
            here && below
        }
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(closed(&schema));
        assert!(schema["properties"]["proposals"]["items"]["properties"]["evidence"].is_object());
    }

    #[test]
    fn calls_are_a_function_of_one_session() {
        let events = [excerpt(1, Role::Person, "Hello there")];
        let policy = Policy::default();
        assert_eq!(ask(&events, "", &policy), ask(&events, "", &policy));
        let other = calls(&session("t"), &events, "", &policy);
        assert_ne!(ask(&events, "", &policy)[0].call.id, other[0].call.id);
    }
}
