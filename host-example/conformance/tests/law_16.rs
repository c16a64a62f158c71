//! Law 16: the same bytes in every host.
//!
//! Native code and wasmtime always play. Hosts in JavaScript play when `cargo xtask hosts` has
//! built them from the present engine; with `REQUIRE_HOSTS=1` none may be missing. This test plays
//! a sample and carries dreams once around; `cargo xtask hosts --all` plays every case in every order
//! in every host, and carries dreams between every two of them.

use std::path::Path;

use dreaming::apply::Erasure;
use dreaming::{Decision, Request, Time};
use dreaming_conformance::carried;
use dreaming_conformance::cases::{self, Golden};
use dreaming_conformance::sites::{self, Closed, Opened};
use dreaming_conformance::table::{KINDS, play};
use dreaming_testing::{Failure, Host, NativeHost, Need, Revision, Running, Store, Variation};

fn golden() -> Vec<Golden> {
    cases::load(&sites::root().join("tests/golden")).unwrap()
}

/// The hosts that can run on this machine.
fn hosts() -> Vec<Opened> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dreaming");
    let required = std::env::var_os("REQUIRE_HOSTS").is_some();
    let mut hosts = Vec::new();
    for site in sites::ALL {
        match site.open(&cache) {
            Ok(host) => hosts.push(host),
            Err(Closed::Missing(how)) if !required => eprintln!("{} is skipped: {how}", site.id),
            Err(closed) => panic!("{}: {closed:?}", site.id),
        }
    }
    hosts
}

#[test]
fn law_16_the_same_bytes_in_every_host() {
    let (hosts, cases) = (hosts(), golden());
    let names: Vec<&str> = hosts.iter().map(|opened| opened.host.name()).collect();
    assert!(names.starts_with(&["native", "wasmtime"]), "{names:?}");

    // The order as written, and a shuffled one with restores in between.
    let variations = [Variation::AS_WRITTEN, Variation::ALL[5]];
    let sample = cases::sample(&cases);
    for (at, opened) in hosts.iter().enumerate() {
        // The first host of the component plays all cases; for native code `tests/golden.rs` does.
        let played = if at == 1 { cases.iter().collect() } else { sample.clone() };
        let row = play(&*opened.host, &played, &variations);
        assert_eq!(row.difference, None, "{}", names[at]);
        assert_eq!(row.plays, played.len() * variations.len(), "{}", names[at]);
        assert_eq!(row.digests.len(), KINDS.len());
    }
    assert!(sample.len() >= 20, "only {} cases in the sample", sample.len());
    assert!(cases.len() >= 50, "only {} cases", cases.len());

    let hosts: Vec<&dyn Host> = hosts.iter().map(|opened| &*opened.host).collect();
    let carried = carried::carry(&hosts, carried::ring(hosts.len()), &cases).unwrap();
    assert_eq!(carried.trips, hosts.len());
    assert!(carried.dreams >= carried.trips * carried::CASES.len());
    assert_eq!(carried.faults, Vec::<String>::new());
}

#[test]
fn law_16_one_other_byte_of_a_plan_is_noticed() {
    let golden = golden();
    let cases = cases::sample(&golden);
    let row = play(&Careless, &cases, &[Variation::AS_WRITTEN]);
    let difference = row.difference.expect("one byte differs");
    assert!(difference.what.ends_with("-plan.json"), "{difference}");
    assert!(difference.details.iter().any(|line| line.contains("/because")), "{difference:?}");
    let honest = play(&NativeHost, &cases, &[Variation::AS_WRITTEN]);
    assert_ne!(row.digests["plan"], honest.digests["plan"]);

    let carried = carried::carry(&[&NativeHost, &Careless], carried::trips(2), &golden).unwrap();
    assert!(!carried.faults.is_empty());
    assert!(carried.faults.iter().all(|fault| fault.contains("-plan.json")), "{carried:?}");
}

/// A host that changes one byte of each plan that has a change.
struct Careless;

struct CarelessDream<'a>(Box<dyn Running + 'a>);

impl Host for Careless {
    fn name(&self) -> &str {
        "careless"
    }

    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        Ok(Box::new(CarelessDream(NativeHost.start(request, store)?)))
    }

    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        Ok(Box::new(CarelessDream(NativeHost.restore(checkpoint, store)?)))
    }

    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure> {
        NativeHost.observe(store, now)
    }

    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure> {
        NativeHost.apply(store, plan, decision)
    }

    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        NativeHost.revert(store, target, reviewer, note, now)
    }

    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure> {
        NativeHost.rebase(store, plan, instructions)
    }

    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        NativeHost.erase(store, what, reviewer, note, now)
    }
}

impl Running for CarelessDream<'_> {
    fn poll(&mut self) -> Result<Need, Failure> {
        let mut need = self.0.poll()?;
        if let Need::Done { plan, .. } = &mut need {
            let sentence = b"\"because\":\"";
            let found = plan.windows(sentence.len()).position(|window| window == sentence);
            if let Some(place) = found {
                plan[place + sentence.len()].make_ascii_lowercase();
                // The digest is made again, so that only the changed word can give the fault away.
                let mut whole: serde_json::Value = serde_json::from_slice(plan).unwrap();
                whole.as_object_mut().unwrap().remove("digest");
                *plan = dreaming::canonical::to_sealed(&whole).unwrap();
            }
        }
        Ok(need)
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        self.0.feed(session, part, chunk, last)
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        self.0.miss(session, reason)
    }

    fn answer(&mut self, call: &str, answer: &dreaming::propose::Answer) -> Result<(), Failure> {
        self.0.answer(call, answer)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        self.0.checkpoint()
    }
}
