//! The words of a plan for people, in one place so that terminal and page agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{CAUSES, Change, Evidence, Plan, Score};

/// A cause in words; an unknown one stays as it is.
pub fn cause(cause: &str) -> &str {
    CAUSES.iter().find(|(word, _)| *word == cause).map_or(cause, |(_, title)| title)
}

/// Every reason for which the engine turns something down, in words.
const TURNED_DOWN: [(&str, &str); 47] = [
    ("ambiguous", "nothing says which of several values is the newest"),
    ("failed", "the model gave no answer"),
    ("from-outside", "it was written again without words that only a page, a file or a tool has"),
    ("given-up", "a later session gave that up"),
    ("hidden-characters", "it has characters that nobody sees"),
    ("ignored", "a setting says to ignore it"),
    (
        "instruction-like",
        "it reads like an order to leave the rules, a person's consent or a secret behind: no dream writes such words, whoever said them; write them into the memory by hand",
    ),
    ("known", "what agents read says it already"),
    (
        "left-by-model",
        "a rule found it, and a model that read its session proposed other things of it; write it into the memory by hand where it holds",
    ),
    ("lower-trust", "somebody who is trusted more gave another value"),
    ("malformed", "the answer of the model has another form"),
    ("no-room", "what dreams may leave is full (`learn.tokens`)"),
    (
        "form-of-the-line",
        "it is a row of a table or a line of code, and comes in the place of no such line, and as a row after none",
    ),
    ("no-such-finding", "it names a finding that is not there"),
    ("no-such-place", "it cites a place that is not there"),
    ("its-statement-fell", "what a model wrote from it was turned down"),
    ("not-worth-keeping", "a model that saw it beside all else left it"),
    ("of-several-people", "its places are of several people"),
    ("older-than-entry", "what stands in the memory was said or written later"),
    ("one-session", "no second session shows it"),
    ("only-claimed", "no record of a session has the words that it cites"),
    ("other-kind", "a setting wants other kinds of statements"),
    ("outside-paths", "a setting keeps it out of that memory"),
    ("over-budget", "there is no room for it"),
    ("over-limit", "the index has no room for its line"),
    (
        "part-without-source",
        "it was kept without a part that no source gives, or only one from outside",
    ),
    ("quarantined", "it comes from a place that tries to order agents about"),
    ("quote-not-found", "its quote does not stand in the session"),
    ("quote-too-short", "its quote is too short to show anything"),
    ("refused", "the model refused to answer"),
    ("rejected-before", "somebody rejected it before, and there is no new evidence"),
    ("retired-before", "the same statement was retired before, and there is no new evidence"),
    ("reworded-before", "somebody worded it in other words"),
    ("same-as-another", "another proposal says the same"),
    (
        "same-line",
        "another change of this plan is about the same line; the next dream proposes what then is left of it",
    ),
    ("secret", "it holds what looks like a secret"),
    ("superseded-in-batch", "a later session gives a newer value"),
    ("too-long", "it is too long for a statement"),
    ("too-many", "the model proposed more than it may"),
    ("too-short", "it is too short for a statement"),
    ("unknown-kind", "the model gave it a kind that nobody knows"),
    ("unreadable", "the answer of the model could not be read"),
    ("unsupported", "its evidence does not say it"),
    ("unsupported-value", "its evidence does not have a value that it names"),
    (
        "untrusted-instruction",
        "what it tells agents to run, open or write stands in no words of a person or agent and in no call",
    ),
    ("waits-to-be-written", "it waits until a model has written from all that was found"),
    ("withdrawn", "the session that it cites was withdrawn"),
];

/// Why something was turned down, as a sentence; an unknown reason stays as it is.
pub fn turned_down(reason: &str) -> &str {
    TURNED_DOWN.iter().find(|(word, _)| *word == reason).map_or(reason, |(_, sentence)| sentence)
}

/// The reason for which a change waits that a person decided against before, as the engine says it.
const DECIDED_BEFORE: &str = "it was rejected, reverted or reworded before, and has new evidence";

/// A line about a change that a person decided against before.
pub fn decided_before(change: &Change) -> Option<&'static str> {
    change
        .gate_reason
        .starts_with(DECIDED_BEFORE)
        .then_some("You rejected, reverted or reworded it before. It has new evidence since.")
}

