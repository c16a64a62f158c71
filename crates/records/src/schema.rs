//! Parts of the documents' schema that do not follow from types alone. Only `cargo xtask documents`
//! builds this.

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// An object with a count for each word of `K` that occurs.
pub fn counts<K: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let count = u64::json_schema(generator);
    let words = K::json_schema(generator);
    let cases = words.get("oneOf").and_then(|cases| cases.as_array()).into_iter().flatten();
    let words = cases.filter_map(|case| case.get("const")?.as_str().map(str::to_owned));
    let mut schema = Schema::default();
    schema.insert("type".to_owned(), "object".into());
    let counts = words.map(|word| (word, count.as_value().clone())).collect();
    schema.insert("properties".to_owned(), counts);
    schema
}

/// Removes a case that the field never has.
pub fn without(word: &'static str) -> impl FnMut(&mut Schema) {
    move |schema| {
        if let Some(fields) = schema.get_mut("properties").and_then(|all| all.as_object_mut()) {
            fields.remove(word);
        }
        if let Some(cases) = schema.get_mut("oneOf").and_then(|all| all.as_array_mut()) {
            cases.retain(|case| case.get("const").is_none_or(|case| case != word));
        }
    }
}
