//! Files that no store is made of.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::erase::message;
use crate::server::Server;
use crate::transfer::{eventful, export, import, lines, raw, sealed};

/// How many rows there are in all tables that an import writes.
async fn rows(server: &Server) -> i64 {
    let mut connection = AnyConnection::connect(&server.url).await.unwrap();
    let mut all = 0;
    for table in [
        "memory_stores",
        "engine_stores",
        "revisions",
        "revision_memories",
        "revision_rows",
        "memories",
        "memory_versions",
        "ledger",
        "erasures",
    ] {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) AS rows FROM {table}"));
        let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
        all += row.try_get::<i64, _>("rows").unwrap();
    }
    all
}

/// The first line of a kind, as its place and as JSON.
fn first(lines: &[String], is_it: impl Fn(&Value) -> bool) -> (usize, Value) {
    let parsed = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    parsed.enumerate().find(|(_, line)| is_it(line)).unwrap()
}

/// The lines with another one in place of one.
fn with(lines: &[String], at: usize, line: &Value) -> Vec<u8> {
    let mut lines = lines.to_vec();
    lines[at] = line.to_string();
    sealed(&lines)
}

/// Lines that somebody made up, with a last line that fits, and what is said of each.
fn forged(all: &[String]) -> Vec<(Vec<u8>, &'static str)> {
    let of = |row: &'static str| move |line: &Value| line["row"] == row;
    let (memory, text) = first(all, |line| line["row"] == "memory" && line["text"].is_string());
    let (revision, record) = first(all, of("revision"));
    let (ledger, row) = first(all, of("ledger"));
    let (salt, salted) = first(all, |line| line["key"] == "salt");
    let mut forged = Vec::new();
    let mut put = |at: usize, line: &Value, field: &str, value: Value, says: &'static str| {
        let mut line = line.clone();
        line[field] = value;
        forged.push((with(all, at, &line), says));
    };
    for path in [
        "../notes.md",
        "/notes.md",
        "a/../../notes.md",
        ".git/notes.md",
        "notes.txt",
        "a//b.md",
        "",
        "a\\b.md",
        "a\u{0}.md",
        "a\u{200b}.md",
        "a\u{308}.md",
    ] {
        put(memory, &text, "path", json!(path), "the path of a memory: ");
    }
    put(
        memory,
        &text,
        "path",
        json!(format!("{}.md", "a".repeat(2_000))),
        "the path of a memory: ",
    );
    put(
        memory,
        &text,
        "text",
        json!("- Something else.\n"),
        "does not have the digest of the ledger",
    );
    put(memory, &text, "observed_at", json!(i64::MAX), "the time of the memory");
    for number in [json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN)] {
        put(memory, &text, "number", number, "the file has no revision");
    }
    for number in [json!(1e300), json!(18_446_744_073_709_551_615_u64), json!("1"), json!(null)] {
        put(memory, &text, "number", number, "is damaged");
    }
    put(memory, &text, "erased", json!(true), "it is marked as erased, and is there");
    put(memory, &text, "more", json!(1), "is damaged");
    put(revision, &record, "number", json!(2), "revision 1 comes next");
    put(revision, &record, "id", json!("0".repeat(64)), "is not its id");
    put(revision, &record, "record", json!("{}"), "its record");
    put(revision, &record, "record", json!("[".repeat(100_000)), "its record");
    put(ledger, &row, "value", json!("{}"), "damaged: revision");
    put(ledger, &row, "key", json!("a\u{0}"), "U+0000");
    put(ledger, &row, "value", json!(""), "has no bytes");
    put(salt, &salted, "value", json!("other"), "does not have the digest of the ledger");
    put(salt, &salted, "key", json!("zucker"), "no salt");
    put(salt, &salted, "row", json!("command"), "is damaged");
    put(salt, &salted, "row", json!("x".repeat(1 << 20)), "is damaged");
    put(salt, &salted, "value", json!("x".repeat(1 << 20)), "more than 2048 bytes");
    put(ledger, &row, "key", json!("x".repeat(1 << 20)), "more than 2048 bytes");
    let gone = json!({ "text": null, "erased": true });
    let mut erased = text;
    erased["text"] = gone["text"].clone();
    erased["erased"] = gone["erased"].clone();
    forged.push((with(all, memory, &erased), "the marks"));
    let note = |number: i64, seal: &str| {
        let line =
            json!({ "row": "erasure", "number": number, "kind": "entry", "id": "e", "seal": seal });
        sealed(&[all, &[line.to_string()]].concat())
    };
    forged.push((note(1, "other"), "the digest of the note"));
    forged.push((note(1_000, "other"), "the file has no revision 1000"));
    let doubled = |at: usize| sealed(&[&all[..=at], &all[at..]].concat());
    forged.push((doubled(0), "another order"));
    forged.push((doubled(salt), "twice"));
    forged.push((doubled(revision), "comes next"));
    forged.push((doubled(memory), "twice"));
    forged.push((doubled(ledger), "twice"));
    let without = |at: usize| sealed(&[&all[..at], &all[at + 1..]].concat());
    forged.push((without(0), "no file that `dreaming export` wrote"));
    forged.push((without(salt), "no salt"));
    forged.push((without(revision), "comes next"));
    forged.push((without(memory), "damaged: revision"));
    forged.push((without(ledger), "damaged: revision"));
    let mut turned = all.to_vec();
    turned.swap(ledger, ledger + 1);
    forged.push((sealed(&turned), "out of order"));
    turned.swap(ledger, ledger + 1);
    turned.swap(memory, ledger);
    forged.push((sealed(&turned), "another order"));
    forged.push((sealed(&all[..=salt]), "no revision"));
    forged
}

