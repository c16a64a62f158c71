//! What an agent gets to load: properties over random stores, queries and budgets.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use dreaming::ledger::{EntryRecord, Ledger, Tier};
use dreaming::pack;
use dreaming::pack::Packed;
use dreaming::read;
use dreaming::trust::Trust;
use dreaming::{Memory, Snapshot, Time};
use proptest::prelude::*;

const WORDS: [&str; 9] =
    ["staging", "port", "deploy", "tests", "never", "branch", "release", "cache", "token"];
const EVERYTHING: u32 = u32::MAX;

/// The text of a random entry, and its values in the ledger.
#[derive(Clone, Debug)]
struct Said {
    memory: usize,
    words: Vec<usize>,
    tier: Tier,
    trust: Trust,
    last_seen: Option<Time>,
    replaced: bool,
    principal: Option<&'static str>,
}

fn said() -> impl Strategy<Value = Said> {
    let tier = prop_oneof![Just(Tier::Short), Just(Tier::Intermediate), Just(Tier::Long)];
    let trust = prop_oneof![Just(Trust::External), Just(Trust::Agent), Just(Trust::User)];
    let seen = proptest::option::of((0..5_i64).prop_map(Time::from_millis));
    let principal = prop_oneof![3 => Just(None), 1 => Just(Some("ana")), 1 => Just(Some("ben"))];
    let words = proptest::collection::vec(0..WORDS.len(), 1..9);
    let replaced = proptest::bool::weighted(0.2);
    (0..3_usize, words, tier, trust, seen, replaced, principal).prop_map(
        |(memory, words, tier, trust, last_seen, replaced, principal)| Said {
            memory,
            words,
            tier,
            trust,
            last_seen,
            replaced,
            principal,
        },
    )
}

fn store_of(all: &[Said]) -> Snapshot {
    let memories: Vec<Memory> = (0..3)
        .map(|memory| {
            let lines = all.iter().enumerate().filter(|(_, said)| said.memory == memory);
            let lines = lines.map(|(at, said)| {
                let words: Vec<&str> = said.words.iter().map(|word| WORDS[*word]).collect();
                format!("- n{at} {}\n", words.join(" "))
            });
            let text = format!("# Notes\n\n{}", lines.collect::<String>());
            Memory::new(format!("m{memory}.md"), text, None).unwrap()
        })
        .collect();
    let mut bare = Snapshot::default();
    for memory in &memories {
        bare.add_memory(memory.clone()).unwrap();
    }
    let mut ledger: Ledger = read(&bare, Time::from_millis(0)).ledger;
    ledger.entries.update(|record| {
        let said = &all[number(&record.text)];
        Some(EntryRecord {
            tier: said.tier,
            trust: said.trust,
            last_seen: said.last_seen,
            valid_to: said.replaced.then_some(Time::from_millis(9)),
            principal: said.principal.map(Into::into),
            ..record.clone()
        })
    });
    filled(memories, &ledger, false)
}

fn filled(memories: Vec<Memory>, ledger: &Ledger, backwards: bool) -> Snapshot {
    let mut store = Snapshot::default();
    let (mut memories, mut rows) = (memories, ledger.records().unwrap());
    if backwards {
        memories.reverse();
        rows.reverse();
    }
    for row in &rows {
        store.add_record(row).unwrap();
    }
    for memory in memories {
        store.add_memory(memory).unwrap();
    }
    store
}

/// The number at the beginning of every random statement.
fn number(text: &str) -> usize {
    text.split(' ').next().unwrap().trim_start_matches('n').parse().unwrap()
}

fn ids(packed: &[Packed]) -> BTreeSet<&str> {
    packed.iter().map(|entry| entry.entry.as_str()).collect()
}

