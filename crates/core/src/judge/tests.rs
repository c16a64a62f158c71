//! What the judge says of pairs, by their words alone and with a hint from a host or a model.

use proptest::prelude::*;

use super::*;

fn judged(a: &str, b: &str) -> Judgement {
    judge(&Statement::of(a), &Statement::of(b))
}

/// Judges a pair of which somebody said `known`.
fn judged_when(a: &str, b: &str, known: Known) -> Judgement {
    let corpus = Corpus::of([a, b]);
    let of = |text, at| Prepared::new(Statement::of(text), corpus.reading(at));
    judge_prepared(&of(a, 0), &of(b, 1), known)
}

/// Judges a pair as a store does when `hint` was given for it.
fn judged_as(a: &str, b: &str, hint: PairHint) -> Judgement {
    judged_when(a, b, Known { hint: Some(hint), ties: true })
}

/// A hint as the measure of a host gives it.
const ALIKE: PairHint = PairHint::Alike(950_000);

/// Pairs that other systems merged because their embeddings were similar (0.95 and more), each with
/// the guard that stops it when a host's measure names the pair; `None` for pairs that no guard
/// stops.
const PUBLISHED: [(&str, &str, Option<&str>); 12] = [
    (
        "The deadline of the project is Oct 15th",
        "The deadline of the project is Oct 16th",
        Some("number"),
    ),
    ("Their favourite colour is purple", "Their favourite colour is cyan", None),
    (
        "Of all the colours for the living room walls, their favourite one is purple",
        "Of all the colours for the living room walls, their favourite one is cyan",
        None,
    ),
    (
        "Merged PR #260 into the release branch",
        "Merged PR #480 into the release branch",
        Some("number"),
    ),
    (
        "The export job is planned for the web app",
        "The export job is done for the web app",
        Some("modality"),
    ),
    (
        "Alice is the CEO of the company since May",
        "Sarah is the CTO of the company since May",
        Some("name"),
    ),
    ("The head office is in San Francisco", "The head office is in New York", Some("name")),
    ("Take the medicine [10mg] once a day", "Take the medicine [100mg] once a day", Some("number")),
    (
        "alpha calls beta for each request that comes in",
        "beta calls alpha for each request that comes in",
        Some("order"),
    ),
    ("Run the tests", "Run the linter", None),
    (
        "Always push the release branch to main",
        "Never push the release branch to main",
        Some("negation"),
    ),
    (
        "The worker restarts when the queue is available",
        "The worker restarts when the queue is unavailable",
        Some("opposite"),
    ),
];

#[test]
fn published_pairs_that_must_not_merge_do_not() {
    for (a, b, guard) in PUBLISHED {
        assert_ne!(judged(a, b).relation, Relation::Same, "{a} / {b}");
        let Some(kind) = guard else { continue };
        for hint in [ALIKE, PairHint::Compared(Comparison::Same)] {
            let found = judged_as(a, b, hint);
            // The model was asked whether one of the two is only planned, so its answer overrules
            // the guard about that.
            let is_said = kind == "modality" && hint != ALIKE;
            let expected =
                if is_said { (Relation::Same, COMPARED) } else { (Relation::Related, kind) };
            assert_eq!((found.relation, found.reason), expected, "{a} / {b}: {hint:?}");
        }
    }
}

#[test]
fn what_a_host_calls_alike_is_the_same_but_for_a_value_among_few_words() {
    let of = |a: &str, b: &str| judged_as(a, b, ALIKE);
    let found = of("Night copies go to the second centre", "In centre two a backup is made");
    assert_eq!((found.relation, found.reason), (Relation::Same, "similar"));
    assert_eq!(found.similarity, 950_000);
    let (mut long, mut short) = (0, 0);
    let words = "lamp chair table shelf spoon plate knife towel brush stove clock";
    for shared in 4..=11 {
        let rest: Vec<&str> = words.split(' ').take(shared).collect();
        let with = |value: &str| format!("{} {value}", rest.join(" "));
        // A short clause has twelve words with its value; a value of two words makes it thirteen.
        for (left, right) in [("purple", "cyan"), ("pale purple", "dark cyan")] {
            let found = of(&with(left), &with(right));
            let is_short = shared + left.split(' ').count() <= 12;
            if is_short {
                short += 1
            } else {
                long += 1
            }
            let relation = if is_short { Relation::Different } else { Relation::Same };
            assert_eq!(found.relation, relation, "{} / {right}", with(left));
        }
    }
    assert_eq!((short, long), (15, 1));
}

#[test]
fn without_a_word_from_anybody_no_guard_is_asked_of_what_is_not_alike() {
    let apart = |a, b, ties| judged_when(a, b, Known { hint: None, ties }).reason;
    // These two share no word. Without a hint no guard is looked for, although one would apply.
    let (a, b) = ("Ask Alice about the shop", "At night the garden is with Bob");
    assert_eq!(judged_as(a, b, ALIKE).reason, "name");
    assert_eq!((apart(a, b, false), apart(a, b, true)), ("words", "words"));
    // No guard is looked for either when the judge is only asked for `Same` and `Updates`.
    let (a, b, guard) = PUBLISHED[3];
    assert_eq!(Some(apart(a, b, false)), guard);
    assert_eq!(apart(a, b, true), "words");
}

