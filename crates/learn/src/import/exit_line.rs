//! Exit codes that the last line of a shell's result tells.

/// The number between `before` and `after` when both are all else that the last line has, and the
/// text above it.
pub(super) fn told<'a>(text: &'a str, before: &str, after: &str) -> Option<(i64, &'a str)> {
    let text = text.trim_ascii_end();
    let (above, line) = text.rsplit_once('\n').unwrap_or(("", text));
    let code = line.strip_prefix(before)?.strip_suffix(after)?.parse().ok()?;
    Some((code, above.trim_ascii_end()))
}

/// The text of a command that failed, in the form that all formats give it.
pub(super) fn with_code(code: i64, text: &str) -> String {
    format!("Exit code {code}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_last_line_of_its_own_tells_an_exit_code() {
        let of = |text| told(text, "[code ", "]");
        assert_eq!(of("a\nb\n\n\n[code 2]\n"), Some((2, "a\nb")));
        assert_eq!(of("[code -1]"), Some((-1, "")));
        for none in ["", "[code 2] x", "x [code 2]", "[code two]", "[code 2", "[code 2]\nx"] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