fn record<'a>(store: &'a Snapshot, packed: &Packed) -> &'a EntryRecord {
    store.ledger.entries.get(&packed.entry).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_input_changes_anything(
        all in proptest::collection::vec(said(), 1..20),
        query in proptest::sample::select(&WORDS[..]),
        budget in 0..100_u32,
    ) {
        let store = store_of(&all);
        let memories: Vec<Memory> = store.memories.values().map(|memory| Memory::clone(memory)).collect();
        let backwards = filled(memories, &store.ledger, true);
        for query in [query, ""] {
            prop_assert_eq!(pack(&store, query, budget, None), pack(&backwards, query, budget, None));
        }
    }

    #[test]
    fn the_budget_is_kept_and_a_greater_one_loses_an_entry_only_to_a_better_one(
        all in proptest::collection::vec(said(), 1..20),
        query in proptest::sample::select(&WORDS[..]),
        (small, more) in (0..80_u32, 0..80_u32),
    ) {
        let store = store_of(&all);
        for query in [query, ""] {
            let ranked = pack(&store, query, EVERYTHING, None);
            let rank = |id: &str| ranked.iter().position(|e| e.entry.as_str() == id).unwrap();
            let (less, greater) = (pack(&store, query, small, None), pack(&store, query, small + more, None));
            for (packed, budget) in [(&less, small), (&greater, small + more)] {
                prop_assert!(packed.iter().map(|e| e.tokens).sum::<u64>() <= u64::from(budget));
                prop_assert!(packed.is_sorted_by_key(|e| rank(e.entry.as_str())), "best first");
            }
            let (less, greater) = (ids(&less), ids(&greater));
            let lost = less.difference(&greater).map(|id| rank(id)).min();
            let won = greater.difference(&less).map(|id| rank(id)).min();
            prop_assert!(lost.is_none() || won < lost && won.is_some(), "{:?} {:?}", lost, won);
            // Every entry that was left out is larger than the remaining budget.
            let left = u64::from(small) - pack(&store, query, small, None).iter().map(|e| e.tokens).sum::<u64>();
            prop_assert!(ranked.iter().all(|e| less.contains(e.entry.as_str()) || e.tokens > left));
        }
    }

    #[test]
    fn a_word_that_one_entry_has_ranks_it_first(
        all in proptest::collection::vec(said(), 1..20),
        common in proptest::sample::select(&WORDS[..]),
        which in any::<proptest::sample::Index>(),
    ) {
        let store = store_of(&all);
        let ranked = pack(&store, "", EVERYTHING, Some("ana"));
        prop_assume!(!ranked.is_empty());
        let entry = &ranked[which.index(ranked.len())];
        let word = entry.text.split(' ').next().unwrap();
        let found = pack(&store, word, EVERYTHING, Some("ana"));
        prop_assert_eq!(ids(&found), BTreeSet::from([entry.entry.as_str()]));
        prop_assert!(found[0].score > 0);
        // With a common word added to the query, exactly the entries with one of the words are
        // found.
        let both = pack(&store, &format!("{word} {common}"), EVERYTHING, Some("ana"));
        let has = |e: &&Packed| e.text.split(' ').any(|w| w == word || w == common);
        prop_assert_eq!(ids(&both), ranked.iter().filter(has).map(|e| e.entry.as_str()).collect());
    }

    #[test]
    fn what_was_replaced_or_is_anothers_is_never_packed(
        all in proptest::collection::vec(said(), 1..20),
        query in proptest::sample::select(&WORDS[..]),
    ) {
        let store = store_of(&all);
        for query in [query, ""] {
            for principal in [None, Some("ana"), Some("ben")] {
                for packed in pack(&store, query, EVERYTHING, principal) {
                    let record = record(&store, &packed);
                    prop_assert!(record.valid_to.is_none());
                    prop_assert!(record.principal.is_none() || record.principal.as_deref() == principal);
                }
            }
        }
        let kept = all.iter().filter(|s| !s.replaced && s.principal != Some("ben")).count();
        prop_assert_eq!(pack(&store, "", EVERYTHING, Some("ana")).len(), kept);
    }

    #[test]
    fn without_a_query_tier_goes_before_trust_and_trust_before_time(
        all in proptest::collection::vec(said(), 2..20),
    ) {
        let store = store_of(&all);
        let ranked = pack(&store, " the of ", EVERYTHING, None);
        prop_assert_eq!(&ranked, &pack(&store, "", EVERYTHING, None));
        let key = |e: &Packed| {
            let record = record(&store, e);
            (record.tier, record.trust, record.last_seen)
        };
        let place = |e: &Packed| (e.path.clone(), e.line);
        prop_assert!(ranked.windows(2).all(|pair| key(&pair[0]) > key(&pair[1])
            || key(&pair[0]) == key(&pair[1]) && place(&pair[0]) < place(&pair[1])));
    }
}

fn markdown(text: &str) -> Snapshot {
    let mut store = Snapshot::default();
    store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
    store
}

