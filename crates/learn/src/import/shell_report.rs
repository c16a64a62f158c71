//! The report that Gemini CLI and Qwen Code give to the model when a shell has run, a line for each
//! field: `Command`, `Directory`, `Output`, `Error`, `Exit Code` and so on. Some versions leave out
//! fields that say nothing, and put tags around all.

/// The tool that runs a shell.
pub(super) const SHELL_TOOL: &str = "run_shell_command";

/// The tags around a report.
const TAGS: (&str, &str) = ("<untrusted_context>\n", "\n</untrusted_context>");

/// How the output begins, and what stands there when nothing was printed.
const OUTPUT: &str = "Output: ";
const NOTHING: &str = "(empty)";

/// How the lines behind the output begin. Another program may print a line that begins with
/// `Error: `, so only one that says that there was none belongs to the report.
const BEHIND: &[&str] =
    &["Error: (none)", "Exit Code: ", "Signal: ", "Background PIDs: ", "Process Group PGID: "];

/// How the line with the exit code begins.
const EXIT_CODE: &str = "Exit Code: ";

/// What a shell printed, and its exit code if the report names one. A text that is no report stays
/// as it is.
pub(super) fn read(report: &str) -> (&str, Option<i64>) {
    let (open, close) = TAGS;
    let inner = report.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let report = inner.unwrap_or(report);
    let code = report.lines().rev().find_map(|line| line.strip_prefix(EXIT_CODE));
    let code = code.and_then(|code| code.trim_ascii().parse().ok());
    let begins = match report.find("\nOutput: ") {
        _ if report.starts_with(OUTPUT) => Some(0),
        at => at.map(|at| at + 1),
    };
    let Some(text) = begins.and_then(|at| report.get(at + OUTPUT.len()..)) else {
        return (report, code);
    };
    let mut text = text;
    while let Some((before, line)) = text.rsplit_once('\n')
        && BEHIND.iter().any(|field| line.starts_with(field))
    {
        text = before;
    }
    (if text == NOTHING { "" } else { text }, code)
}

/// The text of a command that ended with this exit code, in the form that all formats give it.
pub(super) fn with_code(text: &str, code: Option<i64>) -> String {
    match code {
        Some(code) if code != 0 => format!("Exit code {code}\n{text}"),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_what_was_printed_and_the_exit_code() {
        let whole = "Command: make\nDirectory: (root)\nOutput: a\nError: b\nError: (none)\nExit Code: 2\nSignal: (none)\nProcess Group PGID: (none)";
        assert_eq!(read(whole), ("a\nError: b", Some(2)));
        let tagged = "<untrusted_context>\nOutput: boom\nExit Code: 1\nProcess Group PGID: 7\n</untrusted_context>";
        assert_eq!(read(tagged), ("boom", Some(1)));
        assert_eq!(read("Output: fine\nProcess Group PGID: 7"), ("fine", None));
        assert_eq!(read("Output: (empty)\nExit Code: 0"), ("", Some(0)));
        assert_eq!(read("Stdout: x\nExit Code: -1"), ("Stdout: x\nExit Code: -1", Some(-1)));
        assert_eq!(read("Exit Code: x"), ("Exit Code: x", None));
        for text in ["", "\n", "Output: ", "<untrusted_context>\n", "plain"] {
            assert_eq!(read(text).1, None, "{text}");
        }
        assert_eq!(with_code("boom", Some(2)), "Exit code 2\nboom");
        assert_eq!((with_code("a", Some(0)), with_code("a", None)), ("a".into(), "a".into()));
    }
}
