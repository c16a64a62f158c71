use proptest::prelude::*;

use super::*;
use crate::sessions::tests::write;

const KEY: &str = "ghp_a1B2c3D4a1B2c3D4a1B2c3D4a1B2c3D4a1B2";

/// What [`Texts`] gives to one call, and what its pieces have in common.
const CALL: usize = dreaming_wasmtime::MAX_PAGE;
const COMMON: usize = 64 << 10;

/// Covers each `KEY`, the value `hunter2` behind `password`, a key in several lines, and nothing else.
fn engine(texts: &[String]) -> io::Result<Vec<String>> {
    assert!(texts.iter().map(String::len).sum::<usize>() <= CALL);
    let cover = |text: &String| {
        let mut text = text.replace(KEY, &"*".repeat(KEY.len()));
        for before in ["\"password\": \"", "password = \"", "--password "] {
            text = text.replace(&format!("{before}hunter2"), &format!("{before}*******"));
        }
        let whole = text.find("-----BEGIN").zip(text.find("-----END K"));
        if let Some((begin, end)) = whole.filter(|(begin, end)| begin < end) {
            text.replace_range(begin..end, &"*".repeat(end - begin));
        }
        text
    };
    Ok(texts.iter().map(cover).collect())
}

fn covered(bytes: &[u8]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "a.jsonl", bytes);
    let part = Part { name: "main".into(), path, bytes: bytes.len() as u64, start: 0 };
    let mut out = Vec::new();
    cover(&part, &mut engine, &mut out).unwrap();
    assert_eq!(out.len(), bytes.len());
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(covered(bytes)).unwrap()
}

#[test]
fn a_secret_in_a_string_is_covered_and_the_line_stays_json_of_that_length() {
    let stars = "*".repeat(KEY.len());
    // Behind an escape the raw line would hide where the secret begins.
    let line = format!("{{\"said\":\"a \\u00e9\\n{KEY}\\t\\/ b\",\"n\":1}}\n");
    let got = text(line.as_bytes());
    let value: serde_json::Value = serde_json::from_str(got.trim()).unwrap();
    assert_eq!(value["said"], format!("a é\n{stars}\t/ b"));
    assert_eq!(value["n"], 1);
    assert_eq!(got.len(), line.len());
}

#[test]
fn a_value_is_looked_at_behind_its_name_too() {
    let got = text(b"{\"input\": {\"password\" : \"hunter2\", \"user\": \"hunter2\"}}\n");
    assert_eq!(got, "{\"input\": {\"password\" : \"*******\", \"user\": \"hunter2\"}}\n");
}

#[test]
fn a_line_that_was_cut_is_covered_too() {
    let stars = "*".repeat(KEY.len());
    for (cut, wanted) in [
        // It ends within a string.
        (
            format!("{{\"said\":\"x {KEY}\n{{\"n\":1}}\n"),
            format!("{{\"said\":\"{}\n{{\"n\":1}}\n", "*".repeat(KEY.len() + 2)),
        ),
        // It begins within one, so that all quotes are the other way round.
        (format!("x {KEY} \",\"n\":1}}\n"), format!("x {stars} \",\"n\":1}}\n")),
        (format!("[1]\nx {KEY} \",\"n\":1}}\n"), format!("[1]\nx {stars} \",\"n\":1}}\n")),
        // No text of Unicode has half of a pair.
        (
            format!("{{\"said\":\"\\ud800 {KEY}\"}}\n"),
            format!("{{\"said\":\"{}\"}}\n", "*".repeat(KEY.len() + 7)),
        ),
    ] {
        assert_eq!(text(cut.as_bytes()), wanted);
    }
}

#[test]
fn plain_text_and_what_is_no_utf_8_keep_their_bytes() {
    let mut bytes = format!("out\n{KEY} ").into_bytes();
    bytes.extend([0xff, b' ']);
    bytes.extend(KEY.as_bytes());
    let mut wanted = format!("out\n{} ", "*".repeat(KEY.len())).into_bytes();
    wanted.extend([0xff, b' ']);
    wanted.extend("*".repeat(KEY.len()).bytes());
    assert_eq!(covered(&bytes), wanted);
    let long = vec![b'x'; 3 << 20];
    assert_eq!(covered(&long), long);
}

