//! Changes values in a configuration file; comments, order and all other keys stay as they are.

use toml_edit::{DocumentMut, Item, RawString, Value};

use crate::error::{Error, Result};

/// `text` with `values`; `None` takes a key away. A file that is not there yet begins with `head`.
///
/// # Errors
/// [`Error::Usage`] for a text that is no TOML.
pub fn set(text: Option<&str>, head: &str, values: &[(&str, Option<Value>)]) -> Result<String> {
    let known = text.unwrap_or(head);
    let mut document: DocumentMut =
        known.parse().map_err(|error: toml_edit::TomlError| Error::Usage(error.to_string()))?;
    if document.is_empty() {
        if values.iter().all(|(_, value)| value.is_none()) {
            return Ok(known.into());
        }
        // A file with comments only: TOML attaches them to no key, so the new values go after them.
        let mut fresh = DocumentMut::new();
        let kept = values.iter().filter_map(|(key, value)| Some((key, value.clone()?)));
        kept.for_each(|(key, value)| drop(fresh.insert(key, Item::Value(value))));
        let end = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
        return Ok(format!("{known}{end}{fresh}"));
    }
    for (key, value) in values {
        let old = document.get_mut(key).and_then(Item::as_value_mut);
        match (value, old) {
            (Some(value), Some(old)) => {
                let decor = old.decor().clone();
                *old = value.clone();
                *old.decor_mut() = decor;
            }
            (Some(value), None) => drop(document.insert(key, Item::Value(value.clone()))),
            (None, _) => remove(&mut document, key),
        }
    }
    let text = document.to_string();
    // Keep the line ends of the file.
    let is_crlf = known.contains("\r\n");
    Ok(if is_crlf { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text })
}

/// Removes a key. The comment above it moves to the next key.
fn remove(document: &mut DocumentMut, key: &str) {
    let above = document.key(key).and_then(|key| key.leaf_decor().prefix()?.as_str());
    let above = above.unwrap_or_default().to_owned();
    let names: Vec<String> = document.iter().map(|(name, _)| name.to_owned()).collect();
    let next = names.iter().skip_while(|name| *name != key).nth(1);
    if document.remove(key).is_none() || above.trim().is_empty() {
        return;
    }
    let next = next.map_or("", String::as_str);
    if let Some(table) = document.get_mut(next).and_then(Item::as_table_mut) {
        let prefix = above + words(table.decor().prefix());
        table.decor_mut().set_prefix(prefix);
    } else if let Some(mut key) = document.key_mut(next) {
        let prefix = above + words(key.leaf_decor().prefix());
        key.leaf_decor_mut().set_prefix(prefix);
    } else {
        let end = above + words(Some(document.trailing()));
        document.set_trailing(end);
    }
}

fn words(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_changes() {
        let before = "# Mine.\nmodel = \"openai:gpt-5\"  # dear\n\n[settings]\n# why\nsteer.ignore = [ \"demo\" ]\n";
        let after = set(
            Some(before),
            "",
            &[("model", Some("exec:x".into())), ("max-cost", Some(1.5.into()))],
        );
        let expected = "# Mine.\nmodel = \"exec:x\"  # dear\nmax-cost = 1.5\n\n[settings]\n# why\nsteer.ignore = [ \"demo\" ]\n";
        assert_eq!(after.unwrap(), expected);
    }

    #[test]
    fn a_file_of_comments_keeps_them_in_front_and_a_new_one_has_its_head() {
        let values = [("memory", Some("notes".into()))];
        assert_eq!(set(Some("# mine"), "", &values).unwrap(), "# mine\nmemory = \"notes\"\n");
        assert_eq!(set(None, "# head\n", &values).unwrap(), "# head\nmemory = \"notes\"\n");
    }

    #[test]
    fn what_goes_leaves_the_comment_above_it() {
        let before = "# All of it.\nmodel = \"openai:gpt-5\"\nmemory = \"notes\"\n";
        let after = set(Some(before), "", &[("model", None), ("max-cost", None)]).unwrap();
        assert_eq!(after, "# All of it.\nmemory = \"notes\"\n");
        let before = "# All of it.\nmodel = \"openai:gpt-5\"\n\n[settings]\nsteer.ignore = []\n";
        let after = set(Some(before), "", &[("model", None)]).unwrap();
        assert_eq!(after, "# All of it.\n\n[settings]\nsteer.ignore = []\n");
        let after = set(Some("# Mine.\nmodel = \"x\"\n"), "", &[("model", None)]).unwrap();
        assert_eq!(after, "# Mine.\n");
    }
}
