//! Full disks and lost records: nothing is half written here, and nothing is sent twice.

use std::sync::Arc;

use super::service::Fault;
use super::{mirror, place, pulled, typed};
use crate::support::mounted::Disk;

#[test]
fn a_pull_into_a_full_disk_changes_no_memory() {
    let (store, service) = place(&[("/a.md", "- Old.\n")]);
    let Some(disk) = Disk::mount(store.path("memory"), 512 << 10) else { return };
    pulled(&store, &service).expect(0);
    service.put("/a.md", "- New.\n");
    for n in 0..8 {
        service.put(&format!("/n{n}.md"), &format!("- {}\n", "x".repeat(90_000)));
    }
    let done = typed(&store, &["pull", "memory", "--json"]).expect(1);
    assert_eq!(done.json()["error"]["kind"], "full");
    assert_eq!(store.tree("memory").len(), 1);
    assert_eq!(store.read("memory/a.md"), "- Old.\n");
    disk.remount("size=4m");
    typed(&store, &["pull", "memory"]).expect(0);
    assert_eq!(store.tree("memory").len(), 9);
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_was_sent_and_could_not_be_kept_is_not_sent_again() {
    let (store, service) = place(&[("/a.md", "- Old.\n")]);
    let Some(disk) = Disk::mount(store.path(".dreaming"), 4 << 20).map(Arc::new) else { return };
    pulled(&store, &service).expect(0);
    for n in 0..4 {
        store.put(&format!("memory/n{n}.md"), "- New.\n");
    }
    let fills = Arc::clone(&disk);
    service.faults(move |asked| {
        if asked.writes() {
            fills.fill(0);
        }
        None::<Fault>
    });
    let done = typed(&store, &["push", "memory", "--json"]).expect(1);
    assert_eq!(done.json()["error"]["kind"], "full", "{done:?}");
    let sent = service.written().len();
    assert!((1..=2).contains(&sent), "{sent}");
    service.works_again();
    disk.clear();
    typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(service.written().len(), 4 - sent);
    assert_eq!(service.contents().len(), 5);
}

#[test]
fn a_pull_that_was_killed_before_it_kept_the_mirror_finds_both_sides_equal() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n"), ("/b.md", "- Old.\n")]);
    service.put("/a.md", "- New.\n");
    service.remove("/b.md");
    typed(&store, &["pull", "memory"]).expect(0);
    // As when the files were in place and nothing of it was kept.
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let old = super::service::sha256("- Old.\n");
    db.execute("UPDATE mirrored SET sha256 = ?1", [&old]).unwrap();
    db.execute("INSERT INTO mirrored VALUES ('b.md', 'mem_2', ?1)", [&old]).unwrap();
    drop(db);
    let done = typed(&store, &["pull", "memory"]).expect(0);
    assert_eq!(done.stdout, "Both sides are equal.\n");
    assert_eq!(typed(&store, &["push", "memory"]).expect(0).stdout, "Nothing to send.\n");
    assert_eq!((store.status()["revision"].as_u64(), service.written().len()), (Some(2), 0));
    // What changes here after that is sent, and not taken for a conflict.
    store.put("memory/a.md", "- Newer.\n");
    typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(service.contents()["/a.md"], "- Newer.\n");
}
