//! A host with an extractor of its own: candidates that it found in a note become changes for a
//! person.
//!
//! `cargo xtask component`, then in `host-example`: `cargo run --release -p dreaming-wasmtime
//! --example plan`

use dreaming_wasmtime::{
    Candidate, Citation, Contents, Engine, Kind, Limits, Memory, Provenance, Request,
};

/// The words of a session that this host has read, in whatever form.
const TRANSCRIPT: [&str; 3] = [
    "Please look at the failing build.",
    "Remember: the queue of the shop lives in Redis.",
    "Remember: Ana owns the parser.",
];

/// The extractor: here whatever somebody asked to remember. Yours may be a model or a rule.
fn extract(session: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (line, said) in (1..).zip(TRANSCRIPT) {
        let Some(text) = said.strip_prefix("Remember: ") else { continue };
        let cited = Citation {
            session: session.into(),
            part: "main".into(),
            line,
            event: String::new(),
            time: None,
            provenance: Provenance::User,
            start: 0,
            quote: said.into(),
        };
        found.push(Candidate {
            kind: Kind::Fact,
            text: text.into(),
            subject: None,
            principal: None,
            wrong: None,
            right: None,
            evidence: vec![cited],
        });
    }
    found
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/dreaming.wasm");
    let mut job = Engine::new(&std::fs::read(file)?, Limits::default())?.job()?;
    let known = Memory {
        path: "notes.md".into(),
        text: "# Team\n\n- Ana owns the parser.\n".into(),
        observed_at: None,
    };
    let contents = Contents { memories: vec![known], ..Contents::default() };
    let snapshot = job.snapshot(&contents)?;
    let request = Request {
        policy: Vec::new(),
        instructions: String::new(),
        now: 1_771_545_600_000,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    let outcome = job.plan(&snapshot, &extract("session-1"), &request)?;
    for change in job.changes(&outcome.plan)? {
        let text = change.text.unwrap_or_default();
        println!("{:?} to {}: {text}", change.operation, change.path);
        println!("  {} Gate {:?}: {}", change.because, change.gate, change.gate_reason);
    }
    Ok(())
}
