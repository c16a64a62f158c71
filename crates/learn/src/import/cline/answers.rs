//! What a person typed, and how a call ended: the program writes both into texts of its own.

use crate::json_value::{self, Value};

use super::super::fields::word_of;
use super::made::Made;

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
];

/// What a call is told that was left out because a person refused one before it.
const LEFT_OUT: &str = "due to user rejecting a previous tool";

/// The tool whose result tells an exit code, where the output begins, and the words before the code.
const SHELL: &str = "execute_command";
const OUTPUT: &str = "\nOutput:";
const EXIT_CODES: &[&str] = &["exit code ", "Exit code: "];

/// How a call ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
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
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let tool = inner.get(..inner.find(|c| !is_name(c))?)?;
    let rest = inner.get(tool.len()..)?;
    let is_label = rest.starts_with(LABEL) || rest.starts_with(' ');
    (is_label && !tool.is_empty()).then_some(tool)
}

/// The result behind the label of a call, empty when it is the next text, and whether it can be told
/// from the label, which repeats an argument of the call that may hold anything.
pub(super) fn result<'a>(text: &'a str, call: &Made) -> (&'a str, bool) {
    let exact = exact(text, call);
    let behind = exact.or_else(|| Some(text.split_once(LABEL)?.1)).unwrap_or(text);
    (behind.strip_prefix(['\n', ' ']).unwrap_or(behind), exact.is_some())
}

/// Whether a text is the label of this very call.
pub(super) fn is_exact(text: &str, call: &Made) -> bool {
    exact(text, call).is_some()
}

fn exact<'a>(text: &'a str, call: &Made) -> Option<&'a str> {
    let inner = text.strip_prefix('[')?.strip_prefix(&*call.tool)?;
    if call.shown.is_empty() {
        return inner.strip_prefix(LABEL);
    }
    let shown = inner.strip_prefix(" for '")?.strip_prefix(&*call.shown)?;
    shown.strip_prefix('\'')?.strip_prefix(LABEL)
}

/// What a person said in the texts of a result.
pub(super) fn said<'a>(call: &Made, mut texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_reply = call.is_clear && SPEAKING.contains(&&*call.tool);
    if is_reply { texts.find_map(typed) } else { None }
}

/// How a call ended, by the text of its result.
pub(super) fn of(call: &Made, text: String) -> Answer {
    if let Some(answer) = json_value::read(&text).as_ref().and_then(structured) {
        return answer;
    }
    let begins = |openings: &[&str]| openings.iter().any(|opening| text.starts_with(opening));
    let refused = begins(REFUSED) || (text.starts_with("Skipping") && text.contains(LEFT_OUT));
    let code = (call.tool == SHELL).then(|| exit_code(&text)).flatten();
    let failed = refused || begins(FAILED) || code.is_some_and(|code| code != 0);
    Answer { text, failed, refused }
}

/// The exit code that the lines before the output tell.
fn exit_code(text: &str) -> Option<i64> {
    let (head, _) = text.split_once(OUTPUT).unwrap_or((text.lines().next()?, ""));
    let code = EXIT_CODES.iter().find_map(|words| Some(head.rsplit_once(words)?.1))?;
    let digits = code.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(code.len());
    code.get(..digits)?.parse().ok()
}

/// What a result says that is an object of the program: `success` of a `query`, a lone `error`, the
/// end of an agent, or a `status` of Roo Code. `None` for other objects, such as the text of a file.
fn structured(value: &Value<'_>) -> Option<Answer> {
    let fields = value.as_object()?;
    let worked = fields.get("success").and_then(Value::as_bool);
    let status = word_of(fields, "status");
    let is_known = (worked.is_some() && fields.contains_key("query"))
        || fields.keys().eq(["error"])
        || fields.contains_key("iterations")
        || ["approved", "denied", "error", "guidance"].contains(&status);
    if !is_known {
        return None;
    }
    let texts = ["result", "text", "error", "feedback", "message"];
    let text = texts.map(|name| word_of(fields, name)).into_iter().find(|text| !text.is_empty());
    let text = text.unwrap_or_default();
    let refused = status == "denied" || REFUSED.iter().any(|words| text.starts_with(words));
    let failed = match worked {
        Some(worked) => !worked,
        None => status == "error" || !word_of(fields, "error").is_empty(),
    };
    Some(Answer { text: text.into(), failed: failed || refused, refused })
}
