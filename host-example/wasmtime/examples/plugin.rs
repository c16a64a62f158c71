//! What a plugin host starts from: a store, a dream, a look at what it would change, and the
//! commit. Run it with `cargo run --example plugin` after `cargo xtask component`.

use dreaming_wasmtime::{
    By, Change, Contents, Decision, Engine, Limits, MemoryStore, Mode, NoModel, RunRequest,
    Selection, Store as _,
};

/// 2026-02-20T00:00:00Z. A host passes its clock; the engine has none.
const NOW: i64 = 1_771_545_600_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let component = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/dreaming.wasm");
    let engine = Engine::new(&std::fs::read(component)?, Limits::default())?;

    // Where memories and transcripts are. Implement `Store` over your own storage.
    let mut store = MemoryStore::new("drawn once at random");
    store.insert_memory(
        "build.md",
        "# Build\n\n- Run `make all` before a release.\n- Run `make all` before a release.\n",
        None,
    );
    store.insert_memory("team.md", "# Team\n\n- Ana owns the parser.\n", None);
    store.insert_part("monday", "main", transcript());

    // One job for one task. `NoModel`: nothing leaves this process.
    let mut job = engine.job_with(store, NoModel)?;
    let run = job.run(&RunRequest {
        policy: Vec::new(),
        instructions: String::new(),
        now: NOW,
        mode: Mode::Propose,
    })?;

    let changes = job.changes(&run.outcome.plan)?;
    println!("{} changes proposed", changes.len());
    changes.iter().for_each(print);
    if run.committed.is_some() {
        println!("nothing to decide: the sessions count as read");
        return Ok(());
    }

    // A person or a rule decides here; then the host stores the result, all or none.
    let decision = Decision {
        accept: Selection::All,
        reject: Vec::new(),
        edits: Vec::new(),
        by: By { reviewer: "plugin".into(), note: String::new(), now: NOW },
    };
    let contents = Contents::read(job.store_mut())?;
    let snapshot = job.snapshot(&contents)?;
    let revision = job.apply(&snapshot, &run.outcome.plan, &decision)?;
    println!("\nrevision {}", revision.revision);
    for write in &revision.memories {
        println!("\n--- {}\n{}", write.path, write.text.as_deref().unwrap_or("(gone)"));
    }
    job.store_mut().commit(revision)?;
    Ok(())
}

fn print(change: &Change) {
    println!(
        "\n{:?} in {} ({:?}: {})",
        change.operation, change.path, change.gate, change.gate_reason
    );
    println!("  because {}", change.because);
    for target in &change.targets {
        println!("  - {}:{} {}", target.path, target.line, target.text);
    }
    if let Some(text) = &change.text {
        println!("  + {text}");
    }
    for evidence in &change.evidence {
        let place = (&evidence.session, &evidence.part, evidence.line);
        println!("  {}/{}:{} \"{}\"", place.0, place.1, place.2, evidence.quote);
    }
}

/// One line of a Claude Code transcript: a person says how they want things done.
fn transcript() -> String {
    let words = "From now on, always run the linter before you commit.";
    format!(
        r#"{{"type":"user","uuid":"u1","sessionId":"monday","timestamp":"2026-02-16T09:00:00Z","cwd":"/home/ana/app","message":{{"role":"user","content":"{words}"}}}}"#
    ) + "\n"
}
