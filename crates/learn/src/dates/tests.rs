use proptest::prelude::*;

use super::*;

fn said() -> Time {
    // A Thursday.
    Time::parse("2026-03-05T15:00:00Z").unwrap()
}

fn resolved(text: &str) -> Option<String> {
    resolve(text, said()).map(|span| format!("{}..{}", span.from, span.to))
}

#[test]
fn phrases_mean_days() {
    for (text, want) in [
        ("what did I do yesterday", "2026-03-04..2026-03-04"),
        ("last week", "2026-02-23..2026-03-01"),
        ("Last Weekend was fine", "2026-02-28..2026-03-01"),
        ("it broke two weeks ago", "2026-02-19..2026-02-19"),
        ("in 3 days", "2026-03-08..2026-03-08"),
        ("the release of 13 July 2025", "2025-07-13..2025-07-13"),
        ("Jan 5, 2021", "2021-01-05..2021-01-05"),
        ("notes from March 3rd", "2026-03-03..2026-03-03"),
        ("notes from March 9th", "2025-03-09..2025-03-09"),
        ("at 3pm", "2026-03-05..2026-03-05"),
        ("at 4pm", "2026-03-04..2026-03-04"),
        ("july 2024", "2024-07-01..2024-07-31"),
        ("on 2024/01/15", "2024-01-15..2024-01-15"),
        ("01/15/2024", "2024-01-15..2024-01-15"),
        ("vor zwei Wochen", "2026-02-19..2026-02-19"),
        ("am 3. März 2025", "2025-03-03..2025-03-03"),
        ("l'année dernière", "2025-01-01..2025-12-31"),
        ("hace 5 días", "2026-02-28..2026-02-28"),
        ("lo scorso fine settimana", "2026-02-28..2026-03-01"),
        ("há 5 dias", "2026-02-28..2026-02-28"),
        ("5 дней назад", "2026-02-28..2026-02-28"),
        ("上周做了什么", "2026-02-23..2026-03-01"),
        ("三个月前", "2025-12-05..2025-12-05"),
        ("2024年3月3日", "2024-03-03..2024-03-03"),
    ] {
        assert_eq!(resolved(text).as_deref(), Some(want), "{text}");
    }
}

#[test]
fn what_leaves_room_means_nothing() {
    for text in [
        "",
        "she may have been right",
        "03/04/2024",
        "2020-13-45",
        "next week",
        "this morning",
        "sun",
        "yesterdays",
        "aujourd hui",
        "src/today/x.rs",
        "十万年前",
        "2024年",
        "june 0000",
        "in 30 seconds",
    ] {
        assert_eq!(resolved(text), None, "{text}");
    }
}

#[test]
fn kept_text_says_the_date() {
    for (text, want) in [
        ("We moved to the new host yesterday.", "We moved to the new host on 2026-03-04."),
        ("Yesterday we moved.", "On 2026-03-04 we moved."),
        ("It has been broken since yesterday", "It has been broken since 2026-03-04"),
        ("Decided last week, done today", "Decided in the week of 2026-02-23, done on 2026-03-05"),
        ("The contract ended last month", "The contract ended in 2026-02"),
        ("Wir sind gestern umgezogen", "Wir sind am 2026-03-04 umgezogen"),
        ("我们昨天搬家了", "我们2026-03-04搬家了"),
    ] {
        assert_eq!(absolute(text, said()).as_deref(), Some(want));
    }
}

#[test]
fn rules_quotes_and_open_phrases_stay() {
    for text in [
        "When I ask about last week, use ISO weeks",
        "Always say today's date",
        "The word \"yesterday\" is a keyword",
        "It broke a few days ago",
        "Released on 2025-07-13",
        "yesterday's build",
        "the port is now 8443",
        "nothing here",
    ] {
        assert_eq!(absolute(text, said()), None, "{text}");
    }
}

#[test]
fn the_ends_of_the_calendar_mean_nothing() {
    let first = Time::parse("0001-01-01T00:00:00Z").unwrap();
    assert_eq!(resolve("yesterday", first), None);
    assert_eq!(absolute("999 years ago", first), None);
}

proptest! {
    #[test]
    fn no_text_stops_it_and_what_it_wrote_stays(text in "(last|week|yesterday|3|days ago|上周|昨天|年|'|-| |march|2024|\\PC){0,12}") {
        if let Some(once) = absolute(&text, said()) {
            prop_assert_ne!(&once, &text);
        }
        let _ = resolve(&text, said());
    }
}
