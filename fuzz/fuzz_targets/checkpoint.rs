//! Any bytes as a checkpoint, and a checkpoint with something wrong in it: it is refused, or the dream
//! goes on to a plan.

#![no_main]

use dreaming::Plan;
use dreaming::propose::Answer;
use dreaming_fuzz::{DREAMT, damaged, finish};
use dreaming_testing::{Host, NativeHost};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let checkpoint = if how & 1 == 0 { rest.to_vec() } else { damaged(&DREAMT.checkpoint, rest) };
    let Ok(mut dream) = NativeHost.restore(&checkpoint, &DREAMT.store) else { return };
    let again = dream.checkpoint().expect("a restored dream has a checkpoint");
    NativeHost.restore(&again, &DREAMT.store).expect("its own checkpoint restores it");
    if let Some(plan) = finish(&mut *dream, &Answer::Refused) {
        Plan::from_bytes(&plan).expect("a plan");
    }
});
