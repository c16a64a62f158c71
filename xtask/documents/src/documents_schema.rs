//! The schema of the documents: `schemars` derives it from their types, then [`tidy`](crate::tidy)
//! brings it into forms that code generators of other languages read well.

use dreaming_records::distilled::Distilled;
use dreaming_records::fingerprint::Fingerprint;
use dreaming_records::ledger::{EntryRecord, MemoryRecord};
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::{Cause, Plan};
use dreaming_records::report::Report;
use dreaming_records::revision::RevisionRecord;
use dreaming_records::session_record::SessionRecord;
use dreaming_stats::Stats;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

use crate::tidy;

const ABOUT: &str = "The JSON documents of the engine, each under its name in `definitions`; a document is valid here \
    when it is one of them. What is unknown is `null`; only fields that are not required are ever absent. Times are \
    milliseconds since 1970, digests 64 hexadecimal digits, integers within 2^53 - 1. Written by `cargo xtask documents` \
    from the types of the engine.";

/// The value of a ledger row: `distilled/<digest>`, `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is of use")]
enum LedgerValue {
    Distilled(Distilled),
    Entry(Box<EntryRecord>),
    Memory(MemoryRecord),
    Pair(PairRecord),
    Session(Box<SessionRecord>),
}

/// The documents, and the values of the rows of a ledger.
const DOCUMENTS: [&str; 6] =
    ["Plan", "Report", "RevisionRecord", "LedgerValue", "Stats", "Fingerprint"];

/// The documents that hold a digest of themselves. The digest is no field of their Rust types.
const SEALED: [&str; 1] = ["Plan"];

/// The schema of all documents.
pub fn schema(definitions: &Map<String, Value>) -> Value {
    let all = DOCUMENTS.map(|name| json!({ "$ref": reference(name) }));
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": ABOUT,
        "anyOf": all,
        "definitions": definitions,
    })
}

/// Every type of the documents by its name, sorted.
pub fn definitions() -> Map<String, Value> {
    // The schema of what is written: a field that is left out when empty is not required.
    let settings = SchemaSettings::draft07().for_serialize();
    let mut generator = settings.with(|settings| settings.transforms.clear()).into_generator();
    generator.subschema_for::<Plan>();
    generator.subschema_for::<Report>();
    generator.subschema_for::<RevisionRecord>();
    generator.subschema_for::<LedgerValue>();
    generator.subschema_for::<Stats>();
    generator.subschema_for::<Fingerprint>();
    let mut found: Vec<_> = generator.take_definitions(true).into_iter().collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, definition) in &mut found {
        tidy::tidy(definition);
        if SEALED.contains(&name.as_str()) {
            seal(definition);
        }
    }
    found.into_iter().collect()
}

/// The JSON reference to a type.
fn reference(name: &str) -> String {
    format!("#/definitions/{name}")
}

/// The causes of changes with their titles, in the order in which a person should see them.
pub fn causes() -> Vec<(String, String)> {
    let cases = schema_for!(Cause).to_value()["oneOf"].take();
    let text = |case: &Value, key: &str| case[key].as_str().map(str::to_owned);
    let both = |case: &Value| Some((text(case, "const")?, text(case, "title")?));
    cases.as_array().into_iter().flatten().filter_map(both).collect()
}

/// Adds the field `digest`, after the format.
fn seal(document: &mut Value) {
    let about = "Digest of the canonical bytes of the document without this field: one that was edited is refused.";
    if let Some(fields) = document["properties"].as_object_mut() {
        let digest = json!({ "description": about, "type": "string" });
        fields.shift_insert(1, "digest".into(), digest);
    }
    if let Some(required) = document["required"].as_array_mut() {
        required.insert(1, "digest".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every description of a schema, with its place.
    fn descriptions(place: &str, schema: &Value, found: &mut Vec<(String, String)>) {
        if let Some(text) = schema["description"].as_str() {
            found.push((place.to_owned(), text.to_owned()));
        }
        let named = schema.as_object().into_iter().flatten();
        let listed = schema.as_array().into_iter().flatten();
        let within = named.map(|(name, part)| (name.as_str(), part));
        for (name, part) in within.chain(listed.map(|part| ("", part))) {
            descriptions(&format!("{place} {name}"), part, found);
        }
    }

    #[test]
    fn what_is_said_of_a_field_is_for_readers_of_documents() {
        let mut found = Vec::new();
        descriptions("", &schema(&definitions()), &mut found);
        assert!(found.len() > 300, "only {} descriptions were found", found.len());
        for (place, text) in found {
            // Code links and words of Rust belong into a second paragraph of the comment, which is
            // not published.
            for word in ["[`", "](", "::", "`None`", "`Some`", "`Self`"] {
                assert!(!text.contains(word), "{place}: `{word}` in {text:?}");
            }
        }
    }

    #[test]
    fn every_type_and_every_field_is_described() {
        for (name, definition) in definitions() {
            assert!(definition["description"].is_string(), "{name}");
            for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
                // The words of an object that counts words are described at the type of the words.
                assert!(schema["description"].is_string(), "{name}.{field}");
            }
        }
    }
}
