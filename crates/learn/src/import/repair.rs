//! Completes the beginning of a JSON object so that it can be parsed.

/// Closes the string, objects and arrays that are open at the end of the bytes, after dropping an
/// incomplete key or a key without a value. `None` when nothing is open.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut escape = None;
    // The end of the last complete value in an object or array. What is open there is still open at
    // the end.
    let mut whole = 0;
    let mut is_value = false;
    for (at, byte) in bytes.iter().enumerate() {
        if in_string {
            match (escape, byte) {
                (Some(start), _) if at == start + 1 && *byte != b'u' => escape = None,
                (Some(start), _) if at == start + 5 => escape = None,
                (Some(_), _) => {}
                (None, b'\\') => escape = Some(at),
                (None, b'"') => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                open.push(if *byte == b'{' { b'}' } else { b']' });
                is_value = *byte == b'[';
                whole = at + 1;
            }
            b'}' | b']' => {
                open.pop();
                whole = at + 1;
            }
            b':' => is_value = true,
            b',' => {
                is_value = open.last() == Some(&b']');
                whole = at;
            }
            _ => {}
        }
    }
    if open.is_empty() {
        return None;
    }
    let mut out = if in_string && is_value {
        let end = escape.unwrap_or(bytes.len());
        let text = bytes.get(..end)?;
        let cut = text.utf8_chunks().last().map_or(0, |chunk| chunk.invalid().len());
        let text = text.get(..end.saturating_sub(cut))?;
        [text, b"\""].concat()
    } else {
        bytes.get(..whole)?.to_vec()
    };
    out.extend(open.iter().rev());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_of_an_object_can_be_read() {
        let text = r#"{"a":"x\"é\u00e9 y","b":[1,{"c":[true,"q"]},-2.5],"d":{"e":null},"f":"\\"}"#;
        let all: serde_json::Value = serde_json::from_str(text).unwrap();
        for at in 1..text.len() {
            let closed = closed(&text.as_bytes()[..at]).unwrap();
            let got: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(&closed).unwrap_or_else(|e| panic!("cut at {at}: {e}"));
            assert!(got.keys().all(|key| all.get(key).is_some()), "cut at {at}");
            let a = got.get("a").map(|a| a.as_str().unwrap());
            assert!(a.is_none_or(|a| all["a"].as_str().unwrap().starts_with(a)), "cut at {at}");
        }
        assert_eq!(closed(text.as_bytes()), None);
        assert_eq!(closed(b""), None);
    }

    #[test]
    fn deep_nesting_takes_linear_time() {
        // Copying the stack at each bracket would take half a terabyte.
        let closed = closed(&vec![b'['; 1 << 20]).unwrap();
        assert_eq!(closed.len(), 2 << 20);
    }
}
