//! Types for Rust hosts that do not link the engine. The command shows documents of older and newer
//! engines too, so words are plain texts, missing fields are empty, and unknown fields are ignored.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use textwrap::Options;

type Schema = Map<String, Value>;

/// Width of generated comments. Chosen by us.
const WIDTH: usize = 116;

const HEAD: &str = "\
//! The documents of the engine as a host sees them, whichever engine wrote them: a word is a text, what is not there is
//! empty, and what is not known is passed over. Only the form of a document has to be there.
//!
//! Written by `cargo xtask documents` from the types of the engine.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
";

/// The generated file with all types.
pub fn views(definitions: &Schema) -> String {
    let mut views = Views { definitions, out: HEAD.to_owned() };
    for (name, schema) in definitions {
        views.definition(name, schema);
    }
    views.out
}

struct Views<'s> {
    definitions: &'s Schema,
    out: String,
}

impl Views<'_> {
    fn definition(&mut self, name: &str, schema: &Value) {
        let fields = fields(schema);
        if !fields.is_empty() {
            self.record(name, schema, &fields);
        } else if schema["additionalProperties"].is_object() {
            self.out.push('\n');
            self.comment("", schema);
            let _ = writeln!(self.out, "pub type {name} = Map<String, Value>;");
        }
        // No type for words, which are texts, nor for ledger values, whose type follows from their
        // key.
    }

    /// Writes a struct, then the structs of those of its fields that are objects without a name.
    fn record(&mut self, name: &str, schema: &Value, fields: &[Field<'_>]) {
        let is_document = fields.iter().any(Field::is_form);
        self.out.push('\n');
        self.comment("", schema);
        self.out.push_str("#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]\n");
        if !is_document {
            self.out.push_str("#[serde(default)]\n");
        }
        let _ = writeln!(self.out, "pub struct {name} {{");
        let mut inner = Vec::new();
        for field in fields {
            self.comment("    ", field.schema);
            if is_document && !field.is_form() {
                self.out.push_str("    #[serde(default)]\n");
            }
            let mut of = self.type_of(field.schema);
            if of.is_empty() {
                of = format!("{name}{}", capital(field.name));
                inner.push((of.clone(), field.schema));
            }
            if field.is_option() {
                of = format!("Option<{of}>");
            }
            let _ = writeln!(self.out, "    pub {}: {of},", field.name);
        }
        self.out.push_str("}\n");
        for (name, schema) in inner {
            self.definition(&name, schema);
        }
    }

    /// The Rust type of a value that is there; empty for an object without a name.
    fn type_of(&self, schema: &Value) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            let is_word = self.definitions[name]["enum"].is_array();
            return if is_word { "String" } else { name }.to_owned();
        }
        if let Some(form) = forms(schema).find(|form| form["$ref"].is_string()) {
            return self.type_of(form);
        }
        let is_natural = schema["minimum"] == 0;
        match types(schema).find(|name| *name != "null") {
            Some("array") => format!("Vec<{}>", self.type_of(&schema["items"])),
            Some("boolean") => "bool".into(),
            Some("integer") => if is_natural { "u64" } else { "i64" }.into(),
            Some("object") => "BTreeMap<String, u64>".into(),
            Some(_) => "String".into(),
            None => String::new(),
        }
    }

    fn comment(&mut self, indentation: &str, schema: &Value) {
        let begin = format!("{indentation}/// ");
        // The field that tells the forms of an object apart is the only one without a description.
        let about = schema["description"].as_str().unwrap_or("Which of its forms it has.");
        for line in about.lines() {
            let hanging = if line.starts_with("- ") { "  " } else { "" };
            let next = format!("{begin}{hanging}");
            let options = Options::new(WIDTH).initial_indent(&begin).subsequent_indent(&next);
            let wrapped = textwrap::wrap(line, options);
            if wrapped.is_empty() {
                let _ = writeln!(self.out, "{}", begin.trim_end());
            }
            for line in wrapped {
                let _ = writeln!(self.out, "{}", line.trim_end());
            }
        }
    }
}

/// A field of a struct.
struct Field<'s> {
    name: &'s str,
    schema: &'s Value,
    required: bool,
    /// Whether every form of the object has the field.
    everywhere: bool,
}

impl Field<'_> {
    /// Whether the field is the `format` of a document.
    fn is_form(&self) -> bool {
        self.name == "format" && self.schema["const"].is_string()
    }

    /// Whether the field may be missing and this differs from an empty value.
    fn is_option(&self) -> bool {
        let may_be_null = types(self.schema).any(|name| name == "null")
            || forms(self.schema).any(|form| *form == json!({ "type": "null" }));
        let has_empty = types(self.schema).any(|name| ["array", "integer"].contains(&name))
            || self.schema["const"].is_boolean();
        may_be_null || !self.everywhere || !self.required && !has_empty
    }
}

/// The fields of an object; of an object with several forms the fields of all forms, each once.
fn fields(schema: &Value) -> Vec<Field<'_>> {
    let forms: Vec<&Value> = std::iter::once(schema).chain(forms(schema)).collect();
    let objects = || forms.iter().filter(|form| form["properties"].is_object());
    let mut all: Vec<Field<'_>> = Vec::new();
    for (form, fields) in objects().filter_map(|form| Some((form, form["properties"].as_object()?)))
    {
        for (name, schema) in fields {
            let required =
                form["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
            let everywhere = objects().all(|form| form["properties"].get(name).is_some());
            if all.iter().all(|field| field.name != name) {
                all.push(Field { name, schema, required, everywhere });
            }
        }
    }
    all
}

fn forms(schema: &Value) -> impl Iterator<Item = &Value> {
    schema["anyOf"].as_array().into_iter().flatten()
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let one = schema["type"].as_str();
    let several = schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(several)
}

fn capital(name: &str) -> String {
    let mut signs = name.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}