/// The changes of a plan by cause: known causes in their order, then the others by name. Inside a
/// cause the order is that of the plan.
pub fn by_cause(plan: &Plan) -> Vec<(&str, Vec<&Change>)> {
    let place =
        |cause: &str| CAUSES.iter().position(|(word, _)| *word == cause).unwrap_or(CAUSES.len());
    let mut groups: BTreeMap<(usize, &str), Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        groups.entry((place(&change.cause), &change.cause)).or_default().push(change);
    }
    groups.into_iter().map(|((_, cause), changes)| (cause, changes)).collect()
}

/// The part `outcome` of a score when no outcome of a session is known, as the engine documents it.
/// It is not shown as a percentage, because that would look like a bad mark.
const NO_OUTCOME: u64 = 211_324;

/// A score as a percentage, and its parts in words. A relevance of 0 is left out, because most
/// dreams have no instructions to be relevant to.
pub fn score(change: &Change) -> (String, Vec<String>) {
    let Score { total, outcome, recency, relevance, support, trust } = change.score;
    let percent = |ppm: u64| format!("{} %", (ppm + 5_000) / 10_000);
    let parts = [
        ("outcome", outcome),
        ("recency", recency),
        ("relevance", relevance),
        ("support", support),
        ("trust", trust),
    ];
    let part = |(name, ppm): (&str, u64)| match (name, ppm) {
        ("outcome", NO_OUTCOME) => "no outcome known".to_owned(),
        _ => format!("{name} {}", percent(ppm)),
    };
    let counts = |(name, ppm): &(&str, u64)| *name != "relevance" || *ppm > 0;
    (percent(total), parts.into_iter().filter(counts).map(part).collect())
}

/// The text that a change takes out. A plan holds no secrets, so for an entry with a secret it has
/// the cleaned text on both sides; this function then returns a note instead.
pub fn old_text<'a>(change: &'a Change, text: &'a str) -> &'a str {
    let hides = change.cause == "secret" && change.text.as_deref() == Some(text);
    if hides { "(the statement, with a secret)" } else { text }
}

/// What stands before the line after which a change writes.
pub const fn after(change: &Change) -> &'static str {
    if change.step { "as the step after" } else { "after" }
}

/// Why a person who accepts all changes does not accept this one with them, as a sentence; `None`
/// if it is accepted. What is not `noticed` is left out for one reason only: its advice does harm
/// where it does not fit.
pub fn alone(change: &Change) -> Option<&'static str> {
    match &*change.cause {
        _ if !change.alone => None,
        _ if !change.needs.is_empty() => {
            Some("Accepting all leaves it, as it leaves what this goes together with.")
        }
        _ if change.trust == "external"
            && (matches!(&*change.cause, "noticed" | "newer-value")
                || change.kind.as_deref() == Some("fact")) =>
        {
            Some(
                "Accepting all leaves it: only a page, a file, a tool, a guest or a quotation says it.",
            )
        }
        "noticed" => {
            Some("Accepting all leaves it: no more than a model noticed it, in one session.")
        }
        _ => Some("Accepting all leaves it: it deletes, forces or skips a check."),
    }
}

/// The changes without which this one is not applied, as a sentence; `None` if it needs none.
/// `named`: how an id is named.
pub fn together(change: &Change, named: impl Fn(&str) -> String) -> Option<String> {
    let ids: Vec<String> = change.needs.iter().map(|id| named(id)).collect();
    (!ids.is_empty()).then(|| format!("It goes only together with {}.", ids.join(" and ")))
}

/// The evidence of the failure that the reason of a change mentions: the first tool result. `None`
/// when the reason mentions no failure, the plan has no tool result, or the statement quotes it.
pub fn failure(change: &Change) -> Option<&Evidence> {
    if !change.because.contains("failed") {
        return None;
    }
    let shown = change.text.as_deref().unwrap_or_default();
    let mut results = change.evidence.iter().filter(|piece| piece.provenance == "tool-result");
    results.next().filter(|piece| !shown.contains(piece.quote.trim()))
}

