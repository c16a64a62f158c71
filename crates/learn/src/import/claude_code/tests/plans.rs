//! Plans that a person approved.

use dreaming_records::trust::Trust;
use serde_json::{Value, json};

use super::super::super::fixture::{label, part};
use super::{lines, record, with};

#[test]
fn a_plan_that_a_person_approved_is_told_from_words_of_the_agent() {
    const ASKED: &str = "ExitPlanMode";
    let call = |id: &str, tool: &str, input: Value| {
        let block = json!([{"type": "tool_use", "id": id, "name": tool, "input": input}]);
        record(&format!("call-{id}"), "assistant", block)
    };
    let result = |id: &str, failed: bool, text: &str| {
        let block = json!([{"type": "tool_result", "tool_use_id": id, "is_error": failed, "content": text}]);
        record(&format!("result-{id}"), "user", block)
    };
    let side = json!({"isSidechain": true, "agentId": "a1"});
    let plan = |words: &str| json!({"allowedPrompts": [], "plan": words});
    let whole =
        format!("User has approved your plan. You can start.\n{}", "One table. ".repeat(40));
    let read = part(
        "main",
        &lines(&[
            record(
                "1",
                "user",
                json!("Implement the following plan:\n\nReports stay in one table."),
            ),
            record("2", "assistant", json!("Implement the following plan:\n\nNobody approved it.")),
            with(
                record("3", "user", json!("Implement the following plan:\n\nDo it.")),
                side.clone(),
            ),
            call("a", ASKED, plan("Two tables.")),
            result("a", true, "The user doesn't want to proceed with this tool use."),
            call("b", ASKED, plan("One table.")),
            result("b", false, &whole),
            call("c", "Bash", plan("Three tables.")),
            result("c", false, "User has approved your plan."),
            call("d", ASKED, plan("Four tables.")),
            result("d", false, "Nobody looked at it."),
            with(call("e", ASKED, plan("Five tables.")), side.clone()),
            with(result("e", false, "User has approved the plan."), side),
        ]),
    );
    let labels: Vec<String> = read.excerpts.iter().map(|e| label(&e.role)).collect();
    let expected = [
        "plan",
        "agent",
        "agent",
        "call ExitPlanMode",
        "failed ExitPlanMode",
        "plan",
        "result ExitPlanMode",
        "call Bash",
        "result Bash",
        "call ExitPlanMode",
        "result ExitPlanMode",
        "call ExitPlanMode",
        "result ExitPlanMode",
    ];
    assert_eq!(labels, expected);
    let trust = |at: usize| read.excerpts[at].provenance.trust();
    assert_eq!([trust(0), trust(5)], [Some(Trust::Agent); 2]);
    // The call holds the plan; the result need only say that it was approved.
    assert!(read.excerpts[6].shown.text.len() < 128, "{}", read.excerpts[6].shown.text);
}

#[test]
fn as_much_of_a_plan_is_shown_as_of_a_persons_words() {
    let plan =
        format!("Implement the following plan:\n\n{}", "Reports stay in one table. ".repeat(500));
    let read = part("main", &lines(&[record("1", "user", json!(plan))]));
    assert_eq!(read.excerpts[0].shown.text, plan);
}
