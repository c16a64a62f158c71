//! A short form of a plan, for a person who has two minutes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{below, count, one_line};
use crate::document::{Change, Conflict, Plan, Target};
use crate::output::theme::{DIM, HEAD, NEW, OLD, OLD_WORDS, OTHER};
use crate::output::{next, words};

/// Most words of a brief, heading and hints included. Chosen by us: three minutes of slow reading.
const WORDS: usize = 600;

/// Words that are kept for the text after the changes.
const REST: usize = 100;

/// Most words of a statement that are shown; `show` prints it whole. Chosen by us: two lines.
const STATEMENT: usize = 40;

/// Fewest characters of an id that are shown; more if two ids begin alike. Chosen by us.
const ID: usize = 8;

/// Changes that the first screen names. A plan with no more of them needs no first screen.
const FIRST: usize = 3;

/// The plan: what it would do, what matters most, and the changes, each in two lines.
pub fn brief(plan: &Plan) -> String {
    let mut out = head(plan);
    let open = conflicts(&plan.conflicts, FIRST);
    let rest = REST + number_of_words(&open);
    let changes: Vec<(&str, &Change)> = words::by_cause(plan)
        .into_iter()
        .flat_map(|(cause, changes)| changes.into_iter().map(move |change| (cause, change)))
        .collect();
    let mut title = "";
    let mut shown = 0;
    for (cause, change) in &changes {
        let mut piece = String::new();
        if title != *cause {
            let _ = writeln!(piece, "\n{HEAD}{}{HEAD:#}", one_line(words::cause(cause)));
        }
        item(&mut piece, plan, change);
        if number_of_words(&out) + number_of_words(&piece) + rest > WORDS {
            break;
        }
        out.push_str(&piece);
        title = cause;
        shown += 1;
    }
    if shown < changes.len() {
        let more = count((changes.len() - shown) as u64, "more change");
        let _ = writeln!(out, "\n{more}: {} prints all.", next::command("review -v"));
    }
    out.push_str(&open);
    out
}

/// The first screen.
pub fn head(plan: &Plan) -> String {
    let read = plan.sessions.iter().filter(|s| s.outcome.state == "read").count() as u64;
    let is_handed_in = plan.changes.iter().any(|change| change.cause == "extracted");
    let from = match (read, is_handed_in) {
        (0, true) => "what was handed in".into(),
        (0, false) if !plan.distilled.is_empty() => "what earlier sessions showed".into(),
        (0, false) => "the memories alone".into(),
        _ => count(read, "session"),
    };
    let mut out = format!(
        "{HEAD}{} proposed{HEAD:#} from {from}; nothing is written yet.\n",
        count(plan.changes.len() as u64, "change"),
    );
    if !plan.changes.is_empty() {
        let _ = writeln!(out, "Together they would {}.", effect(plan));
    }
    let gates = plan.gates();
    let open = if plan.conflicts.len() == 1 { "open contradiction" } else { "open contradictions" };
    let counts = [
        (gates.auto, "safe without a look"),
        (gates.blocked, "blocked"),
        (plan.conflicts.len() as u64, open),
        (plan.rejected.len() as u64, "turned down already"),
        (pending(plan), "sessions not read"),
    ];
    let some: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !some.is_empty() {
        let why = match plan.rejected.is_empty() {
            true => String::new(),
            false => format!(" {} says why.", next::command("show")),
        };
        let _ = writeln!(out, "{DIM}{}.{why}{DIM:#}", some.join(", "));
    }
    if plan.changes.len() > FIRST {
        let _ = writeln!(out, "\n{HEAD}What matters most{HEAD:#}");
        for change in first(plan) {
            let text = cut(what(change), STATEMENT / 3);
            let sign = if change.text.is_some() { '+' } else { '-' };
            let _ = writeln!(out, "  {HEAD}{}{HEAD:#}  {sign} {text}", short(plan, &change.id));
        }
    }
    out
}

