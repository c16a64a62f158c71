//! Plain statements through the component: the results are those of native code, which
//! `tests/statements.rs` of the engine lists.

use std::path::Path;

use crate::support::engine;
use dreaming_wasmtime::{EngineError, Error, Limits, Outcomes, Statement, Support, Tie, Trust};
use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/statements");
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

fn statement(given: &Value) -> Statement {
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let count = |of: &Value, name: &str| of[name].as_u64().unwrap_or(0);
    let headings = given["headings"].as_array().cloned().unwrap_or_default();
    let (support, outcomes) = (&given["support"], &given["outcomes"]);
    Statement {
        id: text("id").unwrap(),
        text: text("text").unwrap(),
        headings: headings.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        subject: text("subject"),
        principal: text("principal"),
        said: given["said"].as_i64(),
        trust: match given["trust"].as_str().unwrap() {
            "external" => Trust::External,
            "tool" => Trust::Tool,
            "agent" => Trust::Agent,
            "verified" => Trust::Verified,
            _ => Trust::User,
        },
        support: Support {
            sessions: count(support, "sessions"),
            agents: count(support, "agents"),
            days: count(support, "days"),
        },
        outcomes: Outcomes { good: count(outcomes, "good"), bad: count(outcomes, "bad") },
        pinned: given["pinned"].as_bool().unwrap_or(false),
    }
}

fn word(tie: Tie) -> &'static str {
    match tie {
        Tie::Same => "same",
        Tie::Updates => "updates",
        Tie::Contradicts => "contradicts",
    }
}

#[test]
fn statements_come_to_what_native_code_says_of_them_in_any_order() {
    let (given, expected) = (read("given.json"), read("expected.json"));
    let mut statements: Vec<Statement> =
        given["statements"].as_array().unwrap().iter().map(statement).collect();
    let (now, budget) = (given["now"].as_i64().unwrap(), given["budget"].as_u64().unwrap());
    let instructions = given["instructions"].as_str().unwrap();
    let mut job = engine(Limits::default()).job().unwrap();
    for _ in 0..2 {
        let all = job.statements(&statements).unwrap();
        let related = job.reconcile(&all, &[]).unwrap();
        let relations = related.iter().map(|pair| {
            json!({
                "older": pair.older, "newer": pair.newer, "tie": word(pair.tie),
                "reason": pair.reason, "similarity": pair.similarity,
            })
        });
        assert_eq!(Value::from_iter(relations), expected["relations"]);
        let scores = job.score(&all, instructions, &[], now).unwrap();
        let scores = scores.iter().map(|s| {
            json!({
                "id": s.id, "total": s.total, "recency": s.recency, "support": s.support,
                "outcome": s.outcome, "trust": s.trust, "relevance": s.relevance,
            })
        });
        assert_eq!(Value::from_iter(scores), expected["scores"]);
        let goes = related.iter().filter(|pair| pair.tie != Tie::Contradicts);
        let without: Vec<String> = goes.map(|pair| pair.older.clone()).collect();
        let budget = u32::try_from(budget).unwrap();
        let kept = job.prune(&all, &without, budget, instructions, &[], now).unwrap();
        assert_eq!(json!(kept), expected["kept"]);
        statements.reverse();
    }
}

#[test]
fn an_id_that_occurs_twice_is_an_error_that_names_it() {
    let given = read("given.json");
    let one = statement(&given["statements"][0]);
    let mut job = engine(Limits::default()).job().unwrap();
    let all = job.statements(&[one.clone(), one]).unwrap();
    match job.reconcile(&all, &[]) {
        Err(Error::Engine(EngineError::InvalidRequest(invalid))) => assert_eq!(invalid.what, "a"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_say_how_long_a_whole_host_is() {
    let lines = include_str!("../../examples/host.rs").lines().count();
    let said = format!("is a whole host in {lines} lines");
    let text = include_str!("../../../../docs/hosts.md");
    assert!(text.contains(&said), "docs/hosts.md should say: {said}");
}
