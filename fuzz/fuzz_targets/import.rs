//! Any bytes as the parts of a session: a dream reads them to its end, and how they are cut into
//! chunks changes nothing.

#![no_main]

use dreaming::propose::{Answer, ModelCall};
use dreaming_fuzz::{request, store};
use dreaming_testing::drive::Restore;
use dreaming_testing::{NativeHost, Variation, World, drive};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let parts = match how % 3 {
        // A part alone, two parts, a part with one beside it that a host made.
        0 => vec![("main".to_owned(), rest.to_vec())],
        1 => {
            let (a, b) = rest.split_at(rest.len() / 2);
            vec![("main".to_owned(), a.to_vec()), ("agent-1".to_owned(), b.to_vec())]
        }
        _ => {
            let side = br#"{"format":"dreaming.session/1","agent":"coder","outcome":{"reward":"0.5"}}"#;
            vec![("main".to_owned(), rest.to_vec()), ("session.json".to_owned(), side.to_vec())]
        }
    };
    let refuses = |_: &ModelCall| Answer::Refused;
    let sessions = [("a", parts.clone()), ("b", parts)];
    let sessions = sessions.map(|(id, parts)| (id.to_owned(), parts)).into();
    let world = World { sessions, model: &refuses };
    let request = request(&world, 2);
    let store = store();
    let whole = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
    let chunk = usize::from(how / 3) + 1;
    let cut = Variation { name: "cut", seed: None, chunk, restore: Restore::Rounds };
    let pieces = drive(&NativeHost, &request, &store, &world, cut).unwrap();
    assert!(whole.plan == pieces.plan && whole.report == pieces.report);
});