#[test]
fn texts_that_are_equal_in_normal_form_are_equal_however_short() {
    let found = judged("Use  tabs", "Use tabs");
    let whole = Judgement { relation: Relation::Same, reason: EQUAL, similarity: 1_000_000 };
    assert_eq!((&found, judged("Use tabs", "Use tabs")), (&whole, whole.clone()));
}

#[test]
fn only_function_words_endings_case_and_marks_may_differ() {
    let of = |a: &str, b: &str| judged(a, b).relation;
    let first = "Release notes of the client are kept in one folder";
    assert_eq!(
        of(first, "**Release notes** of clients are kept in the one folder."),
        Relation::Same
    );
    for other in [
        "Release notes of the desktop client are kept in one folder",
        "In one folder are kept the release notes of the client",
        "The notes about client releases live in a single folder",
    ] {
        assert_ne!(of(first, other), Relation::Same, "{other}");
    }
}

#[test]
fn statements_that_look_alike_never_update_each_other() {
    let about =
        "Requests that take longer are logged with their trace and sent again after a pause";
    for (a, b) in [
        ("The mail-worker timeout is 30 seconds", "The mail-worker timeout is 45 seconds"),
        ("`port`: 80", "`port`: 81"),
        ("Nightly backups go to `cold-1` in Oslo", "Nightly backups go to `cold-2` in Oslo"),
    ] {
        for (a, b) in
            [(a.to_owned(), b.to_owned()), (format!("{a}. {about}."), format!("{b}. {about}."))]
        {
            let found = judged(&a, &b);
            let apart = matches!(found.relation, Relation::Related | Relation::Different);
            assert!(apart, "{a} / {b}: {found:?}");
        }
    }
}

#[test]
fn of_one_subject_the_newer_value_holds_and_what_is_said_of_two_stays_apart() {
    let port = |subject, port| Statement { text: port, subject, principal: None };
    let (shop, bank) = (Some("shop port"), Some("bank port"));
    let (old, new) = ("The port in the staging cluster is 80.", "It listens on 8080 by now.");
    let of = |a, b| {
        let found = judge(&a, &b);
        (found.relation, found.reason)
    };
    assert_eq!(of(port(shop, old), port(shop, new)), (Relation::Updates, SUBJECT));
    assert_eq!(of(port(shop, old), port(shop, old)), (Relation::Same, EQUAL));
    assert_eq!(of(port(shop, old), port(bank, old)), (Relation::Related, SUBJECT));
    let reworded = "Ports in staging clusters: 80.";
    assert_eq!(of(port(shop, old), port(shop, reworded)), (Relation::Same, NEAR));
    let other = "The ports in staging clusters are 81.";
    assert_eq!(of(port(shop, old), port(shop, other)), (Relation::Updates, SUBJECT));
    // A subject that only one of the statements has changes nothing.
    assert_eq!(of(port(shop, old), port(None, old)), (Relation::Same, EQUAL));
}

#[test]
fn what_two_people_say_stays_apart_and_one_person_may_change_their_mind() {
    let said = |text, principal| Statement { text, subject: Some("indentation"), principal };
    let (tabs, spaces) = ("Indent code by tabs.", "Indent code by four spaces.");
    let of = |a, b| {
        let found = judge(&a, &b);
        (found.relation, found.reason)
    };
    let (ana, ben) = (Some("ana"), Some("ben"));
    assert_eq!(of(said(tabs, ana), said(spaces, ben)), (Relation::Related, "principal"));
    assert_eq!(of(said(tabs, ana), said(tabs, ben)), (Relation::Related, "principal"));
    assert_eq!(of(said(tabs, ana), said(spaces, ana)), (Relation::Updates, SUBJECT));
    assert_eq!(of(said(tabs, ana), said(spaces, None)), (Relation::Updates, SUBJECT));
}

#[test]
fn a_pair_that_the_host_calls_similar_has_the_similarity_that_the_host_gave() {
    let (a, b) =
        ("Nightly backups go to the second centre", "A copy is made in centre two at night");
    let found = judged_as(a, b, ALIKE);
    assert_eq!(
        (found.relation, found.reason, found.similarity),
        (Relation::Same, "similar", 950_000)
    );
    assert!(judged(a, b).similarity < 950_000);
}