#[tokio::test]
async fn a_damaged_foreign_or_newer_file_is_refused_in_words_and_nothing_is_stored() {
    for server in Server::each().await {
        let store = eventful(&server).await;
        let bytes = export(&server, &store).await;
        let (text, all) = (String::from_utf8(bytes.clone()).unwrap(), lines(&bytes));
        let cut = |at: usize| bytes[..at].to_vec();
        let mut files = vec![
            (Vec::new(), "cut off"),
            (b"hello".to_vec(), "no file that `dreaming export` wrote"),
            (b"{}\n".to_vec(), "no file that `dreaming export` wrote"),
            (b"\xff\xfe\n".to_vec(), "no file that `dreaming export` wrote"),
            (
                text.replacen("export/1", "export/2", 1).into_bytes(),
                "dreaming.export/2, this server reads",
            ),
            (bytes.repeat(2), "more after the last line"),
            ([&*bytes, b"{}\n"].concat(), "more after the last line"),
            (cut(bytes.len() / 2), "is damaged"),
            (cut(text.rfind("{\"row\":\"end\"").unwrap()), "cut off"),
            (
                text.replacen("always use tabs", "always use tab", 1).into_bytes(),
                "its digest is another",
            ),
            (
                [
                    &*cut(text.find("always").unwrap()),
                    b"\xff",
                    &bytes[text.find("always").unwrap()..],
                ]
                .concat(),
                "is damaged",
            ),
        ];
        files.extend(forged(&all));
        let before = rows(&server).await;
        for (at, (file, says)) in files.into_iter().enumerate() {
            let (status, told) = import(&server, file).await;
            assert_eq!(status, 400, "{at}, {says}: {told}");
            assert!(message(&told).contains(says), "{at}, {says}: {told}");
            assert!(message(&told).len() < 600, "{at}: {told}");
        }
        // One bit at each of some places.
        for at in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut flipped = bytes.clone();
            flipped[at] ^= if at % 2 == 0 { 1 } else { 0x80 };
            let (status, told) = import(&server, flipped).await;
            assert_eq!(status, 400, "{at}: {told}");
        }
        for name in ["", "?name=", "?name=a%0Ab", &format!("?name={}", "a".repeat(256))] {
            let path = format!("/v1/x/memory_stores/import{name}");
            let go = (Method::POST, &*path);
            assert_eq!(raw(&server, &server.keys[0], go, bytes.clone()).await.0, 400, "{name}");
        }
        assert_eq!(rows(&server).await, before, "nothing is stored");
        assert_eq!(import(&server, bytes).await.0, 200);
    }
}

#[tokio::test]
async fn a_large_file_is_read_or_refused_at_once() {
    for server in Server::each().await {
        let store = eventful(&server).await;
        let all = lines(&export(&server, &store).await);
        let before = rows(&server).await;
        let (at, mut text) =
            first(&all, |line| line["row"] == "memory" && line["text"].is_string());
        text["text"] = json!("- Words.\n".repeat((30 << 20) / 10));
        let file = with(&all, at, &text);
        assert!(file.len() > 29 << 20, "{}", file.len());
        let begun = std::time::Instant::now();
        let (status, told) = import(&server, file).await;
        assert_eq!(status, 400, "{told}");
        assert!(message(&told).contains("does not have the digest"), "{told}");
        // Rows without end, at revisions without end.
        let (at, row) = first(&all, |line| line["row"] == "ledger");
        let mut many = all[..at].to_vec();
        many.extend((0..150_000).map(|number| {
            let mut row = row.clone();
            row["key"] = json!(format!("entry/{number:09}"));
            row["value"] = json!("{}");
            row.to_string()
        }));
        let (status, told) = import(&server, sealed(&many)).await;
        assert_eq!(status, 400, "{told}");
        println!("two files of 30 MiB are refused in {:?}", begun.elapsed());
        let (status, told) = import(&server, vec![b' '; (32 << 20) + 1]).await;
        assert_eq!(status, 413, "{told}");
        assert_eq!(rows(&server).await, before);
    }
}