/// What all changes would do to the store.
fn effect(plan: &Plan) -> String {
    let of = |operation: &str| {
        let index = |change: &&Change| change.cause == "index" || change.cause == "dangling";
        let meant = plan.changes.iter().filter(|c| c.operation == operation);
        meant.filter(|change| !index(change)).count() as u64
    };
    let lines =
        plan.changes.iter().filter(|c| matches!(&*c.cause, "index" | "dangling")).count() as u64;
    let counts = [
        ("add", of("add"), "statement"),
        ("merge", of("merge"), "duplicate"),
        ("replace", of("supersede"), "statement"),
        ("reword", of("revise"), "statement"),
        ("take out", of("retire"), "statement"),
        ("change", lines, "index line"),
    ];
    let some = counts.iter().filter(|(_, number, _)| *number > 0);
    let parts: Vec<String> =
        some.map(|(verb, number, what)| format!("{verb} {}", count(*number, what))).collect();
    let files: BTreeSet<&str> = plan.changes.iter().map(|change| change.path.as_str()).collect();
    format!("{}, in {}", parts.join(", "), count(files.len() as u64, "file"))
}

fn pending(plan: &Plan) -> u64 {
    plan.sessions.iter().filter(|session| session.outcome.reason.is_some()).count() as u64
}

/// The changes that matter most: first what may do harm, then what most sessions show.
fn first(plan: &Plan) -> Vec<&Change> {
    let mut changes: Vec<(usize, &Change)> = words::by_cause(plan)
        .into_iter()
        .enumerate()
        .flat_map(|(place, (_, changes))| changes.into_iter().map(move |change| (place, change)))
        .collect();
    changes.sort_by_key(|(place, change)| (*place, std::cmp::Reverse(change.support.sessions)));
    changes.into_iter().take(FIRST).map(|(_, change)| change).collect()
}

/// The statement of a change: its new text, else the text that it takes out.
fn what(change: &Change) -> &str {
    let old = || change.targets.first().map(|target| words::old_text(change, &target.text));
    change.text.as_deref().or_else(old).unwrap_or_default()
}

/// Writes a change: the statements that go, stay and come, then why and where.
pub fn item(out: &mut String, plan: &Plan, change: &Change) {
    let id = short(plan, &change.id);
    let mut start = format!("  {HEAD}{id}{HEAD:#}  ");
    let next = " ".repeat(id.chars().count() + 4);
    for target in &change.targets {
        let text = cut(words::old_text(change, &target.text), STATEMENT);
        let _ = writeln!(out, "{start}{OLD}- {text}{OLD:#}");
        start.clone_from(&next);
    }
    // What goes says the same, or not: a person has to see both.
    let stays = change.survivor.as_ref().map(|survivor| &survivor.text);
    if let Some(text) = stays.filter(|text| change.targets.iter().all(|it| it.text != **text)) {
        let _ = writeln!(out, "{start}= {}", cut(text, STATEMENT));
        start.clone_from(&next);
    }
    if let Some(text) = &change.text {
        let _ = writeln!(out, "{start}{NEW}+ {}{NEW:#}", cut(text, STATEMENT));
        start.clone_from(&next);
    }
    if let Some(after) = &change.after {
        let _ = writeln!(
            out,
            "{next}{DIM}{}: {}{DIM:#}",
            words::after(change),
            cut(&after.text, STATEMENT / 2)
        );
    }
    let path = match (&*change.targets, &change.after) {
        ([only], _) if only.path == change.path => below(&change.path, &only.below),
        (_, Some(after)) => below(&change.path, &after.below),
        _ => one_line(&change.path),
    };
    let of = change.principal.as_deref().map(|who| format!(", of {}", one_line(who)));
    let blocked = match &*change.gate {
        "blocked" => format!(" Blocked: {}.", one_line(&change.gate_reason)),
        _ => String::new(),
    };
    let _ = writeln!(
        out,
        "{start}{DIM}{path}{}: {}{blocked}{DIM:#}",
        of.unwrap_or_default(),
        one_line(&change.because)
    );
    let together = words::together(change, |id| short(plan, id));
    let before = words::decided_before(change);
    for why in together.iter().map(String::as_str).chain(words::alone(change)).chain(before) {
        let _ = writeln!(out, "{next}{DIM}{why}{DIM:#}");
    }
    if let Some(piece) = words::failure(change) {
        let quote = cut(&piece.quote, STATEMENT / 2);
        let _ = writeln!(out, "{next}{DIM}>{DIM:#} {quote}");
    }
    let lost = words::lost(change);
    if !lost.is_empty() {
        let lost = cut(&lost.join(" "), STATEMENT / 2);
        let _ = writeln!(out, "{next}{OLD}would be lost: {OLD_WORDS}{lost}{OLD_WORDS:#}{OLD:#}");
    }
}