#[test]
fn what_a_model_says_holds_but_for_the_guards_above_it() {
    let compared = |a: &str, b: &str, said| judged_as(a, b, PairHint::Compared(said)).relation;
    let (night, copy) =
        ("Nightly backups go to the second centre", "A copy is made in centre two at night");
    for (said, relation) in [
        (Comparison::Same, Relation::Same),
        (Comparison::Updates, Relation::Updates),
        (Comparison::Contradicts, Relation::Updates),
        (Comparison::Independent, Relation::Related),
    ] {
        assert_eq!(compared(night, copy, said), relation);
    }
    for (a, b) in [
        ("The deadline of the project is Oct 15th", "The deadline of the project is Oct 16th"),
        ("Lint reads `.lint-a.yml`", "It is `.lint-b.yml` that the linter takes"),
        ("Ask Alice about the shop", "About the shop ask Bob"),
        ("Always push the release branch to main", "Never push the release branch to main"),
    ] {
        assert_eq!(compared(a, b, Comparison::Same), Relation::Related, "{a} / {b}");
    }
    // In a longer rewording, other names in code, another polarity, and planned against done do not
    // overrule the model.
    for (a, b, guard) in [
        ("The linter reads `lintSpec`", "It is `ruleBook` that linting takes", "code"),
        ("Never keep secrets in the shop's log", "A log keeps words, and no bare keys", "negation"),
        ("Telemetry is enabled for guests", "For visitors measuring is not disabled", "opposite"),
        (
            "The alpha calls the beta for each request that comes in",
            "A beta calls an alpha once a job was sent",
            "order",
        ),
        ("The export is planned for the app", "The export is done for the app", "modality"),
    ] {
        assert_eq!(judged_as(a, b, ALIKE).reason, guard, "{a} / {b}");
        assert_eq!(compared(a, b, Comparison::Same), Relation::Same, "{a} / {b}");
    }
}

/// How the words of two texts are alike.
fn alike(a: &str, b: &str) -> Alike {
    let corpus = Corpus::of([a, b]);
    let (one, other) = (corpus.reading(0), corpus.reading(1));
    same::alike(one, other, Overlap::of(one, other))
}

/// `count` words, each another one, after `skipped` others.
fn words(skipped: usize, count: usize) -> String {
    let all = "lamp chair table shelf spoon plate knife towel brush stove clock mirror carpet curtain bottle basket";
    all.split(' ').skip(skipped).take(count).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_similarity_is_the_share_of_words_that_both_have() {
    let of = |shared, left, right| Overlap { shared, left, right }.similarity();
    assert_eq!([of(2, 1, 1), of(3, 1, 0), of(3, 0, 1)], [500_000, 750_000, 750_000]);
    assert_eq!([of(0, 2, 3), of(5, 0, 0), of(0, 0, 0)], [0, 1_000_000, 0]);
    let corpus = Corpus::of(["lamp chair table", "table spoon lamp plate"]);
    let overlap = Overlap::of(corpus.reading(0), corpus.reading(1));
    assert_eq!(overlap, Overlap { shared: 2, left: 1, right: 2 });
}

#[test]
fn statements_are_alike_from_four_shared_words_that_are_half_of_all() {
    assert_eq!(alike(&words(0, 4), &words(0, 4)), Alike::Wording);
    assert_eq!(alike(&words(0, 3), &words(0, 3)), Alike::Not);
    assert_eq!(alike(&words(0, 3), &words(0, 4)), Alike::Not);
    // Four of eight words are half of them, four of nine are less.
    assert_eq!(alike(&words(0, 4), &words(0, 8)), Alike::Close);
    assert_eq!(alike(&words(0, 4), &words(0, 9)), Alike::Not);
}

#[test]
fn in_a_short_statement_two_words_against_one_or_two_are_its_value() {
    let with = |shared, value: &str| format!("{} {value}", words(0, shared));
    let of = |shared, a, b| alike(&with(shared, a), &with(shared, b));
    for value in ["purple", "pale purple"] {
        assert_eq!(of(6, value, "cyan"), Alike::Slot, "{value}");
        assert_eq!(of(6, value, "dark cyan"), Alike::Slot, "{value}");
        assert_eq!(of(6, value, "very dark cyan"), Alike::Close, "{value}");
        assert_eq!(of(6, value, ""), Alike::Close, "{value}");
    }
    // The clause has at most twelve words with the shorter value.
    assert_eq!(of(10, "pale purple", "dark cyan"), Alike::Slot);
    assert_eq!(of(11, "purple", "dark cyan"), Alike::Slot);
    assert_eq!(of(11, "pale purple", "dark cyan"), Alike::Close);
    assert_eq!(of(12, "purple", "cyan"), Alike::Close);
}

#[test]
fn subjects_differ_when_each_statement_begins_with_a_word_that_the_other_lacks() {
    let of = |a: &str, b: &str| {
        alike(&format!("{a} {}", words(0, 12)), &format!("{b} {}", words(0, 12)))
    };
    assert_eq!(of("garden", "cellar"), Alike::Slot);
    assert_eq!(of("garden", ""), Alike::Close);
    assert_eq!(of("", "cellar"), Alike::Close);
    // `clock` is in both, so only one begins with a word of its own.
    assert_eq!(of("garden", "clock"), Alike::Close);
    assert_eq!(of("clock", "garden"), Alike::Close);
}

proptest! {
    #[test]
    fn swapping_the_two_swaps_the_sides(
        a in "(use |the |port |of |web-api |8080 |9090 |not |Anna |must |runs |tests ){0,12}",
        b in "(use |the |port |of |web-api |8080 |9090 |not |Anna |must |runs |tests ){0,12}",
    ) {
        let (there, back) = (judged(&a, &b), judged(&b, &a));
        prop_assert_eq!(there.relation, back.relation);
        prop_assert_eq!(there.reason, back.reason);
    }
}
