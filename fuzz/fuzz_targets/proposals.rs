//! Any text as the answer of a model: the dream ends, and what comes of it stands in the session.

#![no_main]

use dreaming::plan::{Cause, Gate};
use dreaming::propose::Answer;
use dreaming::Plan;
use dreaming_fuzz::{DREAMT, finish, request, sessions};
use dreaming_testing::{Host, NativeHost, World};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let answer = Answer::Text { text: text.into() };
    let model = |_: &dreaming::propose::ModelCall| answer.clone();
    let world = World { sessions: sessions(), model: &model };
    let mut dream = NativeHost.start(&request(&world, 10), &DREAMT.store).unwrap();
    let plan = finish(&mut *dream, &answer).expect("a dream ends whatever a model says");
    let plan = Plan::from_bytes(&plan).unwrap();
    for change in plan.changes.iter().filter(|change| matches!(change.cause, Cause::Distilled | Cause::Noticed)) {
        assert!(change.gate != Gate::Auto && !change.evidence.is_empty());
        for evidence in &change.evidence {
            let parts = &world.sessions[evidence.session.as_str()];
            let line = parts[0].1.split(|byte| *byte == b'\n').nth(evidence.line as usize - 1);
            let line = String::from_utf8_lossy(line.expect("a line of the session"));
            let written = serde_json::to_string(&evidence.quote).unwrap();
            assert!(line.contains(&written[1..written.len() - 1]), "{line}\n{written}");
        }
    }
});
