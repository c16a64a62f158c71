//! What the exported functions return for plain statements: one file of statements and one of
//! results, with which every host compares its own (`host-example/wasmtime/tests/statements.rs`,
//! `bindings/web/tests/statements.test.mjs`). `BLESS=1` writes the second file.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads what is given and expected, and stops where it is not as it says"
)]

use std::path::Path;

use dreaming::statements::{Budget, Statement, Statements, Tie, prune, reconcile, score};
use dreaming::{Policy, Time, canonical};
use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn statement(given: &Value) -> Statement {
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let time = |name: &str| given[name].as_i64().map(Time::from_millis);
    let parsed = |name: &str| given.get(name).cloned().unwrap_or(json!({}));
    let count = |of: &Value, name: &str| of[name].as_u64().unwrap_or(0);
    let headings = given["headings"].as_array().cloned().unwrap_or_default();
    let headings: Vec<&str> = headings.iter().filter_map(Value::as_str).collect();
    let (support, outcomes) = (parsed("support"), parsed("outcomes"));
    Statement {
        id: text("id").unwrap(),
        text: text("text").unwrap(),
        headings: headings.join("\n"),
        subject: text("subject"),
        principal: text("principal"),
        said: time("said"),
        trust: canonical::from_bytes(given["trust"].to_string().as_bytes()).unwrap(),
        support: dreaming::ledger::Support {
            sessions: count(&support, "sessions"),
            agents: count(&support, "agents"),
            days: count(&support, "days"),
        },
        credit: dreaming::outcome::Credit::of_ppm(
            count(&outcomes, "good"),
            count(&outcomes, "bad"),
        ),
        pinned: given["pinned"].as_bool().unwrap_or(false),
    }
}

/// Relations, scores and kept ids of the statements, in the form that all hosts write.
fn found(given: &Value, statements: Vec<Statement>) -> Value {
    let mut all = Statements::default();
    all.add(statements).unwrap();
    let (policy, now) = (Policy::default(), Time::from_millis(given["now"].as_i64().unwrap()));
    let instructions = given["instructions"].as_str().unwrap();
    let related = reconcile(&all).unwrap();
    let relations = related.iter().map(|pair| {
        json!({
            "older": pair.older, "newer": pair.newer, "tie": pair.tie.as_str(),
            "reason": pair.judgement.reason, "similarity": pair.judgement.similarity,
        })
    });
    let scores = score(&all, instructions, now, &policy).unwrap();
    let scores = scores.iter().map(|scored| {
        let mut score = serde_json::to_value(scored.score).unwrap();
        score["id"] = json!(scored.id);
        score
    });
    let goes = related.iter().filter(|pair| pair.tie != Tie::Contradicts);
    let budget = Budget {
        without: goes.map(|pair| pair.older.to_owned()).collect(),
        tokens: given["budget"].as_u64().unwrap(),
    };
    let kept = prune(&all, &budget, instructions, now, &policy).unwrap();
    json!({
        "relations": relations.collect::<Vec<_>>(),
        "scores": scores.collect::<Vec<_>>(),
        "kept": kept,
    })
}

#[test]
fn statements_come_to_what_every_host_says_of_them_in_any_order() {
    let given = read("given.json");
    let statements: Vec<Statement> =
        given["statements"].as_array().unwrap().iter().map(statement).collect();
    let reversed: Vec<Statement> = statements.iter().rev().cloned().collect();
    let found = found(&given, statements);
    assert_eq!(self::found(&given, reversed), found);
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements/expected.json");
        std::fs::write(path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    assert_eq!(found, read("expected.json"));
    let ties: Vec<&str> =
        found["relations"].as_array().unwrap().iter().filter_map(|r| r["tie"].as_str()).collect();
    for tie in ["same", "updates", "contradicts"] {
        assert!(ties.contains(&tie), "{tie} is not among {ties:?}");
    }
}
