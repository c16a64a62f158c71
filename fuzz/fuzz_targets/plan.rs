//! Any bytes as a plan, and a plan with something wrong in it: it is refused, or applied whole.

#![no_main]

use dreaming::{Decision, Plan, Selection};
use dreaming_fuzz::{DREAMT, damaged, forged, now};
use dreaming_testing::{Host, NativeHost};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let plan = if how & 1 == 0 { rest.to_vec() } else { damaged(&DREAMT.plan, rest) };
    let plan = if how & 4 == 0 { plan } else { forged(&plan).unwrap_or(plan) };
    if let Ok(read) = Plan::from_bytes(&plan) {
        let written = read.to_bytes().expect("what was read can be written");
        assert_eq!(written, plan);
    }
    let accept = if how & 2 == 0 { Selection::All } else { Selection::Auto };
    let decision = Decision {
        accept,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: "mira".into(),
        note: String::new(),
        now: now(),
    };
    let mut store = DREAMT.store.clone();
    let _ = NativeHost.rebase(&store, &plan, "");
    if let Ok(revision) = NativeHost.apply(&store, &plan, &decision) {
        store.commit(&revision).expect("what is applied can be stored");
        assert!(NativeHost.observe(&store, now()).expect("is a store").is_none());
        let back = NativeHost.revert(&store, &DREAMT.store, "mira", "", now()).expect("reverts");
        store.commit(&back).expect("commits");
        assert_eq!(store.ledger, DREAMT.store.ledger);
    }
});
