//! What a person typed, and how a call ended: the program writes both into texts of its own.

use crate::json_value::{self, Value};

use super::tools::Made;

/// Marks around what a person typed, in tasks.
const TYPED: &[&str] = &["answer", "feedback", "task", "user_message"];

/// What the program writes before such a mark, in Cline 3.82 and Roo Code 3.
const BEFORE: &[&str] = &[
    "",
    "The user provided the following feedback:\n",
    "The user has provided feedback on the results. Consider their input to continue the task, and then attempt completion again.\n",
    "You seem to be having trouble proceeding. The user has provided the following feedback to help guide you:\n",
    "[The user has switched to ACT MODE, so you may now proceed with the task.]\n\nThe user also provided the following message when switching to ACT MODE:\n",
    "New instructions for task continuation:\n",
    "New message to respond to with plan_mode_respond tool (be sure to provide your response in the <response> parameter):\n",
    "The user denied this operation and provided the following feedback:\n",
];

/// The same in sessions of the newer programs, with what is told of a mode before it.
const INPUT: &str = "<user_input mode=";
const INPUT_END: &str = "</user_input>";
const NOTICE: (&str, &str) = ("<mode_notice>", "</mode_notice>");

/// How a text begins that goes on with a task, and what stands there before a person's words.
const RESUMED: &str = "[TASK RESUMPTION]";
const CONTINUED: &str = "New instructions for task continuation:\n";

/// Tools with which the agent speaks to a person: what the program says of the reply is not what
/// any other tool printed.
const SPEAKING: &[&str] = &["ask_followup_question", "attempt_completion", "plan_mode_respond"];

/// How a text ends that names a call before its result.
const LABEL: &str = "] Result:";

/// How a result begins that a person refused.
const REFUSED: &[&str] = &[
    "The user denied this operation",
    "The user denied this patch operation",
    "This tool call was rejected by the user",
];

/// How a result begins of a call that could not be made, or was not.
const FAILED: &[&str] = &[
    "Command execution was not successful",
    "Command terminated by signal",
    "Missing value for required parameter",
    "The tool execution failed with the following error:",
    "Tool approval requires an interactive session",
    "[ERROR]",
];

/// What a call is told that was left out because a person refused one before it.
const LEFT_OUT: &str = "due to user rejecting a previous tool";

/// Where a result ends with its exit code, and the words before the code.
const OUTPUT: &str = "\nOutput:";
const EXIT_CODES: &[&str] = &["exit code ", "Exit code: "];

/// How a call ended.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    /// What a person said with it.
    pub(super) said: Option<String>,
    pub(super) failed: bool,
    pub(super) refused: bool,
}

/// What a person typed of a text; `None` when the program wrote all of it.
pub(super) fn typed(text: &str) -> Option<&str> {
    between(text).map(str::trim_ascii)
}

fn between(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(INPUT) {
        let (_, inner) = rest.split_once('>')?;
        // What stands behind the mark was added.
        let inner = match inner.strip_suffix(INPUT_END) {
            Some(inner) => inner,
            None => inner.split_once(INPUT_END)?.0,
        };
        return Some(match inner.strip_prefix(NOTICE.0) {
            Some(noticed) => noticed.split_once(NOTICE.1)?.1,
            None => inner,
        });
    }
    if text.starts_with(RESUMED) {
        return marked(text.split_once(CONTINUED)?.1);
    }
    BEFORE.iter().find_map(|before| marked(text.strip_prefix(before)?))
}

/// What stands between marks at the beginning of a text. Of several ends the first counts, so that
/// nothing behind the marks is taken for a person's words.
fn marked(text: &str) -> Option<&str> {
    TYPED.iter().find_map(|name| {
        let rest = text.strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
        let end = rest.match_indices("</").find(|(at, _)| {
            let tail = rest.get(at + 2..).and_then(|tail| tail.strip_prefix(name));
            tail.is_some_and(|tail| tail.starts_with('>'))
        })?;
        rest.get(..end.0)
    })
}

/// The tool whose result a text says that it is.
pub(super) fn labelled(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[').filter(|inner| inner.contains(LABEL))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let tool = inner.get(..inner.find(|c| !is_name(c))?)?;
    let rest = inner.get(tool.len()..)?;
    let is_label = rest.starts_with(LABEL) || rest.starts_with(" for ");
    (is_label && !tool.is_empty()).then_some(tool)
}

/// The result behind the label of a call: empty when it is the next text. The label repeats an
/// argument of the call, which may hold anything: `None` when it cannot be told from the result.
pub(super) fn result<'a>(text: &'a str, call: &Made) -> Option<&'a str> {
    let inner = text.strip_prefix('[')?.strip_prefix(&*call.tool)?;
    let behind = match inner.strip_prefix(LABEL) {
        Some(behind) => Some(behind),
        None if call.shown.is_empty() => None,
        None => {
            let shown = inner.strip_prefix(" for '")?.strip_prefix(&*call.shown);
            shown.and_then(|rest| rest.strip_prefix('\'')?.strip_prefix(LABEL))
        }
    }?;
    Some(behind.strip_prefix('\n').or(behind.strip_prefix(' ')).unwrap_or(behind))
}

/// What the text of a result says.
pub(super) fn of(call: &Made, text: String) -> Answer {
    let text = match json_value::read(&text) {
        Some(value) if value.as_object().is_some() => return structured(&value, &text),
        _ => text,
    };
    let is_reply = call.is_clear && SPEAKING.contains(&&*call.tool);
    let said = is_reply.then(|| typed(&text)).flatten().map(str::to_owned);
    let begins = |openings: &[&str]| openings.iter().any(|opening| text.starts_with(opening));
    let refused = begins(REFUSED) || (text.starts_with("Skipping") && text.contains(LEFT_OUT));
    let failed = refused || begins(FAILED) || exit_code(&text).is_some_and(|code| code != 0);
    Answer { text, said, failed, refused }
}

/// The exit code that the lines before the output tell.
fn exit_code(text: &str) -> Option<i64> {
    let (head, _) = text.split_once(OUTPUT).unwrap_or((text.lines().next()?, ""));
    let code = EXIT_CODES.iter().find_map(|words| Some(head.rsplit_once(words)?.1))?;
    let digits = code.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(code.len());
    code.get(..digits)?.parse().ok()
}

/// What a result says that is an object: `success` or an `error` in the newer programs, a `status`
/// in Roo Code.
fn structured(value: &Value<'_>, whole: &str) -> Answer {
    let word = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let texts = ["result", "text", "error", "feedback", "message"].map(word);
    let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or(whole);
    let status = word("status");
    let refused = status == "denied" || REFUSED.iter().any(|words| text.starts_with(words));
    let failed = match value.get("success").and_then(Value::as_bool) {
        Some(worked) => !worked,
        None => status == "error" || !word("error").is_empty(),
    };
    Answer { text: text.into(), said: None, failed: failed || refused, refused }
}
