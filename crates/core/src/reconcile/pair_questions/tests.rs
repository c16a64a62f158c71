use dreaming_records::ids::EntryId;
use dreaming_records::ledger::{EntryRecord, Origin};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;

use super::*;
use crate::identity::resolve;

const MEMORIES: [(&str, &str); 3] = [
    (
        "a.md",
        "# Shop\n\n- Nightly backups of the shop go to the second data centre.\n\
         - Prices are integers in cents.\n",
    ),
    (
        "b.md",
        "# Night\n\n- Every night a backup of the shop goes to the second centre.\n\
         - Nightly backups of the shop go to the second data centre.\n",
    ),
    ("AGENTS.md", "- Nightly backups of the shop go into the second data centre!\n"),
];

fn records(pairs: impl IntoIterator<Item = PairRecord>) -> Pairs {
    let mut records = Pairs::default();
    pairs.into_iter().for_each(|pair| records.insert(pair.key.clone(), pair));
    records
}

fn entries() -> Vec<Located> {
    let mut store = Snapshot::default();
    for (at, (path, text)) in MEMORIES.iter().enumerate() {
        let path = MemoryPath::new(*path).unwrap();
        let seen = i64::try_from(at).unwrap();
        let observed_at = Some(Time::from_millis(seen));
        let memory = Memory { path: path.clone(), text: (*text).into(), observed_at };
        store.memories.insert(path, memory.into());
    }
    resolve(&store, Time::from_millis(9), crate::redact).entries
}

#[test]
fn a_side_shows_the_line_that_introduces_its_list() {
    let mut store = Snapshot::new("");
    let text = "# Hosts\n\n**Staging:**\n\n- Deploys wait for the team lead.\n\n**Tills:**\n\n- Deploys wait for a team lead.\n";
    store.add_memory(Memory::new("a.md", text, None).unwrap()).unwrap();
    let entries = resolve(&store, Time::from_millis(9), crate::redact).entries;
    let asked = questions(&entries, &[], &Pairs::default(), 9);
    let shown: Vec<_> = asked.iter().map(|q| (&q.older.headings, &q.newer.headings)).collect();
    let under = |line: &str| vec!["Hosts".to_owned(), line.to_owned()];
    assert_eq!(shown, [(&under("**Tills:**"), &under("**Staging:**"))]);
}

/// The questions about two wordings.
fn of_wordings(mut asked: Vec<Question>) -> Vec<Question> {
    asked.retain(|question| question.older.text != question.newer.text);
    asked
}

#[test]
fn the_same_words_are_asked_about_only_where_they_stand_below_different_headings() {
    let texts = [
        ("a.md", "# Old notes\n\n- Never push to a shared branch by force.\n"),
        ("b.md", "# Workflow\n\n- Never push to a shared branch by force.\n"),
        ("c.md", "# Workflow\n\n- Never push to a shared branch by force.\n"),
        ("d.md", "# Tills\n\n- Never push to a shared branch by force.\n"),
    ];
    let mut store = Snapshot::new("");
    for (path, text) in texts {
        store.add_memory(Memory::new(path, text, None).unwrap()).unwrap();
    }
    let entries = resolve(&store, Time::from_millis(9), crate::redact).entries;
    let asked = questions(&entries, &[], &Pairs::default(), 9);
    let note = unasked(&entries, &Pairs::default()).unwrap();
    let places = "(`a.md`, line 3, and `b.md`, line 3)";
    assert!(note.starts_with("1 statement stands twice") && note.contains(places), "{note}");
    // One for each pair of headings: what stands twice below the same is no question.
    assert_eq!(asked.len(), 3, "{asked:?}");
    let old = |q: &&Question| [&q.older, &q.newer].iter().any(|s| s.headings == ["Old notes"]);
    let new = |q: &&Question| [&q.older, &q.newer].iter().any(|s| s.headings == ["Workflow"]);
    let [question] = asked.iter().filter(old).filter(new).collect::<Vec<_>>()[..] else {
        panic!("{asked:?}")
    };
    // The answer holds for these headings, not for others above the same words.
    let answered = records([question.answered(Comparison::Same)]);
    let told: Vec<_> = hints(&entries, &answered).iter().map(|(pair, _)| *pair).collect();
    assert_eq!(told, [(0, 1), (0, 2)]);
    let left = questions(&entries, &[], &answered, 9);
    assert_eq!(left.len(), 2, "{left:?}");
    let all = records(asked.iter().map(|question| question.answered(Comparison::Independent)));
    assert_eq!(unasked(&entries, &all), None);
}

#[test]
fn a_pair_of_texts_is_asked_once_the_older_first_and_never_across_readers() {
    let entries = entries();
    let asked = of_wordings(questions(&entries, &[], &Pairs::default(), 9));
    let [question] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(question.older.text.starts_with("Nightly"), "{question:?}");
    assert!(question.newer.text.starts_with("Every night"), "{question:?}");
    assert_eq!(question.key, key(&question.newer.text, &question.older.text));
    assert_eq!(questions(&entries, &[], &Pairs::default(), 0), []);
    let answered = records([question.answered(Comparison::Independent)]);
    assert_eq!(of_wordings(questions(&entries, &[], &answered, 9)), []);
}

