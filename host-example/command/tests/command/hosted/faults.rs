//! What goes wrong on the way loses nothing, and says what it is.

use std::collections::BTreeMap;

use serde_json::json;

use super::service::{Asked, Fault, Service};
use super::{KEY, mirror, place, pulled, typed};
use crate::support::{Done, Store};

/// A fault of every request behind the first `after`, a limited number of times.
fn times(
    after: usize,
    mut times: usize,
    fault: impl Fn() -> Fault + Send + 'static,
) -> impl FnMut(&Asked) -> Option<Fault> + Send {
    let mut seen = 0;
    move |_| {
        seen += 1;
        if seen <= after || times == 0 {
            return None;
        }
        times -= 1;
        Some(fault())
    }
}

fn status(status: u16, headers: &'static [(&'static str, &'static str)]) -> Fault {
    let message = format!("this is {status}, and {KEY} is the key");
    Fault::Answer(status, headers, json!({"error": {"message": message}}).to_string())
}

/// Pulls with a fault, and checks that nothing was written.
fn fails(fault: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) -> (Done, usize) {
    let (store, service) = mirror(&[("/a.md", "- Old.\n"), ("/b.md", "- Old.\n")]);
    service.put("/a.md", "- New.\n");
    service.faults(fault);
    let done = typed(&store, &["pull", "memory", "--json"]);
    assert!(!format!("{done:?}").contains(KEY), "{done:?}");
    assert!(done.code != 0 && !done.stderr.contains("panicked"), "{done:?}");
    assert_eq!(store.read("memory/a.md"), "- Old.\n");
    assert_eq!(store.status()["revision"], 1);
    let asked = service.asked().len();
    service.works_again();
    typed(&store, &["pull", "memory"]).expect(0);
    assert_eq!(store.read("memory/a.md"), "- New.\n");
    (done, asked)
}

fn kind(done: &Done) -> String {
    done.json()["error"]["kind"].as_str().unwrap().to_owned()
}

#[test]
fn what_may_pass_is_asked_again() {
    for fault in [
        || status(429, &[("retry-after", "0")]),
        || status(429, &[("retry-after-ms", "1")]),
        || status(529, &[]),
        || status(500, &[]),
        || status(409, &[("x-should-retry", "true")]),
        || Fault::Half,
        || Fault::Lost,
        || Fault::Answer(200, &[], "<html>Please log in</html>".into()),
    ] {
        let (store, service) = place(&[("/a.md", "- A.\n")]);
        service.faults(times(0, 3, fault));
        pulled(&store, &service).expect(0);
        assert_eq!(service.asked().len(), 3 + 2);
        assert_eq!(store.read("memory/a.md"), "- A.\n");
    }
}

#[test]
fn what_does_not_pass_is_said_and_changes_nothing() {
    let (done, asked) = fails(|_| Some(status(500, &[])));
    assert_eq!((kind(&done), asked), ("service-failed".into(), 4));
    let (done, asked) = fails(|_| Some(status(500, &[("x-should-retry", "false")])));
    assert_eq!((kind(&done), asked), ("service-failed".into(), 1));
    let (done, asked) = fails(|_| Some(status(429, &[("retry-after", "3600")])));
    assert_eq!((kind(&done), asked), ("busy-service".into(), 1));
    assert!(done.stderr.contains("3600 seconds"), "{done:?}");
    for (code, expected) in
        [(401, "key-refused"), (403, "key-refused"), (404, "no-store"), (302, "nonsense")]
    {
        let (done, asked) = fails(move |_| Some(status(code, &[])));
        assert_eq!((kind(&done), asked), (expected.into(), 1), "{code}");
    }
    assert_eq!(fails(|_| Some(Fault::Half)).0.code, 1);
    let (done, asked) = fails(|_| Some(Fault::Answer(200, &[], "[]".into())));
    assert_eq!((kind(&done), asked), ("nonsense".into(), 1));
}

