//! Reads lines, and checks the digest of them at the end.

use std::io::BufRead;

use sha2::{Digest as _, Sha256};

use crate::{FORMAT, Line, digests};

/// Hands the lines of `file` to `take`, without the last one. `reader` is what reads it, in two words: what it is, and its name.
/// What `take` was given counts only when all of the file was read.
///
/// # Errors
/// Why the file cannot be used, in words.
pub fn read(
    file: &mut impl BufRead,
    reader: (&str, &str),
    mut take: impl FnMut(Line) -> Result<(), String>,
) -> Result<(), String> {
    let mut hash = Sha256::new();
    let mut lines = 0;
    let mut bytes = Vec::new();
    let mut ended = false;
    loop {
        bytes.clear();
        let read = file.read_until(b'\n', &mut bytes);
        if read.map_err(|error| error.to_string())? == 0 {
            break;
        }
        let number = lines + 1;
        if ended {
            return Err(format!("line {number}: there is more after the last line"));
        }
        if lines == 0 {
            check_form(&bytes, reader)?;
        }
        let line = serde_json::from_slice(&bytes)
            .map_err(|error| format!("line {number} is damaged: {error}"))?;
        if let Line::End { lines: expected, digest } = line {
            if expected != lines || digest != digests::hex(hash.clone()) {
                return Err("the file is damaged: its digest is another".into());
            }
            ended = true;
        } else {
            take(line).map_err(|error| format!("line {number} does not fit: {error}"))?;
        }
        hash.update(&bytes);
        lines += 1;
    }
    if ended { Ok(()) } else { Err("the file is cut off: its last line is missing".into()) }
}

/// Checks the form first, so that a newer file is not reported as damaged.
fn check_form(line: &[u8], (what, name): (&str, &str)) -> Result<(), String> {
    let first: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    match first.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => Ok(()),
        Some(other) if other.starts_with("dreaming.export/") => Err(format!(
            "the file has the form {other}, this {what} reads {FORMAT}: use a newer `{name}`"
        )),
        _ => Err("no file that `dreaming export` wrote".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Writer;

    fn taken(bytes: &[u8]) -> Result<Vec<Line>, String> {
        let mut lines = Vec::new();
        read(&mut &*bytes, ("test", "dreaming-test"), |line| {
            lines.push(line);
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn what_was_written_is_read_and_a_file_that_is_not_whole_is_not() {
        let meta = |key: &str| Line::Meta { key: key.into(), value: "ü\n".into() };
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        writer.line(&meta("a"));
        writer.line(&meta("b"));
        assert_eq!(writer.finish().unwrap(), 3);
        let first = Line::Export { format: FORMAT.into() };
        assert_eq!(taken(&bytes).unwrap(), [first, meta("a"), meta("b")]);
        for end in 0..bytes.len() - 1 {
            assert!(taken(&bytes[..end]).is_err(), "{end}");
        }
        for at in 0..bytes.len() - 1 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(taken(&flipped).is_err(), "{at}");
        }
        let newer = String::from_utf8(bytes).unwrap().replace("export/1", "export/2");
        let why = taken(newer.as_bytes()).unwrap_err();
        assert!(why.contains("this test reads") && why.contains("`dreaming-test`"), "{why}");
    }
}
