use proptest::prelude::*;

use super::*;

fn said() -> Time {
    // A Thursday.
    Time::parse("2026-03-05T15:00:00Z").unwrap()
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
        ("Last weekend was fine", "On 2026-02-28 – 2026-03-01 was fine"),
        ("it broke two weeks ago", "it broke in the week of 2026-02-19"),
        ("it ends in 3 days", "it ends on 2026-03-08"),
        ("vor zwei Wochen war das", "2026-02-19 – 2026-02-19 war das"),
        ("c'était l'année dernière", "c'était en 2025"),
        ("fue hace 5 días", "fue el 2026-02-28"),
        ("há 5 dias", "em 2026-02-28"),
        ("5 дней назад", "2026-02-28"),
        ("上周做了什么", "2026-02-23 – 2026-03-01做了什么"),
        ("三个月前", "2025-12"),
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
        "March 3 days ago",
        "最近三天前",
        "she may have been right",
        "yesterdays",
        "aujourd hui",
        "src/today/x.rs",
        "十万年前",
        "in 30 seconds",
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
    assert_eq!(absolute("yesterday", first), None);
    assert_eq!(absolute("999 years ago", first), None);
}

proptest! {
    #[test]
    fn no_text_stops_it_and_what_it_wrote_stays(text in "(last|week|yesterday|3|days ago|上周|昨天|年|'|-| |march|2024|\\PC){0,12}") {
        if let Some(once) = absolute(&text, said()) {
            prop_assert_ne!(&once, &text);
        }
    }
}
