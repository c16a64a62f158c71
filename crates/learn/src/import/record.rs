//! Parses a frame into a JSON object, tolerantly, and counts the frames that are none.

use crate::json_value::{self, Map, Unread, Value};

use super::frame::{BYTE_ORDER_MARK, Frame};
use dreaming_records::session::Account;

/// The object in a frame; `None` when the frame is blank or was counted as unusable. The values of
/// the fields `unread` are dropped.
pub(super) fn read<'a>(frame: Frame<'a>, unread: Unread, account: &mut Account) -> Option<Map<'a>> {
    let bytes = match frame {
        Frame::Record(bytes) | Frame::Beside(bytes) => bytes,
        Frame::TooLong => {
            account.lines += 1;
            account.too_long += 1;
            return None;
        }
    };
    // A byte order mark is no part of a record. Concatenated files have one in the middle.
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if bytes.iter().all(|b| is_blank(*b)) {
        return None;
    }
    account.lines += 1;
    // Lossy conversion looks at each character, and nearly every line is valid UTF-8.
    let value = if let Ok(text) = std::str::from_utf8(bytes) {
        parse(text, unread)
    } else {
        account.not_utf8 += 1;
        parse(&String::from_utf8_lossy(bytes), unread).map(Value::into_owned)
    };
    match value {
        Some(Value::Object(fields)) => Some(fields),
        Some(_) => {
            account.not_object += 1;
            None
        }
        None => {
            account.not_json += 1;
            None
        }
    }
}

/// ASCII white space, and the separators that other line readers treat as such.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x1f | b' ')
}

fn parse(text: &str, unread: Unread) -> Option<Value<'_>> {
    // Programs that cut a text by UTF-16 units leave half a surrogate pair.
    json_value::read_without(text, unread).or_else(|| {
        let whole = text.contains("\\u").then(|| without_lone_surrogates(text))?;
        json_value::read_without(&whole, unread).map(Value::into_owned)
    })
}

/// The JSON text with every `\uD800`..`\uDFFF` escape that has no partner replaced by `\ufffd`.
fn without_lone_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let unit = |from: usize| {
            let digits = escape.get(from..from + 6)?.strip_prefix("\\u")?;
            u16::from_str_radix(digits, 16).ok()
        };
        let (piece, length) = match (unit(0), unit(6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (escape.get(..12), 12),
            (Some(0xd800..=0xdfff), _) => (Some("\\ufffd"), 6),
            // The backslash and the character that it escapes, of any width.
            _ => {
                let width = escape.chars().take(2).map(char::len_utf8).sum();
                (escape.get(..width), width)
            }
        };
        out.push_str(piece.unwrap_or_default());
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_whole_pairs_stay() {
        let text = r#"{"a":"\ud83d\ude00 \ud83d x \ude00 \\ud83d \n"}"#;
        let value = parse(text, &[]).unwrap();
        assert_eq!(
            value.get("a").and_then(Value::as_str),
            Some("\u{1f600} \u{fffd} x \u{fffd} \\ud83d \n")
        );
    }

    #[test]
    fn what_is_no_object_is_counted_by_its_reason() {
        let mut account = Account::default();
        for line in [&b"[1]"[..], b"{\"a\":", b"\0\0", b"  \t", b"{\"a\":\"\xff\"}", b"nope"] {
            read(Frame::Record(line), &[], &mut account);
        }
        read(Frame::TooLong, &[], &mut account);
        let want = Account {
            lines: 6,
            not_object: 1,
            not_json: 3,
            not_utf8: 1,
            too_long: 1,
            ..Account::default()
        };
        assert_eq!(account, want);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_record() {
        let mut account = Account::default();
        assert!(read(Frame::Record(b"\xef\xbb\xbf{\"a\":1}"), &[], &mut account).is_some());
        assert!(read(Frame::Record(b"\xef\xbb\xbf"), &[], &mut account).is_none());
        assert_eq!((account.lines, account.not_json), (1, 0));
    }
}