#[test]
fn a_list_that_makes_no_sense_deletes_nothing() {
    let memory = |path: &str, content: Option<&str>, sha256: &str| {
        json!({"id": format!("mem_{}", path.len()), "path": path, "content": content, "content_sha256": sha256,
               "content_size_bytes": 1, "updated_at": "2026-02-01T00:00:00Z"})
    };
    let (a, b) = (super::service::sha256("a"), super::service::sha256("b"));
    let lists = [
        // Not all of it came, and what is lacking is there.
        json!({"data": [], "next_page": null}),
        json!({"next_page": null}),
        json!({"data": [memory("/a.md", Some("a"), &b)], "next_page": null}),
        json!({"data": [memory("/a.md", Some("a"), &a), memory("/a.md", Some("b"), &b)], "next_page": null}),
        json!({"data": [memory("/a.md", None, &a)], "next_page": null}),
        json!({"data": [memory("/a.md", Some("a"), "x")], "next_page": null}),
        json!({"data": [{"path": "/a.md"}], "next_page": null}),
        json!({"data": [], "next_page": "page_0"}),
        json!({"data": [], "next_page": 7}),
    ];
    for list in lists {
        let shown = list.to_string();
        let text = shown.clone();
        let (done, _) = fails(move |asked| {
            let is_list = asked.path.contains("/memories?");
            is_list.then(|| Fault::Answer(200, &[], text.clone()))
        });
        assert!(matches!(&*kind(&done), "nonsense" | "no-store"), "{shown}: {done:?}");
    }
}

#[test]
fn a_content_that_the_list_leaves_out_is_fetched() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    let list = json!({"data": [{"id": "mem_1", "path": "/a.md", "content": null, "content_size_bytes": 5,
        "content_sha256": super::service::sha256("- A.\n"), "updated_at": "2026-02-01T00:00:00Z"}]});
    service.faults(move |asked| {
        asked.path.contains("/memories?").then(|| Fault::Answer(200, &[], list.to_string()))
    });
    pulled(&store, &service).expect(0);
    assert_eq!(store.read("memory/a.md"), "- A.\n");
}

#[test]
fn nobody_there_is_said_with_the_address() {
    let (store, service) = mirror(&[("/a.md", "- A.\n")]);
    let url = service.url.clone();
    drop(service);
    for words in [["pull", "memory", "--json"], ["push", "memory", "--json"]] {
        let done = typed(&store, &words).expect(1);
        assert_eq!(kind(&done), "no-network");
        assert!(done.stderr.contains(&url), "{done:?}");
    }
}

#[test]
fn a_first_pull_that_fails_leaves_nothing() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    service.faults(times(1, usize::MAX, || status(500, &[])));
    pulled(&store, &service).expect(1);
    assert!(!store.path("memory").exists() && !store.path(".dreaming").exists());
}

/// Pushes three changes while the n-th request fails for good.
fn pushes_with(
    fault: impl FnMut(&Asked) -> Option<Fault> + Send + 'static,
) -> (Store, Service, Done) {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    store.put("memory/a.md", "- New.\n");
    store.put("memory/b.md", "- New.\n");
    store.put("memory/c.md", "- New.\n");
    service.faults(fault);
    let done = typed(&store, &["push", "memory", "--json"]);
    (store, service, done)
}

#[test]
fn a_push_that_stops_says_how_far_it_came_and_goes_on() {
    // The store, the list, and one change.
    let (store, service, done) = pushes_with(times(3, usize::MAX, || status(500, &[])));
    assert_eq!((done.code, kind(&done)), (1, "service-failed".into()));
    let said = "1 of 3 changes are sent and recorded";
    assert!(done.stderr.contains(said), "{done:?}");
    assert!(done.stderr.contains("`dreaming push --memory memory` sends the rest"), "{done:?}");
    service.works_again();
    service.asked();
    typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(service.written().len(), 2);
    assert_eq!(service.contents().values().collect::<Vec<_>>(), ["- New.\n"; 3]);
}

#[test]
fn a_change_whose_answer_is_lost_is_made_once() {
    // Each request that writes is carried out, and its first answer does not come.
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    let (store, service, done) = pushes_with(move |asked| {
        let seen = lost.entry(format!("{}{}", asked.path, asked.body)).or_default();
        *seen += 1;
        (asked.writes() && *seen == 1).then_some(Fault::Lost)
    });
    done.expect(0);
    assert_eq!(service.contents().len(), 3);
    assert_eq!(service.written().len(), 6);
    std::fs::remove_file(store.path("memory/b.md")).unwrap();
    typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(service.contents().len(), 2);
}