#[test]
fn a_secret_over_the_border_of_two_pieces_is_covered() {
    // One line longer than a block, with a secret where two calls meet, and one where two blocks would.
    let mut line = vec![b'x'; BLOCK + CALL];
    for at in [CALL - 10, CALL - COMMON - 10, BLOCK - 10] {
        line[at - 1] = b' ';
        line[at..at + KEY.len()].copy_from_slice(KEY.as_bytes());
    }
    for (head, tail) in [("", "\n"), ("{\"said\":\"", "\"}\n")] {
        let bytes = [head.as_bytes(), &line, tail.as_bytes()].concat();
        let got = covered(&bytes);
        assert!(!String::from_utf8(got).unwrap().contains("ghp_"), "{head}");
    }
    // A key of several lines is not cut at a line.
    let body = "MIIB\n".repeat(100);
    let block = format!("{}-----BEGIN PRIVATE KEY-----\n{body}", "x\n".repeat(BLOCK / 2));
    assert_eq!(end_of(block.as_bytes(), 0), BLOCK);
    let block = format!("{block}-----END PRIVATE KEY-----\n");
    assert_eq!(end_of(block.as_bytes(), 0), block.len());
    let block = b"{}\n{\"a\":\"x -----BEGIN\"}\n{}\n";
    assert_eq!(end_of(block, 0), 3, "not within a line");
}

#[test]
fn what_the_engine_does_not_answer_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "a.txt", b"text");
    let part = Part { name: "main".into(), path, bytes: 4, start: 0 };
    for answer in [vec![], vec!["***".to_owned()]] {
        let mut conceal = |_: &[String]| Ok(answer.clone());
        let refused = cover(&part, &mut conceal, &mut Vec::new());
        assert!(matches!(refused, Err(Trouble::Read(_))), "{refused:?}");
    }
}

#[test]
fn text_that_begins_like_json_is_text() {
    for text in ["[database]\npassword = \"hunter2\"\n", "{ password = \"hunter2\" }\n"] {
        assert_eq!(covered(text.as_bytes()), text.replace("hunter2", "*******").as_bytes());
    }
}

#[test]
fn a_document_over_several_lines_is_json() {
    let line = format!("{{\n  \"a\": [\n    \"\\n{KEY}\"\n  ],\n  \"password\":\"hunter2\"\n}}\n");
    let got = text(line.as_bytes());
    let value: serde_json::Value = serde_json::from_str(&got).unwrap();
    assert_eq!(value["a"][0], format!("\n{}", "*".repeat(KEY.len())));
    assert_eq!(
        (value["password"].as_str(), got.lines().count()),
        (Some("*******"), line.lines().count())
    );
}

#[test]
fn the_words_of_a_command_are_looked_at_together() {
    let got = text(b"{\"cmd\":[\"mysql\",\"--password\",\"hunter2\"],\"at\":[\"hunter2\"]}\n");
    assert_eq!(got, "{\"cmd\":[\"mysql\",\"--password\",\"*******\"],\"at\":[\"hunter2\"]}\n");
}

#[test]
fn the_lines_of_a_key_stay_lines_and_what_follows_stays() {
    let key = "-----BEGIN K-----\nMIIB\nMIIC\n-----END K-----\n";
    let stars = "*****************\n****\n****\n-----END K-----\n";
    assert_eq!(text(format!("a\n{key}b\n").as_bytes()), format!("a\n{stars}b\n"));
    // In one string, and as the lines of a list.
    let list: Vec<&str> = key.lines().collect();
    let record = serde_json::json!({"text": key, "lines": list, "n": "said"});
    let got: serde_json::Value =
        serde_json::from_str(&text(format!("{record}\n").as_bytes())).unwrap();
    let wanted: Vec<&str> = stars.lines().collect();
    assert_eq!(got, serde_json::json!({"text": stars, "lines": wanted, "n": "said"}));
    // A record that was cut in a key takes nothing of the next one.
    let cut = "{\"said\":\"-----BEGIN K-----\n{\"said\":\"tabs -----END K\"}\n";
    assert_eq!(text(cut.as_bytes()), cut);
}

proptest! {
    #[test]
    fn lines_of_json_say_the_same_but_for_the_secret(before in ".{0,20}", after in ".{0,20}", name in "[a-z\"\\\\\n]{0,8}") {
        let record = serde_json::json!({ name.clone(): [format!("{before} {KEY} {after}"), before], "n": 1.5 });
        let got = text(format!("{record}\n").as_bytes());
        let read: serde_json::Value = serde_json::from_str(&got).unwrap();
        let wanted = record.to_string().replace(KEY, &"*".repeat(KEY.len()));
        prop_assert_eq!(read, serde_json::from_str::<serde_json::Value>(&wanted).unwrap());
    }

    #[test]
    fn any_bytes_keep_their_length_and_their_lines(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let got = covered(&bytes);
        let ends = |bytes: &[u8]| bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect::<Vec<_>>();
        prop_assert_eq!(ends(&got), ends(&bytes));
    }
}