#[test]
fn an_entry_is_found_by_its_heading_and_says_it() {
    let store = markdown("# Notes\n\n## Staging\n\n- Port 8080\n\n## Live\n\n- Port 80\n");
    let found = pack(&store, "staging port", EVERYTHING, None);
    assert_eq!((found[0].text.as_str(), found[0].line), ("Port 8080", 5));
    assert_eq!(found[0].headings, ["Notes", "Staging"]);
    assert_eq!(found.len(), 2);
    assert!(found[0].score > found[1].score);
}

#[test]
fn tokens_are_the_bytes_of_text_and_headings_in_fours_rounded_up() {
    let store = markdown("- 12345\n- ünf\n\n# Abc\n\n- 1\n");
    let tokens: Vec<(String, u64)> =
        pack(&store, "", EVERYTHING, None).into_iter().map(|e| (e.text, e.tokens)).collect();
    for (text, expected) in [("12345", 2), ("ünf", 1), ("1", 1)] {
        assert!(tokens.contains(&(text.into(), expected)), "{tokens:?}");
    }
    assert_eq!(pack(&store, "", 0, None), []);
}

#[test]
fn a_secret_in_a_memory_is_not_packed() {
    let key = ["AKIA", "QYLPMN5HFIQR7XYA"].concat();
    let store = markdown(&format!("- The deploy key is {key} for now.\n"));
    let found = pack(&store, "deploy key", EVERYTHING, None);
    assert!(found[0].text.contains("[REDACTED:") && !found[0].text.contains(&key), "{found:?}");
}

#[test]
fn an_empty_store_packs_nothing() {
    assert_eq!(pack(&Snapshot::default(), "anything", EVERYTHING, None), []);
    assert_eq!(pack(&Snapshot::default(), "", EVERYTHING, None), []);
}

/// Entries seen one after the other; those that name a price share a subject.
fn seen_in_order(texts: &[&str], subject: &str) -> Snapshot {
    let text: String = texts.iter().map(|text| format!("- {text}\n")).collect();
    let memory = Memory::new("notes.md", text, None).unwrap();
    let mut bare = Snapshot::default();
    bare.add_memory(memory.clone()).unwrap();
    let mut ledger: Ledger = read(&bare, Time::from_millis(0)).ledger;
    ledger.entries.update(|record| {
        let at = texts.iter().position(|text| *text == record.text).unwrap();
        Some(EntryRecord {
            last_seen: Some(Time::from_millis(i64::try_from(at).unwrap())),
            subject: record.text.contains('$').then(|| subject.into()),
            ..record.clone()
        })
    });
    filled(vec![memory], &ledger, false)
}

#[test]
fn a_later_value_goes_right_behind_an_older_one_that_fits_far_better() {
    let old = "My monthly budget for garden tools and seeds is $300.";
    let other = "The monthly budget of the garden club is decided in spring.";
    let new = "With the increased garden budget of $350 I ordered seeds from the valley, a rake for \
               the steep beds, two watering cans and a book on soil that my aunt recommended.";
    let packed = |query: &str| -> Vec<String> {
        let store = seen_in_order(&[old, other, new], "garden budget");
        pack(&store, query, EVERYTHING, None).into_iter().map(|entry| entry.text).collect()
    };
    assert_eq!(packed("monthly budget for garden tools"), [old, new, other]);
    // An entry that fits about as well goes before it.
    assert_eq!(packed("garden budget seeds")[..2], [new, old]);
}

#[test]
fn what_only_leads_in_is_not_packed_and_what_it_leads_in_stands_below_it() {
    let text = "# Shop\n\n## Refunds\n\n**Solution:**\n\n- Refund by hand in the console.\n- Expected response of the refund:\n";
    let mut store = Snapshot::default();
    store.add_memory(Memory::new("shop.md".to_owned(), text.to_owned(), None).unwrap()).unwrap();
    for query in ["refund solution response", ""] {
        let packed = pack(&store, query, EVERYTHING, None);
        let texts: Vec<&str> = packed.iter().map(|entry| &*entry.text).collect();
        assert_eq!(texts, ["Refund by hand in the console."], "{query}");
        assert_eq!(packed[0].headings, ["Shop", "Refunds", "Solution:"]);
    }
    // The ledger still has these entries.
    assert_eq!(read(&store, Time::from_millis(0)).entries.len(), 3);
}