/// `count` statements of one template in files of ten, like lists of services and ports.
fn template(count: usize) -> Vec<Located> {
    let mut store = Snapshot::default();
    for file in 0..count / 10 {
        let line =
            |n: usize| format!("- Service {n} of team {} listens on port {}.\n", n % 7, n * n % 31);
        let text: String = (file * 10..file * 10 + 10).map(line).collect();
        let memory = Memory::new(format!("t{file}.md"), text, None).unwrap();
        store.memories.insert(memory.path.clone(), memory.into());
    }
    resolve(&store, Time::from_millis(9), crate::redact).entries
}

#[test]
fn few_questions_are_the_first_of_all_that_there_are() {
    let entries = template(100);
    let all = questions(&entries, &[], &Pairs::default(), usize::MAX);
    assert!(all.len() > 1_000, "{}", all.len());
    let order = |question: &Question| (Reverse(question.similarity), question.key.clone());
    assert!(all.is_sorted_by_key(order));
    let keys: Vec<&Digest> = all.iter().map(|question| &question.key).collect();
    assert_eq!(Set::of(keys.iter().copied()).len(), keys.len(), "each pair once");
    let answered = records(all.iter().step_by(3).map(|q| q.answered(Comparison::Same)));
    let open: Vec<Question> =
        all.iter().filter(|q| !answered.contains_key(&q.key)).cloned().collect();
    for most in [0, 1, 2, 7, 40, 333, all.len(), all.len() + 1] {
        let first = |all: &[Question]| all.iter().take(most).cloned().collect::<Vec<_>>();
        assert_eq!(questions(&entries, &[], &Pairs::default(), most), first(&all), "{most}");
        assert_eq!(questions(&entries, &[], &answered, most), first(&open), "{most}");
    }
}

#[test]
fn pairs_that_a_host_calls_alike_are_asked_about_and_answered_like_others() {
    let entries = entries();
    let of = |start: &str| {
        let found = entries.iter().find(|entry| entry.record.text.starts_with(start));
        found.unwrap().record.id.clone()
    };
    let named = |a: EntryId, b: EntryId| Similarity { a, b, similarity: 900_000 };
    let (prices, night) = (of("Prices"), of("Every night"));
    let pairs = [
        named(prices.clone(), night),
        // A pair with an unknown id, an entry paired with itself, and two entries without a
        // common reader.
        named(prices.clone(), EntryId::new("e0")),
        named(prices.clone(), prices.clone()),
        named(prices, of("Nightly backups of the shop go into")),
    ];
    let asked = of_wordings(questions(&entries, &pairs, &Pairs::default(), 9));
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0].similarity, 900_000);
    assert!(asked[0].older.text.starts_with("Prices"), "{asked:?}");
    assert!(asked[1].similarity < 900_000);
    // The answer about this pair also holds when the host no longer names the pair.
    let answered = records([asked[0].answered(Comparison::Same)]);
    assert_eq!(hints(&entries, &answered).iter().len(), 1);
    assert_eq!(of_wordings(questions(&entries, &pairs, &answered, 9)), [asked[1].clone()]);
    // When words and host differ on the similarity, the greater counts; the pair is asked about
    // once.
    let pairs = [named(of(&asked[1].older.text), of(&asked[1].newer.text))];
    let asked = of_wordings(questions(&entries, &pairs, &Pairs::default(), 9));
    assert_eq!((asked.len(), asked[0].similarity), (1, 900_000));
}

#[test]
fn what_was_said_is_kept_while_one_of_the_texts_is_there() {
    let question = of_wordings(questions(&entries(), &[], &Pairs::default(), 9)).remove(0);
    let pair = question.answered(Comparison::Same);
    let ledger = |texts: &[&str]| {
        let mut ledger = Ledger::default();
        for text in texts {
            let (id, path) = (EntryId::new(*text), question.older.path.clone());
            let entry = EntryRecord::new(id.clone(), path, (*text).into(), Origin::Imported);
            ledger.entries.insert(id, entry);
        }
        ledger.pairs.insert(pair.key.clone(), pair.clone());
        ledger
    };
    let (older, newer) = (question.older.text.as_str(), question.newer.text.as_str());
    let kept = |texts: &[&str]| {
        let mut ledger = ledger(texts);
        retain(&mut ledger);
        ledger.pairs.get(&pair.key).map(|pair| pair.said)
    };
    assert_eq!(kept(&[older, "Another."]), Some(Comparison::Same));
    assert_eq!(kept(&[newer]), Some(Comparison::Same));
    assert_eq!(kept(&["Another."]), None);
    let mut erased = ledger(&[older, newer]);
    erase(&mut erased, "Another.");
    assert_eq!(erased.pairs.len(), 1);
    erase(&mut erased, newer);
    assert!(erased.pairs.is_empty());
}

#[test]
fn an_answer_holds_for_every_pair_with_these_texts() {
    let entries = entries();
    let asked = questions(&entries, &[], &Pairs::default(), 9);
    let answered = records(asked.iter().map(|question| question.answered(Comparison::Same)));
    let hints = hints(&entries, &answered);
    assert_eq!(hints.iter().len(), 3, "{hints:?}");
    assert!(hints.iter().all(|(_, hint)| *hint == PairHint::Compared(Comparison::Same)));
}
