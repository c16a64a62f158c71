//! A whole host for the world `statements`, from its WIT alone: how do three statements relate?
//!
//! `cargo xtask component`, then in `host-example`: `cargo run --example host`
#![expect(missing_docs, reason = "generated from the WIT")]

use dreaming::engine::types::{Support, Trust};
use exports::dreaming::engine::statement_list::{Outcomes, Statement};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

wasmtime::component::bindgen!({ path: "../../wit", world: "statements" });

/// A statement that an agent made on a day.
fn statement(text: &str, day: i64) -> Statement {
    Statement {
        id: format!("day {day}"),
        text: text.into(),
        headings: Vec::new(),
        subject: None,
        principal: None,
        said: Some(day * 86_400_000),
        trust: Trust::Agent,
        support: Support { sessions: 1, agents: 1, days: 1 },
        outcomes: Outcomes { good: 0, bad: 0 },
        pinned: false,
    }
}

fn main() -> wasmtime::Result<()> {
    let engine = Engine::default();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/dreaming-statements.wasm");
    let component = Component::from_file(&engine, file)?;
    let mut store = Store::new(&engine, ());
    let host = Statements::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let list = host.dreaming_engine_statement_list();
    let all = list.statements().call_constructor(&mut store)?;
    let texts = ["Deploys go out on Tuesdays.", "A cache.", "Deploys go  out on Tuesdays."];
    let page: Vec<_> = (1..).zip(texts).map(|(day, text)| statement(text, day)).collect();
    list.statements().call_add(&mut store, all, &page)??;
    for relation in list.call_reconcile(&mut store, all, &[])?? {
        println!("{} and {}: {:?}", relation.older, relation.newer, relation.tie);
    }
    Ok(())
}