/// Up to `most` open conflicts, and what a person can do about them; empty without one.
pub fn conflicts(open: &[Conflict], most: usize) -> String {
    let mut out = String::new();
    if open.is_empty() {
        return out;
    }
    let _ = writeln!(out, "\n{HEAD}Which one is right?{HEAD:#} ({})", open.len());
    open.iter().take(most).for_each(|open| conflict(&mut out, open));
    if open.len() > most {
        let _ = writeln!(out, "{} more: {} prints all.", open.len() - most, next::command("show"));
    }
    out.push_str(
        "No dream decides this. Where 2 is right, write it in place of 1 in the file named: the next dream takes it up. Where 1 is right, leave it: this is asked as long as sessions say 2.\n",
    );
    out
}

fn conflict(out: &mut String, conflict: &Conflict) {
    let place = |side: &Target| {
        format!(" {DIM}{}{DIM:#}", below(&format!("{}:{}", side.path, side.line), &side.below))
    };
    let sides = [
        (1, &conflict.entry.text, Some(&conflict.entry)),
        (2, &conflict.text, conflict.other.as_ref()),
    ];
    for (number, words, side) in sides {
        let (words, place) = (cut(words, STATEMENT / 2), side.map(place).unwrap_or_default());
        let _ = writeln!(out, "  {OTHER}{number} {words}{OTHER:#}{place}");
    }
}

/// The shortest beginning of an id that no other change of the plan shares.
pub fn short(plan: &Plan, id: &str) -> String {
    let alone = |length: &usize| {
        let start = id.get(..*length).unwrap_or(id);
        plan.changes.iter().filter(|change| change.id.starts_with(start)).count() <= 1
    };
    let length = (ID..id.len()).find(alone).unwrap_or(id.len());
    one_line(id.get(..length).unwrap_or(id))
}

/// The first words of a text on one line, cleaned.
fn cut(text: &str, most: usize) -> String {
    let mut words = text.split_whitespace();
    let mut out = words.by_ref().take(most).collect::<Vec<_>>().join(" ");
    let is_cut = words.next().is_some();
    // Limit the characters too, because a stranger may write words of any length.
    let most = most * 8;
    if out.chars().count() > most {
        out = out.chars().take(most).collect();
        out.push('…');
    } else if is_cut {
        out.push_str(" …");
    }
    one_line(&out)
}

