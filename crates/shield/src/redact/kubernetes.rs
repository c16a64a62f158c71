//! The data of a Kubernetes secret.

use super::scan::Scan;
use super::value::{base64, run};

/// Bytes around the data in which the kind of the object is looked for; keeps the time linear.
const AROUND: usize = 512;

/// Finds the lines below `data:` in an object of the kind `Secret`, which may be named before or
/// after them. Cuts all of them together.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    let begins_line = at == 0 || bytes.get(at - 1) == Some(&b'\n');
    let rest = bytes.get(at..).unwrap_or_default();
    if !begins_line || !rest.starts_with(b"data:\n") {
        return Scan::Nothing;
    }
    let from = at + "data:\n".len();
    let mut end = from;
    while let Some(next) = entry(bytes, end) {
        end = next;
    }
    let is_secret = |text: &[u8]| text.windows(12).any(|w| w == b"kind: Secret");
    let before = bytes.get(at.saturating_sub(AROUND)..at).unwrap_or_default();
    let behind = bytes.get(end..bytes.len().min(end + AROUND)).unwrap_or_default();
    // Three dashes separate objects.
    let object = |w: &[u8]| w == b"---";
    let before = before.get(before.windows(3).rposition(object).unwrap_or(0)..).unwrap_or_default();
    let behind = behind.get(..behind.windows(3).position(object).unwrap_or(behind.len()));
    if end == from || !(is_secret(before) || behind.is_some_and(is_secret)) {
        return Scan::NothingBefore(end);
    }
    let first = run(bytes, from, |b| b == b' ');
    let last = bytes.get(from..end).unwrap_or_default().iter().rposition(|b| *b != b'\n');
    Scan::Found(first..last.map_or(end, |last| from + last + 1))
}

/// The end of the line `  name: value` at `from`, when the value is base64.
fn entry(bytes: &[u8], from: usize) -> Option<usize> {
    /// Longest name that is read.
    const NAME: usize = 256;
    let indent = run(bytes, from, |b| b == b' ');
    let window = bytes.get(..bytes.len().min(indent + NAME))?;
    let name =
        run(window, indent, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let value = bytes.get(name..)?.strip_prefix(b": ").map(|_| name + 2)?;
    let quote = |b: u8| matches!(b, b'"' | b'\'');
    let value_end = run(bytes, run(bytes, value, quote), |b| base64(b) && b != b'~');
    let end = run(bytes, value_end, quote);
    let is_end = end == bytes.len() || bytes.get(end) == Some(&b'\n');
    (indent > from && name > indent && value_end > value && is_end)
        .then(|| bytes.len().min(end + 1))
}

#[cfg(test)]
mod tests {
    use crate::redact::redact;

    const DATA: &str = "data:\n  user: YWRtaW4=\n  path: \"aHVudGVyMg==\"\n";
    const CUT: &str = "data:\n  [REDACTED:kubernetes-secret]\n";

    #[test]
    fn the_data_of_a_secret_is_cut_wherever_its_kind_is_told() {
        for (before, after) in [
            ("kind: Secret\nmetadata:\n  name: my-db\n", "type: Opaque\n"),
            ("apiVersion: v1\n", "kind: Secret\nmetadata:\n  name: db\n"),
        ] {
            assert_eq!(
                redact(&format!("{before}{DATA}{after}")).text,
                format!("{before}{CUT}{after}")
            );
        }
    }

    #[test]
    fn data_of_another_object_stays() {
        for text in [
            format!("kind: ConfigMap\n{DATA}"),
            format!("kind: Secret\nmetadata:\n---\nkind: ConfigMap\n{DATA}"),
            format!("{DATA}---\nkind: Secret\n"),
            "kind: Secret\ndata:\nstringData:\n".into(),
        ] {
            assert_eq!(redact(&text).text, text);
        }
    }
}
