//! Copies of sessions whose secrets are covered, and copying that is killed.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::keep::{KEEP, holding, keep, kept, plan, store, unpacked};
use crate::support::session;

/// What a person typed who had better not.
const KEY: &str = "ghp_a1B2c3D4a1B2c3D4a1B2c3D4a1B2c3D4a1B2";

#[test]
fn with_redact_no_copy_has_a_secret_and_a_dream_reads_it_as_the_original() {
    let store = store();
    let secret =
        |day: u32| session("one", day).replace("all good", &format!("the token is {KEY} now"));
    store.put("sessions/one.jsonl", secret(2));
    store.put("sessions/one/tool-results/out.txt", format!("token={KEY}\n"));
    store.run(&[]).expect(0);
    store.dreaming(&["discard"]).expect(0);
    let originals = plan(&store, &[]);
    keep(&store, &[]);
    assert_eq!(holding(&store, KEY), 1);
    let dry =
        store.dreaming(&[KEEP, &["--redact", "--dry-run", "--json"]].concat()).expect(0).json();
    assert_eq!((&dry["redacted"], holding(&store, KEY)), (&json!(3), 1), "{dry}");
    // Copies that are there already are covered, too.
    let told = keep(&store, &["--redact"]);
    assert_eq!(
        (&told["redacted"], &told["there"], &told["both"]),
        (&json!(3), &json!(3), &json!([])),
        "{told}"
    );
    assert_eq!((holding(&store, KEY), kept(&store).len()), (0, 3));
    let stars = format!("the token is {} now", "*".repeat(KEY.len()));
    assert_eq!(holding(&store, &stars), 1);
    let told = keep(&store, &["--redact"]);
    assert_eq!((&told["redacted"], &told["there"]), (&json!(0), &json!(3)), "{told}");
    // A session that grows is covered also without being asked again, and takes the place of its copy.
    store.put("sessions/one.jsonl", secret(2) + &secret(7));
    let told = keep(&store, &[]);
    assert_eq!((&told["grown"], &told["both"]), (&json!(1), &json!([])), "{told}");
    assert_eq!((holding(&store, KEY), kept(&store).len()), (0, 3));
    // Also after a copy was damaged, and after all were taken out.
    let file = kept(&store).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 6;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(keep(&store, &["--redact"])["kept"], 1);
    fs::write(&file, "damaged").unwrap();
    assert_eq!((&keep(&store, &[])["kept"], holding(&store, KEY)), (&json!(1), 0));
    kept(&store).iter().for_each(|file| fs::remove_file(file).unwrap());
    assert_eq!((&keep(&store, &[])["kept"], holding(&store, KEY)), (&json!(3), 0));
    store.put("sessions/one.jsonl", secret(2));
    assert_eq!(plan(&store, &[])["archived"], 1);
    store.put("sessions/one.jsonl", secret(2) + &secret(7));
    // The dream finds what it found in the originals, and the same places.
    let grown = plan(&store, &[]);
    fs::remove_dir_all(store.path("sessions")).unwrap();
    let archive = plan(&store, &[]);
    assert_eq!(archive["sessions"]["read"], originals["sessions"]["read"]);
    // Only the bytes are others.
    let changes = |plan: &Value| {
        let mut changes = plan["plan"]["changes"].clone();
        for change in changes.as_array_mut().unwrap() {
            for piece in change["evidence"].as_array_mut().unwrap() {
                piece.as_object_mut().unwrap().remove("part_digest");
            }
        }
        changes
    };
    assert_eq!(changes(&archive), changes(&grown));
    assert!(!archive.to_string().contains(KEY));
}

#[test]
fn a_killed_keep_leaves_whole_copies_and_the_next_one_ends_it() {
    const ALL: u64 = 23;
    let store = store();
    // Three are there.
    for at in 3..ALL {
        let name = format!("many-{at}");
        store.put(&format!("sessions/{name}.jsonl"), session(&name, 2).repeat(20));
    }
    let mut partly = 0;
    for (redact, shares) in [(&[][..], &[10, 30, 50, 70, 90][..]), (&["--redact"], &[40, 70])] {
        let arguments = [KEEP, redact].concat();
        let begun = std::time::Instant::now();
        store.dreaming(&arguments).expect(0);
        let whole = begun.elapsed();
        for share in shares {
            let _ = fs::remove_dir_all(store.path(".dreaming/memory/kept"));
            let mut child = store.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * *share / 100);
            let _ = child.kill();
            child.wait().unwrap();
            let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
            let copies = kept(&store).into_iter().filter(|file| !name(file).starts_with('.'));
            // Each that has its name is whole.
            let many = copies.filter(|file| unpacked(file).ends_with('\n')).count() as u64;
            partly += usize::from((1..ALL).contains(&many));
            let found = store.status();
            assert_eq!(found["kept"]["sessions"].as_u64().unwrap_or(0), many, "{found}");
            let told = keep(&store, redact);
            assert_eq!(
                (&told["there"], &told["kept"]),
                (&json!(many), &json!(ALL - many)),
                "{told}"
            );
            assert_eq!(kept(&store).len() as u64, ALL);
        }
    }
    assert!(partly > 0, "no kill came while it wrote");
}

#[test]
fn what_is_covered_stays_covered_when_new_copies_are_not() {
    let store = store();
    let secret =
        |id: &str, day: u32| session(id, day).replace("all good", &format!("the token is {KEY}"));
    store.put("sessions/one.jsonl", secret("one", 2));
    keep(&store, &["--redact"]);
    for more in [&["--no-redact", "--dry-run"][..], &["--no-redact"]] {
        let told = keep(&store, more);
        assert_eq!((&told["kept"], &told["there"]), (&json!(0), &json!(3)), "{told}");
        assert_eq!((holding(&store, KEY), kept(&store).len()), (0, 3));
    }
    store.put("sessions/one.jsonl", secret("one", 2) + &secret("one", 7));
    let told = keep(&store, &[]);
    assert_eq!((&told["grown"], &told["both"]), (&json!(1), &json!([])), "{told}");
    assert_eq!((holding(&store, KEY), kept(&store).len()), (0, 3));
    store.put("sessions/four.jsonl", secret("four", 8));
    assert_eq!((&keep(&store, &[])["kept"], holding(&store, KEY)), (&json!(1), 1));
}

#[test]
fn a_file_that_cannot_be_read_is_said_with_another_exit_code() {
    let store = store();
    store.put("sessions/bad.jsonl.gz", &crate::support::gzip(session("bad", 4).as_bytes())[..24]);
    let told = store.dreaming(&[KEEP, &["--json"]].concat()).expect(1).json();
    assert_eq!((&told["outcome"], &told["kept"]), (&json!("incomplete"), &json!(3)), "{told}");
    assert!(told["unreadable"][0]["path"].as_str().unwrap().ends_with("bad.jsonl.gz"), "{told}");
    let said = store.dreaming(KEEP).expect(1).stdout;
    assert!(said.contains("Look: 1 session file cannot be read"), "{said}");
}
