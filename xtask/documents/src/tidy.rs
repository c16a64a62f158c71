//! Rewrites the schemas of `schemars` into few forms, so that people and generators read them
//! alike.

use serde_json::{Map, Value, json};

type Schema = Map<String, Value>;

/// Rewrites a schema and all schemas within it.
pub fn tidy(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    // The forms of a document exclude each other, so `anyOf` says the same as `oneOf`.
    if let Some(forms) = schema.remove("oneOf") {
        schema.insert("anyOf".into(), forms);
    }
    // "64 bits" says less than the range within 2^53 - 1 that the schema gives too.
    schema.remove("format");
    for (keyword, within) in schema.iter_mut() {
        match (keyword.as_str(), within) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(tidy),
            ("anyOf" | "items", Value::Array(all)) => all.iter_mut().for_each(tidy),
            ("additionalProperties" | "items", one) => tidy(one),
            _ => {}
        }
    }
    words(schema);
    nullable(schema);
    object(schema);
    if let Some(Value::String(comment)) = schema.shift_remove("description") {
        schema.shift_insert(0, "description".into(), described(&comment).into());
    }
}

/// Turns a choice of words into a list of words; their meanings go to the end of the description.
fn words(schema: &mut Schema) {
    let word = |case: &Value| case.get("const").cloned();
    let Some(cases) = schema.get("anyOf").and_then(Value::as_array) else { return };
    let Some(words) = cases.iter().map(word).collect::<Option<Vec<_>>>() else { return };
    let meaning = |case: &Value| {
        let (word, comment) = (case["const"].as_str()?, case["description"].as_str()?);
        let title = case["title"].as_str().map(|title| format!(" ({title})"));
        Some(format!("- `{word}`{}: {}", title.unwrap_or_default(), comment_of(comment)))
    };
    let meanings = cases.iter().filter_map(meaning).collect::<Vec<_>>().join("\n");
    let about = schema.get("description").and_then(Value::as_str).map(described);
    let about: Vec<String> = about.into_iter().chain([meanings]).collect();
    schema.remove("anyOf");
    schema.insert("description".into(), about.join("\n\n").into());
    schema.insert("type".into(), "string".into());
    schema.insert("enum".into(), words.into());
}

/// Turns a choice of a plain type and `null` into a list of two types.
fn nullable(schema: &mut Schema) {
    let Some([form, other]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
    else {
        return;
    };
    let plain = form.get("type").filter(|_| is_null(other) && form.get("enum").is_none());
    let Some(types) = plain.map(|plain| json!([plain, "null"])) else { return };
    let minimum = form.get("minimum").cloned();
    schema.remove("anyOf");
    schema.insert("type".into(), types);
    schema.extend(minimum.map(|minimum| ("minimum".to_owned(), minimum)));
}

fn is_null(schema: &Value) -> bool {
    *schema == json!({ "type": "null" })
}

/// Forbids other fields. A field that may be left out is never `null`, and a switch among them
/// never `false`.
fn object(schema: &mut Schema) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(fields)) = schema.get_mut("properties") else { return };
    for (name, field) in fields.iter_mut() {
        if let (Some(field), false) = (field.as_object_mut(), required.contains(&json!(name))) {
            never_empty(field);
        }
    }
    schema.insert("additionalProperties".into(), false.into());
}

fn never_empty(field: &mut Schema) {
    let left_out = match field.get("type").and_then(Value::as_str) {
        Some("boolean") => {
            field.insert("const".into(), true.into());
            "Left out when it is not so."
        }
        Some("integer") => "Left out when 0.",
        Some("array") => "Left out when empty.",
        _ => "Left out when there is none.",
    };
    if let Some(types) = field.get("type").and_then(Value::as_array) {
        let plain = types.iter().find(|name| **name != "null").cloned().unwrap_or_default();
        field.insert("type".into(), plain);
    }
    let forms = field.get("anyOf").and_then(Value::as_array).map(Vec::as_slice);
    if let Some([Value::Object(form), other]) = forms
        && is_null(other)
    {
        let (form, comment) = (form.clone(), field.get("description").cloned());
        field.remove("anyOf");
        field.extend(form);
        field.extend(comment.map(|comment| ("description".to_owned(), comment)));
    }
    if let Some(Value::String(comment)) = field.get_mut("description") {
        comment.insert_str(comment_of(comment).len(), &format!(" {left_out}"));
    }
}

/// The description for readers of documents: the first paragraph of a comment, and the meanings of
/// words.
fn described(comment: &str) -> String {
    let meanings = comment.split("\n\n").skip(1).filter(|part| part.starts_with("- `"));
    let about = comment_of(comment).replace('\n', " ").replace("`None`", "`null`");
    std::iter::once(about.as_str()).chain(meanings).collect::<Vec<_>>().join("\n\n")
}

/// The first paragraph of a comment. The others are for readers of the code.
fn comment_of(comment: &str) -> &str {
    comment.split("\n\n").next().unwrap_or_default()
}