fn number_of_words(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::words::tests::{change, plan};

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_failure_that_is_claimed_is_quoted() {
        let evidence = json!([{"session": "s", "part": "main", "line": 3, "time": 0,
                               "provenance": "tool-result", "quote": "a: not found"}]);
        let change = Change {
            because: "`a` failed and `b` worked.".into(),
            evidence: serde_json::from_value(evidence).unwrap(),
            ..change("c1", "add", "recurring", "review")
        };
        let review = plan(vec![change]);
        let printed = plain(&brief(&review));
        assert!(printed.contains("worked.\n      > a: not found\n"), "{printed}");
    }

    #[test]
    fn open_conflicts_are_all_named_with_both_sides_and_what_to_do() {
        let mut plan = plan(Vec::new());
        assert_eq!(conflicts(&plan.conflicts, FIRST), "");
        let open = |line: u32, text: &str, other: &str| {
            let entry = json!({"entry": "e1", "path": "a.md", "line": line, "text": text});
            json!({"subject": "", "entry": entry, "text": other, "evidence": [], "reason": "no time"})
        };
        let all =
            json!([open(7, "It is 4000.", "It is 6000."), open(9, "It is red.", "It is blue.")]);
        plan.conflicts = serde_json::from_value(all).unwrap();
        let expected = "
Which one is right? (2)
  1 It is 4000. a.md:7
  2 It is 6000.
  1 It is red. a.md:9
  2 It is blue.
No dream decides this. Where 2 is right, write it in place of 1 in the file named: the next dream takes it up. Where 1 is right, leave it: this is asked as long as sessions say 2.
";
        assert_eq!(plain(&conflicts(&plan.conflicts, FIRST)), expected);
    }

    fn many(number: usize) -> Plan {
        let of = |n: usize| Change {
            text: Some(format!("Statement {n}: {}", "one more word of it.")),
            because: "It recurred in 63 sessions (24 days, 1 agent).".into(),
            ..change(&format!("c{n:020}"), "add", ["stated", "recurring"][n % 2], "review")
        };
        plan((0..number).map(of).collect())
    }

    #[test]
    fn a_plan_of_any_size_is_read_in_three_minutes() {
        for number in [1, 3, 23, 200, 2_000] {
            let brief = plain(&brief(&many(number)));
            assert!(number_of_words(&brief) <= WORDS, "{number}: {brief}");
            assert!(brief.starts_with(&count(number as u64, "change")), "{brief}");
            assert_eq!(brief.contains("What matters most"), number > FIRST, "{brief}");
            assert_eq!(brief.contains("more change"), number >= 200, "{number}: {brief}");
        }
        let long = plan(vec![Change {
            text: Some("word ".repeat(5_000)),
            ..change("c1", "add", "stated", "review")
        }]);
        assert!(number_of_words(&brief(&long)) < 100);
    }

    #[test]
    fn a_change_takes_two_lines_without_the_terms_of_the_engine() {
        let said = plain(&brief(&many(2)));
        let items: Vec<&str> = said.lines().skip_while(|line| !line.is_empty()).collect();
        assert_eq!(items.len(), 2 * 4, "a blank line, a cause and two lines: {said}");
        for word in ["score", "tier", "gate", "review:", "trust", "%"] {
            assert!(!said.contains(word), "{word} in {said}");
        }
        assert!(said.contains("add 2 statements, in 1 file"), "{said}");
    }

    #[test]
    fn words_that_a_merge_would_lose_are_named() {
        let place = |text: &str| json!({"entry": "e1", "path": "a.md", "line": 7, "text": text});
        let merge = Change {
            targets: serde_json::from_value(json!([place("Run `make check` on port 4000.")]))
                .unwrap(),
            survivor: serde_json::from_value(place("run make check, then push.")).unwrap(),
            text: None,
            ..change("c1", "merge", "duplicate", "review")
        };
        assert_eq!(words::lost(&merge), ["on", "port", "4000"]);
        let said = plain(&brief(&plan(vec![merge])));
        assert!(said.contains("would be lost: on port 4000\n"), "{said}");
        assert!(said.contains("would merge 1 duplicate"), "{said}");
        assert!(said.contains("= run make check, then push.\n"), "what stays: {said}");
    }

    #[test]
    fn what_comes_after_a_line_names_it_and_what_it_stands_below() {
        let line = json!({"entry": "e1", "path": "shop.md", "line": 7, "below": ["Shop", "Tests"], "text": "Run `make test`."});
        let add = Change {
            path: "shop.md".into(),
            targets: Vec::new(),
            after: serde_json::from_value(line).unwrap(),
            text: Some("Start the database first.".into()),
            ..change("c1", "add", "distilled", "review")
        };
        let said = plain(&brief(&plan(vec![add])));
        let shown = "+ Start the database first.\n      after: Run `make test`.\n      shop.md › Shop › Tests:";
        assert!(said.contains(shown), "{said}");
    }

    #[test]
    fn a_change_and_its_question_fit_a_window_of_80_by_24() {
        let text = "A long statement of many words, each of them common. ".repeat(40);
        let place = json!({"entry": "e1", "path": "learned/mistakes.md", "line": 7, "text": text});
        let change = Change {
            targets: serde_json::from_value(json!([place])).unwrap(),
            text: Some(text.to_uppercase()),
            because: "`.golangci.yml` failed and `.golangci.yaml` worked in 6 sessions (4 days)."
                .into(),
            ..change("c1234567890", "supersede", "newer-value", "review")
        };
        let plan = plan(vec![change]);
        let mut shown = String::from("\nNewer value  (1 of 1)\n");
        item(&mut shown, &plan, &plan.changes[0]);
        let shown = plain(&shown);
        let rows: usize = shown.lines().map(|line| line.chars().count().div_ceil(80).max(1)).sum();
        // 1 for the question, 6 for its options and the line of help.
        assert!(rows + 1 + 6 < 24, "{rows} rows: {shown}");
        assert!(rows >= 9, "a test that shows something: {shown}");
    }

    #[test]
    fn ids_are_as_long_as_it_takes_and_hostile_text_is_clean() {
        let mut two = many(2);
        two.changes[0].text = Some("a\u{1b}[2J\nb".into());
        assert_eq!(short(&two, &two.changes[0].id).len(), 21);
        assert_eq!(
            short(&plan(vec![change("c123456789abc", "add", "stated", "auto")]), "c123456789abc"),
            "c1234567"
        );
        assert!(plain(&brief(&two)).contains("a\\u{1b}[2J b"));
    }
}
