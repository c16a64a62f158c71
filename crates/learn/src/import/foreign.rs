//! Recognises transcripts that no importer reads. The result is only shown to people and decides
//! nothing.

use crate::json_value::Map;

/// A program, and fields that its records combine and that no record of another format combines:
/// GitHub Copilot CLI, whose reader knows a record by its type too, so that this names files of a
/// version whose types we do not know. We list only programs whose files we have seen.
const PROGRAMS: &[(&str, &[&str])] = &[("GitHub Copilot CLI", &["type", "data", "parentId"])];

/// The program that writes such records.
pub(super) fn name(record: &Map<'_>) -> Option<&'static str> {
    let fits = |fields: &[&str]| fields.iter().all(|field| record.contains_key(field));
    PROGRAMS.iter().find(|(_, fields)| fits(fields)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::super::{detect, looks_like};

    #[test]
    fn only_a_program_of_which_there_are_files_is_guessed_by_the_shape_of_its_records() {
        let guesses = [
            (
                r#"{"type":"run.begun","data":{},"id":"1","timestamp":"2026-02-01T10:00:00Z","parentId":"0"}"#,
                Some("GitHub Copilot CLI"),
            ),
            (r#"[{"ts":1,"type":"say","say":"text","text":"Build it."}]"#, None),
            (r#"{"role":"user","message":{"content":[{"type":"text","text":"Build it."}]}}"#, None),
            (r#"[{"id":0,"source":"agent","action":"run","args":{"command":"make"}}]"#, None),
            (r#"{"day":"Monday","text":"Build it."}"#, None),
            ("Dear diary", None),
        ];
        for (text, name) in guesses {
            assert_eq!(
                (detect(text.as_bytes()), looks_like(text.as_bytes())),
                (None, name),
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_reader_knows_is_not_guessed_at() {
        let line = r#"{"type":"user","uuid":"u","sessionId":"s","parentId":"p","data":{},"message":{"content":"x"}}"#;
        assert_eq!(
            (detect(line.as_bytes()), looks_like(line.as_bytes())),
            (Some("claude-code"), None)
        );
    }
}
