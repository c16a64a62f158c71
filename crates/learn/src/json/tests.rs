use proptest::prelude::*;

use super::*;

fn of(text: &str) -> Value<'_> {
    read(text).unwrap()
}

#[test]
fn a_text_is_copied_only_when_an_escape_stands_in_it() {
    let value = of(r#"{"a":"plain é","b":"with\nescape"}"#);
    assert!(matches!(value.get("a"), Some(Value::String(Cow::Borrowed("plain é")))));
    assert!(matches!(value.get("b"), Some(Value::String(Cow::Owned(_)))));
}

#[test]
fn of_fields_with_one_name_the_last_counts() {
    let many: String = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
    for text in [
        r#"{"a":1,"b":2,"a":3,"\u0061":4,"c":5}"#.to_owned(),
        format!("{{{many}\"a\":0,\"b\":2,\"a\":4,\"c\":5}}"),
    ] {
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        let ours = of(&text);
        assert_eq!(ours.get("a").and_then(Value::as_u64), Some(4));
        assert_eq!(ours.to_string(), theirs.to_string());
        assert_eq!(ours.as_object().unwrap().keys().count(), theirs.as_object().unwrap().len());
    }
}

#[test]
fn a_number_without_a_canonical_form_is_written_as_text() {
    let value =
        of(r#"{"z":[1.50,9007199254740993,-7,1e3],"a":{"\u20ac":null,"\ud83d\ude00":true}}"#);
    let want = r#"{"a":{"€":null,"😀":true},"z":["1.5","9007199254740993",-7,"1000.0"]}"#;
    assert_eq!(value.canonical(), want);
}

/// Texts that may be JSON, and many that are.
fn documents() -> impl Strategy<Value = String> {
    let leaf =
        r#"null|true|-?[0-9]{1,4}(\.[0-9]{1,3})?|"([a-z é\u{1f600}]|\\n|\\u00e9){0,6}"|[a-z"{]"#;
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = r#""([ab\u{e000}😀]|\\u0061){0,2}""#;
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((name, inner), 0..5).prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n}: {v}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_what_serde_json_reads(text in documents()) {
        let theirs: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let ours: Option<Value<'_>> = read(&text);
        prop_assert_eq!(ours.is_some(), theirs.is_some());
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            let back: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
            prop_assert_eq!(&back, &theirs);
            if let Ok(canonical) = canonical::to_bytes(&theirs) {
                prop_assert_eq!(ours.canonical().into_bytes(), canonical);
            }
            prop_assert_eq!(ours.clone().into_owned().to_string(), ours.to_string());
        }
    }
}
