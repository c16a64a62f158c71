use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::import::frame::KEYS;
use crate::import::frames::Frames;

#[derive(Clone, Debug, PartialEq)]
enum Got {
    Record(u64, Value),
    Beside(Map<String, Value>),
    Broken(u64),
    TooLong(u64),
}

fn got(line: u64, frame: &Frame<'_>) -> Got {
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes);
    match frame {
        Frame::TooLong => Got::TooLong(line),
        Frame::Record(bytes) => parse(bytes).map_or(Got::Broken(line), |v| Got::Record(line, v)),
        Frame::Beside(bytes) => match parse(bytes) {
            Ok(Value::Object(mut fields)) => {
                fields.retain(|key, value| !KEYS.contains(&key.as_str()) || !value.is_array());
                Got::Beside(fields)
            }
            _ => Got::Broken(line),
        },
    }
}

fn frames(chunks: &[&[u8]], max: usize) -> Vec<Got> {
    let mut frames = Frames::new(max);
    let mut out = Vec::new();
    for chunk in chunks {
        frames.push(chunk, &mut |line, frame| out.push(got(line, &frame)));
    }
    frames.finish(&mut |line, frame| out.push(got(line, &frame)));
    out
}

fn whole(text: &str) -> Vec<Got> {
    frames(&[text.as_bytes()], 1 << 20)
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn records_of_an_array_come_with_the_line_on_which_they_begin() {
    let text = "\u{feff}{\n  \"id\": \"s\",\n  \"messages\": [\n    {\"a\": 1},\n    {\n      \"b\": \"]}\\\"\"\n    },\r\n 7, \"x\"\n  ],\n  \"end\": [2]\n}\n";
    let want = [
        Got::Beside(fields(json!({"id": "s"}))),
        Got::Record(4, json!({"a": 1})),
        Got::Record(5, json!({"b": "]}\""})),
        Got::Record(8, json!(7)),
        Got::Record(8, json!("x")),
        Got::Beside(fields(json!({"end": [2]}))),
    ];
    assert_eq!(whole(text), want);
    for at in 0..=text.len() {
        let (a, b) = text.as_bytes().split_at(at);
        assert_eq!(frames(&[a, b], 1 << 20), want, "split at {at}");
        // A cut costs only the record that it splits. Before the first key, the text could also be
        // lines.
        if at < 8 {
            continue;
        }
        let cut = frames(&[a], 1 << 20);
        let kept = cut.iter().filter(|g| want.contains(g)).count();
        assert!(cut.len() - kept <= 1, "cut at {at}: {cut:?}");
    }
}

#[test]
fn each_form_is_known_by_its_content() {
    for text in [
        r#"[{"a":1},{"a":2}]"#,
        r#"{"messages":[{"a":1},{"a":2}]}"#,
        "{\"a\":1}\n{\"a\":2}",
        "{\n\"a\":1}\n{\"a\":\n2}",
        "{\"traj\" : [ {\"a\":1} ] } {\"traj\":[{\"a\":2}]}",
        "{\"messages\":[{\"a\":1}]}\n{\"messages\":[{\"a\":2}]}\n",
        "\n\n[\n{\"a\":1}\n,{\"a\":2}",
    ] {
        let values: Vec<_> = whole(text)
            .into_iter()
            .map(|g| match g {
                Got::Record(_, value) => value,
                other => panic!("{text}: {other:?}"),
            })
            .filter(|v| v != "")
            .collect();
        assert_eq!(values, [json!({"a": 1}), json!({"a": 2})], "{text}");
    }
}

#[test]
fn a_damaged_first_line_does_not_make_lines_a_document() {
    let good = "{\"type\":\"user\",\"n\":1}\n";
    for bad in [
        "{\"type\":\"us\n",
        "{\"type\":\"user\",\n",
        "{\"type\":\n",
        "{\n",
        "[1]\n",
        "{\"a\":{\"b\":[\n",
        "]\n",
        "nope\n",
        "\"x\n",
    ] {
        let text = format!("{bad}{good}{good}");
        let found = whole(&text);
        assert_eq!(
            found[1..],
            [
                Got::Record(2, json!({"type": "user", "n": 1})),
                Got::Record(3, json!({"type": "user", "n": 1})),
            ],
            "{bad}"
        );
    }
}

#[test]
fn a_record_over_the_limit_is_skipped_and_holds_no_memory() {
    let long = "x".repeat(5_000);
    let text = format!(
        "{{\"k\":\"{long}\",\"data\":[{{\"a\":1}},{{\"b\":\"{long}\"}},{{\"c\":2}}],\"z\":1}}"
    );
    // The fields before the array are too long as well, and only the first chunk tells lines from
    // documents.
    let text = format!("{{\"data\":[]}}\n[{{\"q\":0}}]{text}").replace("{\"data\":[]}\n", "");
    assert_eq!(
        frames(&[text.as_bytes()], 1_000),
        [
            Got::Record(1, json!({"q": 0})),
            Got::TooLong(1),
            Got::Record(1, json!({"a": 1})),
            Got::TooLong(1),
            Got::Record(1, json!({"c": 2})),
            Got::Beside(fields(json!({"z": 1}))),
        ]
    );
    let mut document = Document::new(100);
    document.push(b"[{\"a\":\"", &mut |_, _| {});
    document.push(&[b'x'; 100_000], &mut |_, _| {});
    assert!(document.open.capacity() <= 100);
}

#[test]
fn what_is_no_json_between_documents_costs_its_line() {
    let found = whole("[{\"a\":1}]\n}} what? \"\n{\"messages\":[{\"b\":2}]}\n");
    assert_eq!(
        found,
        [Got::Record(1, json!({"a": 1})), Got::Broken(2), Got::Record(3, json!({"b": 2}))]
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\PC\\n\"\\\\{}\\[\\],:]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("messages".to_owned()), Just("data".to_owned()), "[a-z\"\\\\]{0,6}"]
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(key(), value(), 0..5)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// The records and the fields beside them, found by a parser that reads the whole document.
fn expected(document: &Value) -> (Vec<Value>, Map<String, Value>) {
    match document {
        Value::Array(items) => (items.clone(), Map::new()),
        Value::Object(fields) => {
            let is_list =
                |(key, value): &(&String, &Value)| KEYS.contains(&key.as_str()) && value.is_array();
            let lists = fields.iter().filter(is_list).flat_map(|(_, v)| v.as_array().unwrap());
            let beside = fields.iter().filter(|field| !is_list(field));
            (lists.cloned().collect(), beside.map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        scalar => panic!("{scalar} is no document"),
    }
}

proptest! {
    #[test]
    fn every_element_is_found_as_a_whole_parser_finds_it(
        head in object(),
        records in prop::collection::vec(object(), 1..6),
        is_list in any::<bool>(),
        is_pretty in any::<bool>(),
        at in any::<prop::sample::Index>(),
    ) {
        let document = if is_list {
            Value::Array(records)
        } else {
            let mut fields = fields(head);
            fields.insert("messages".into(), Value::Array(records));
            Value::Object(fields)
        };
        let text = if is_pretty {
            serde_json::to_string_pretty(&document).unwrap()
        } else {
            document.to_string()
        };
        let (a, b) = text.as_bytes().split_at(at.index(text.len()));
        let found = frames(&[a, b], 1 << 20);
        let (want, beside) = expected(&document);
        let mut records = Vec::new();
        let mut rest = Map::new();
        let lines: Vec<&str> = text.lines().collect();
        for got in found {
            match got {
                Got::Record(line, value) => {
                    // The first byte of the record stands on its line.
                    let first = value.to_string().chars().next().unwrap();
                    let line = lines[usize::try_from(line).unwrap() - 1];
                    prop_assert!(line.contains(first), "{line} for {value}");
                    records.push(value);
                }
                Got::Beside(fields) => rest.extend(fields),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(records, want);
        prop_assert_eq!(rest, beside);
    }

    #[test]
    fn any_bytes_in_any_portions_give_the_same_frames(
        text in "[\\[\\]{}\",:\\\\ \\n\\ra1]{0,80}",
        at in any::<prop::sample::Index>(),
    ) {
        let text = format!("{{\"messages\":[{{\"a\":1}},{text}");
        let bytes = text.as_bytes();
        let all = frames(&[bytes], 64);
        let (a, b) = bytes.split_at(at.index(bytes.len()));
        prop_assert_eq!(&frames(&[a, b], 64), &all);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&frames(&single, 64), &all);
        prop_assert_eq!(&all[0], &Got::Record(1, json!({"a": 1})));
    }
}