/// The words that a merge would lose: those of the removed entries that the survivor lacks, in
/// order.
pub fn lost(change: &Change) -> Vec<String> {
    let Some(survivor) = &change.survivor else { return Vec::new() };
    let split = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && !"._-/".contains(c));
        let words = words.map(|word| word.trim_matches(['.', '-', '_', '/']));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let stays = [&*survivor.text, change.text.as_deref().unwrap_or_default()].join("\n");
    let mut known: BTreeSet<String> =
        split(&stays).into_iter().map(|word| word.to_lowercase()).collect();
    let all = change.targets.iter().flat_map(|target| split(&target.text));
    all.filter(|word| known.insert(word.to_lowercase())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Support;

    /// A change with these fields and defaults.
    pub fn change(id: &str, operation: &str, cause: &str, gate: &str) -> Change {
        Change {
            id: id.into(),
            operation: operation.into(),
            path: "notes.md".into(),
            text: Some("A text.".into()),
            cause: cause.into(),
            because: "It is so.".into(),
            support: Support { sessions: 2, agents: 1, days: 2 },
            trust: "user".into(),
            tier: "short".into(),
            score: Score { total: 539_531, recency: 4_999, outcome: 211_324, ..Score::default() },
            gate: gate.into(),
            gate_reason: "because".into(),
            ..Change::default()
        }
    }

    /// A plan of these changes.
    pub fn plan(changes: Vec<Change>) -> Plan {
        Plan { changes, ..Plan::default() }
    }

    #[test]
    fn causes_come_in_their_order_and_unknown_ones_last_as_they_are() {
        let causes = ["novel", "index", "stated", "secret", "stated"];
        let changes = causes.iter().map(|cause| change("c", "add", cause, "auto")).collect();
        let plan = plan(changes);
        let groups: Vec<_> =
            by_cause(&plan).iter().map(|(word, all)| (cause(word), all.len())).collect();
        let expected = [("Secrets", 1), ("Said by a person", 2), ("Index lines", 1), ("novel", 1)];
        assert_eq!(groups, expected);
        assert_eq!(cause("dangling"), "Index lines that lead nowhere");
        assert_eq!(cause("index-limit"), "Index too long");
    }

    #[test]
    fn every_reason_of_a_golden_case_is_a_sentence() {
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
        let mut reasons = BTreeSet::new();
        for case in std::fs::read_dir(cases).unwrap() {
            let story = case.unwrap().path().join("expected.txt");
            let story = std::fs::read_to_string(story).unwrap_or_default();
            let told = story.lines().filter_map(|line| line.strip_prefix("rejected "));
            let reason = |line: &str| Some(line.split(' ').nth(1)?.strip_suffix(':')?.to_owned());
            reasons.extend(told.filter_map(reason));
        }
        assert!(reasons.len() > 20 && reasons.contains("older-than-entry"), "{reasons:?}");
        for reason in reasons {
            assert!(turned_down(&reason).contains(' '), "{reason}");
        }
        assert_eq!(turned_down("novel"), "novel");
    }

    #[test]
    fn a_score_is_rounded_and_an_outcome_that_nobody_knows_is_no_number() {
        let mut change = change("c", "add", "stated", "auto");
        let (total, mut parts) = score(&change);
        parts.sort();
        let said = "no outcome known, recency 0 %, support 0 %, trust 0 %";
        assert_eq!((&*total, parts.join(", ")), ("54 %", said.into()));
        assert!(!score(&change).1.concat().contains("relevance"), "without instructions");
        change.score.relevance = 300_000;
        assert!(score(&change).1.contains(&"relevance 30 %".into()));
        change.score.outcome = 438_504;
        assert!(score(&change).1.contains(&"outcome 44 %".into()));
    }

    #[test]
    fn a_failure_that_is_claimed_is_shown_when_the_plan_has_it() {
        let piece = |provenance: &str, quote: &str| {
            serde_json::from_value::<Evidence>(json!({
                "session": "s", "part": "main", "line": 3, "time": 0,
                "provenance": provenance, "quote": quote}))
            .unwrap()
        };
        let of = |because: &str, evidence: Vec<Evidence>| Change {
            because: because.into(),
            evidence,
            ..change("c", "supersede", "refuted", "review")
        };
        let quote = |change: &Change| failure(change).map(|piece| piece.quote.clone());
        let said = "`a` failed and `b` worked.";
        let both = vec![piece("tool-use", "cat a"), piece("tool-result", "a: not found")];
        assert_eq!(quote(&of(said, both.clone())), Some("a: not found".into()));
        assert_eq!(quote(&of("It recurred.", both.clone())), None, "nothing is claimed");
        assert_eq!(quote(&of(said, both[..1].to_vec())), None, "the plan holds none");
        let text = Some("When it says `a: not found`, use b.".into());
        assert_eq!(quote(&Change { text, ..of(said, both) }), None, "it is there to read");
    }
}
