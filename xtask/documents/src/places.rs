//! Tests that a field of a document is the same in five places: in the documents that the engine
//! writes and in those that it reads, in the schema, in the types of the npm package and in the
//! views of the command. (Figures of `stats` are only written; the npm tests check them against the
//! schema.)

use std::collections::BTreeSet;

use dreaming_records::canonical::{self, Readable};
use dreaming_records::distilled::Distilled;
use dreaming_records::fingerprint::Fingerprint;
use dreaming_records::ledger::{EntryRecord, MemoryRecord};
use dreaming_records::pair::PairRecord;
use dreaming_records::plan::{Plan, SessionOutcome};
use dreaming_records::report::Report;
use dreaming_records::revision::RevisionRecord;
use dreaming_records::session_record::SessionRecord;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{COMMAND, documents_schema, place};

type Schema = Map<String, Value>;

/// Makes a document with every field of the schema, and the last form of each choice.
struct Full<'s> {
    definitions: &'s Schema,
    /// The types around the present value. A type is placed within itself only once.
    within: Vec<&'s str>,
}

impl<'s> Full<'s> {
    fn value(&mut self, schema: &'s Value) -> Option<Value> {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            if self.within.iter().filter(|other| **other == name).count() > 1 {
                return None;
            }
            self.within.push(name);
            let value = self.value(&self.definitions[name]);
            self.within.pop();
            return value;
        }
        let is_nothing = |form: &&Value| form["type"] == "null";
        if let Some(forms) = schema["anyOf"].as_array() {
            return self.value(forms.iter().rev().find(|form| !is_nothing(form))?);
        }
        if let Some(word) = schema.get("const").or_else(|| schema["enum"].get(0)) {
            return Some(word.clone());
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str())?;
        Some(match kind {
            "object" => {
                let mut object = Map::new();
                for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                    object.extend(self.value(field).map(|value| (name.clone(), value)));
                }
                let required = schema["required"].as_array().into_iter().flatten();
                let is_whole =
                    required.filter_map(Value::as_str).all(|name| object.contains_key(name));
                return is_whole.then_some(Value::Object(object));
            }
            "array" => {
                let count = schema["minItems"].as_u64().unwrap_or(1);
                let item = self.value(&schema["items"])?;
                (0..count).map(|_| item.clone()).collect()
            }
            "integer" => json!(1),
            "boolean" => json!(true),
            // Serves for texts in general and for paths of memories.
            _ => json!("a.md"),
        })
    }
}

fn full(definitions: &Schema, schema: &Value) -> Value {
    Full { definitions, within: Vec::new() }.value(schema).unwrap()
}

/// Has the engine read a value and write it again.
fn written<T: Readable + Serialize>(value: &Value) -> Value {
    let read: T = canonical::from_bytes(value.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {value}"));
    serde_json::from_slice(&canonical::to_bytes(&read).unwrap()).unwrap()
}

#[test]
fn the_engine_reads_and_writes_every_field_of_the_schema() {
    let definitions = documents_schema::definitions();
    let same = |name: &str, written: fn(&Value) -> Value| {
        let mut value = full(&definitions, &definitions[name]);
        // The digest of a plan is added to its bytes and is no field of its Rust type.
        value.as_object_mut().unwrap().remove(if name == "Plan" { "digest" } else { "" });
        assert_eq!(written(&value), value, "{name}");
    };
    same("Plan", written::<Plan>);
    same("Report", written::<Report>);
    same("RevisionRecord", written::<RevisionRecord>);
    same("EntryRecord", written::<EntryRecord>);
    same("Distilled", written::<Distilled>);
    same("MemoryRecord", written::<MemoryRecord>);
    same("PairRecord", written::<PairRecord>);
    same("SessionRecord", written::<SessionRecord>);
    same("Fingerprint", written::<Fingerprint>);
    for form in definitions["SessionOutcome"]["anyOf"].as_array().unwrap() {
        let value = full(&definitions, form);
        assert_eq!(written::<SessionOutcome>(&value), value);
    }
}

/// The fields of a type in a source: the outermost ones after `begin`, up to the next type.
fn fields_after(source: &str, begin: &str) -> BTreeSet<String> {
    let from = source.find(begin).unwrap_or_else(|| panic!("no `{begin}`"));
    let body = source[from..]
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("export ") && *line != "}");
    let field = |line: &str| {
        let text = line.trim_start();
        let (name, _) = text.strip_prefix("pub ").unwrap_or(text).split_once(':')?;
        let name = name.trim_end_matches('?');
        let is_name = name
            .chars()
            .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_');
        is_name.then(|| (line.len() - text.len(), name.to_owned()))
    };
    let found: Vec<_> = body.filter_map(field).collect();
    let outermost = found.iter().map(|(indentation, _)| *indentation).min();
    found.into_iter().filter(|(at, _)| Some(*at) == outermost).map(|(_, name)| name).collect()
}

#[test]
fn every_field_of_the_schema_is_in_the_package_and_in_the_command_and_no_other() {
    let [package, command] = ["bindings/web/ts/documents.ts", COMMAND]
        .map(|name| std::fs::read_to_string(place(name)).unwrap());
    let mut count = 0;
    for (name, definition) in documents_schema::definitions() {
        let forms = definition["anyOf"].as_array().into_iter().flatten().chain([&definition]);
        let fields = forms.filter_map(|form| form["properties"].as_object()).flat_map(Map::keys);
        let fields: BTreeSet<String> = fields.cloned().collect();
        if fields.is_empty() {
            continue;
        }
        count += fields.len();
        let has_forms = definition["anyOf"].is_array();
        let begin = if has_forms {
            format!("export type {name} =")
        } else {
            format!("export interface {name} {{")
        };
        assert_eq!(fields_after(&package, &begin), fields, "{name} of the package");
        assert_eq!(
            fields_after(&command, &format!("pub struct {name} {{")),
            fields,
            "{name} of the command"
        );
    }
    assert!(count > 300, "only {count} fields were found");
}

#[test]
fn a_field_that_is_missing_in_one_place_is_seen() {
    let source = "export interface Thing {\n  /** Why. */\n  reason: string;\n  of?: {\n    inner: 1;\n  };\n}\n";
    let found = fields_after(source, "export interface Thing {");
    assert_eq!(found, BTreeSet::from(["of".to_owned(), "reason".to_owned()]));
    let source =
        "pub struct Thing {\n    /// Why.\n    #[serde(default)]\n    pub reason: String,\n}\n";
    assert_eq!(fields_after(source, "pub struct Thing {"), BTreeSet::from(["reason".to_owned()]));
    let missing = json!({ "name": "a.md", "bytes": 1 });
    let read: Result<dreaming_records::session_record::PartRead, _> =
        canonical::from_bytes(missing.to_string().as_bytes());
    assert!(read.is_err());
}
