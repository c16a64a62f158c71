//! Twelve dreams over six stores on Restate, while workers are killed: every dream completes, with the memories that a server
//! alone makes, and no store dreams twice at a time. Needs `DREAMING_TEST_POSTGRES`, and in `DREAMING_RESTATE` the path of
//! the program `restate-server` itself (npm's wrapper does not hand a kill on); the server is built beside the worker.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod play;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::play::{
    PARALLEL, Program, Restate, THINKS, ask, balance, dream, in_batch, model, new_key, post,
    postgres, repeated, session, store, text, until_over, written,
};

/// Stores; over each there are two dreams. Chosen by us: more than run at a time.
const STORES: usize = 6;

/// Sessions of a dream. Chosen by us: more than are asked about at a time.
const SESSIONS: usize = 6;

/// Kills of a worker. Chosen by us: enough that one that was started again is killed, too.
const KILLS: usize = 6;

/// Workers at the same time.
const WORKERS: usize = 2;

/// Dreams at the same time in a worker, as it has by itself.
const AT_ONCE: usize = 2;

/// Dreams on which a worker is at work.
const AT_WORK: &str = "SELECT store FROM dreams WHERE status IN ('pending', 'running') \
                       AND owner NOT IN ('', 'restate')";

/// Words of transcripts and memories, as text and in hexadecimal digits.
const WORDS: [&str; 4] = ["indentation", "staging", "696e64656e746174696f6e", "73746167696e67"];

/// How ids of dreams begin, in hexadecimal digits.
const DREAM: &str = "64726d5f";

type Memories = BTreeMap<String, String>;

/// Asks for two dreams over each store: one into a new store, then one into itself.
fn dreams(server: &Program) -> Vec<(String, String)> {
    let over = |number: usize| {
        let sessions: Vec<String> =
            (0..SESSIONS * 2).map(|each| session(server, number, each)).collect();
        let (early, late) = sessions.split_at(SESSIONS);
        (store(server, number), early.to_vec(), late.to_vec())
    };
    let made: Vec<_> = (0..STORES).map(over).collect();
    let ask = |(store, early, late): &(String, Vec<String>, Vec<String>)| {
        (dream(server, store, early, false), dream(server, store, late, true))
    };
    made.iter().map(ask).collect()
}

/// The memories that the dreams of each store wrote.
fn all_written(server: &Program, dreams: &[(String, String)]) -> Vec<(Memories, Memories)> {
    dreams.iter().map(|(copy, update)| (written(server, copy), written(server, update))).collect()
}

#[test]
fn dreams_on_restate_go_on_when_workers_are_killed() {
    let named = (std::env::var("DREAMING_TEST_POSTGRES"), std::env::var("DREAMING_RESTATE"));
    let (Ok(url), Ok(program)) = named else {
        println!("skipped: DREAMING_TEST_POSTGRES and DREAMING_RESTATE name no programs");
        return;
    };
    let database = postgres(&url, "alone");
    let quiet = model();
    let alone = Program::server(&database, &new_key(&database), &["--anthropic-url", &quiet.url]);
    let expected = all_written(&alone, &dreams(&alone));
    let (calls, again_alone) = repeated(&quiet);
    drop(alone);

    let (restate, model) = (Restate::start(&program), model());
    let database = postgres(&url, "restate");
    let options = ["--anthropic-url", &model.url, "--restate", &restate.ingress];
    let server = Program::server(&database, &new_key(&database), &options);
    let start = || Program::worker(&database, &model.url);
    let mut workers: Vec<Program> = (0..WORKERS).map(|_| start()).collect();
    let (front, behind) = balance(workers.iter().map(|worker| worker.url.clone()).collect());
    restate.register(&front);
    let asked = dreams(&server);

    let over = AtomicBool::new(false);
    let (mut killed, mut most_at_work, mut journals) = (0, 0, String::new());
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                let mut stores = ask(&database, AT_WORK);
                most = most.max(stores.len());
                stores.sort();
                assert!(stores.windows(2).all(|pair| pair[0] != pair[1]), "{stores:?}");
                thread::sleep(Duration::from_millis(30));
            }
            most
        });
        while killed < KILLS {
            let end = Instant::now() + Duration::from_secs(20);
            while ask(&database, AT_WORK).is_empty() && Instant::now() < end {
                thread::sleep(Duration::from_millis(20));
            }
            thread::sleep(THINKS * (killed as u32 % 3) / 2);
            if ask(&database, AT_WORK).is_empty() {
                break;
            }
            let place = killed % WORKERS;
            workers[place].kill();
            workers[place] = start();
            behind.lock().unwrap()[place] = workers[place].url.clone();
            killed += 1;
        }
        asked.iter().flat_map(|(copy, update)| [copy, update]).for_each(|id| {
            until_over(&server, id);
        });
        journals = restate.journals();
        over.store(true, Ordering::Relaxed);
        most_at_work = watch.join().unwrap();
    });
    assert!(killed >= KILLS / 2, "{killed} kills");
    assert!(most_at_work > AT_ONCE, "at most {most_at_work} dreams at a time: one worker had all");
    assert_eq!(all_written(&server, &asked), expected);
    // Beside those that a server alone repeats: what was under way at a kill.
    let (all, again) = repeated(&model);
    let most = again_alone + killed * AT_ONCE * PARALLEL;
    assert!(again <= most, "{again} calls made again, and {most} may be");
    assert!(journals.contains(DREAM), "{journals}");
    assert!(WORDS.iter().all(|word| !journals.contains(word)), "{journals}");

    // A dream that waits for a batch has no worker meanwhile.
    let (store_of_batch, sessions) = (store(&server, 0), [session(&server, STORES, 0)]);
    let batch = in_batch(&server, &store_of_batch, &sessions);
    assert_eq!(written(&server, &batch).len(), 1);
    assert_eq!(model.batches().len(), 1);

    // A dream that is canceled while a worker is at work on it.
    let last = dream(&server, &store(&server, 0), &[session(&server, 0, 0)], true);
    post(&server, &format!("/v1/dreams/{last}/cancel"), &Value::Null);
    assert_eq!(text(&until_over(&server, &last)["status"]), "canceled");
    println!(
        "{killed} kills; at most {most_at_work} dreams at a time; {all} calls ({calls} of a server alone), \
         {again} made again ({again_alone})"
    );
}
