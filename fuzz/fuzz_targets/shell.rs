//! Any line of a shell and anything that it printed, in two sessions: a dream reads them to its end, and how
//! they are cut into chunks changes nothing.

#![no_main]

use dreaming::propose::{Answer, ModelCall};
use dreaming_fuzz::{request, store};
use dreaming_testing::drive::Restore;
use dreaming_testing::{NativeHost, Transcript, Variation, World, drive};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (line, printed) = text.split_once('\0').unwrap_or((&text, "error: no"));
    let session = |day: u32| {
        let id = format!("s{day}");
        let mut t = Transcript::new(&id, &format!("2026-03-{day:02}T09:00:00Z"));
        t.shell_fails(line, printed).shell(line, printed).shell_fails(line, printed);
        (id, vec![("main".to_owned(), t.bytes())])
    };
    let refuses = |_: &ModelCall| Answer::Refused;
    let world = World { sessions: (1..=2).map(session).collect(), model: &refuses };
    let request = request(&world, 2);
    let store = store();
    let whole = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
    let cut = Variation { name: "cut", seed: None, chunk: 7, restore: Restore::Rounds };
    let pieces = drive(&NativeHost, &request, &store, &world, cut).unwrap();
    assert!(whole.plan == pieces.plan && whole.report == pieces.report);
});
