//! A host for the world `statements`, from its WIT alone: which of three statements can go?
//!
//! `cargo xtask component`, then in `host-example`: `cargo run --release --example statements`
#![expect(missing_docs, reason = "generated from the WIT")]

use std::time::Instant;

use dreaming::engine::types::{Support, Trust};
use exports::dreaming::engine::statement_list::{Outcomes, Statement, Tie};
use wasmtime::component::{Component, Linker};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
};

wasmtime::component::bindgen!({ path: "../../wit", world: "statements" });

/// A statement that was made on a day.
fn statement(text: &str, day: i64) -> Statement {
    Statement {
        id: day.to_string(),
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
    // A pool that keeps memory resident: all of the 1.2 MB that an instance begins with, and some
    // more.
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(4 << 20).table_keep_resident(64 << 10);
    pool.pagemap_scan(Enabled::Auto); // Linux 6.7 and later: only pages that were written are reset.
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config)?;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/dreaming-statements.wasm");
    let ready =
        Linker::<()>::new(&engine).instantiate_pre(&Component::from_file(&engine, file)?)?;
    let world = StatementsPre::new(ready)?;
    let texts = ["Deploys go out on Tuesdays.", "A cache.", "Deploys go  out on Tuesdays."];
    let page: Vec<_> = (1..).zip(texts).map(|(day, text)| statement(text, day)).collect();
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        let start = Instant::now();
        let mut store = Store::new(&engine, ());
        let instance = world.instantiate(&mut store)?;
        let list = instance.dreaming_engine_statement_list();
        let all = list.statements().call_constructor(&mut store)?;
        first.push(start.elapsed());
        list.statements().call_add(&mut store, all, &page)??;
        let relations = list.call_reconcile(&mut store, all, &[])??;
        whole.push(start.elapsed());
        assert!(relations.len() == 1 && relations[0].tie == Tie::Same, "{relations:?}");
    }
    first.sort_unstable();
    whole.sort_unstable();
    println!(
        "median: instance and first call {:?}, with three related {:?}",
        first[500], whole[500]
    );
    Ok(())
}
