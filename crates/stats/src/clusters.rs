//! Groups sessions about the same task, by the words of the request and the steps taken.

use std::cmp::Reverse;

use dreaming_records::ids::SessionId;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::join::{Threshold, near};
use dreaming_text::sort;

use dreaming_learn::outcome::Judge;

use super::stats_document::Cluster;
use super::{count, ended, groups, keep_first};

/// Most sessions that are compared, the newest ones. Chosen by us: the number of pairs grows with
/// the square.
const MAX_SESSIONS: usize = 1_000;

/// Similarity of words and steps from which two sessions are about one task, in parts per thousand.
/// Chosen by us: requests for the same thing in other words still share a quarter of all their
/// words.
const ALIKE: Threshold = Threshold::permille(250);

/// Fewest sessions of a cluster: two are a coincidence.
const MIN_SESSIONS: usize = 3;

/// Fewest words and steps of a session: with fewer, a single shared one is a large share.
const MIN_FEATURES: usize = 3;

/// Most clusters listed. Chosen by us: a person can still read such a table.
const MAX_CLUSTERS: usize = 20;

/// Most words, and most steps, that name a cluster.
const MAX_NAME: usize = 4;

/// Most sessions of a cluster that are named.
const MAX_EXAMPLES: usize = 8;

/// A mark in front of a feature's text, so that a word and a step with equal spelling differ.
const WORD: char = 'w';
const STEP: char = 's';
const TASK: char = 't';

/// The clusters, largest first. The session with the most similar sessions takes those that no
/// cluster has yet; then the next one. So each member is as similar to the centre of its cluster as
/// [`ALIKE`] demands.
pub(super) fn clusters(records: &[&SessionRecord], judge: &Judge<'_>) -> Vec<Cluster> {
    let mut newest: Vec<&SessionRecord> = records.to_vec();
    keep_first(&mut newest, MAX_SESSIONS, |record| (Reverse(ended(record)), &record.id));
    let features: Vec<Vec<String>> = telling(newest.iter().map(|r| features(r)).collect());
    let one_task = |left: usize, right: usize| {
        let (left, right) = (features.get(left), features.get(right));
        left.zip(right).is_some_and(|(a, b)| share_words(a, b))
    };
    let pairs = near(&features, &features, ALIKE).into_iter().map(|pair| (pair.left, pair.right));
    let neighbours = pairs.filter(|(a, b)| a != b && one_task(*a, *b)).collect();
    let neighbours: Vec<(usize, usize)> = sort::set(neighbours);
    let mut middles: Vec<_> = neighbours
        .chunk_by(|(a, _), (b, _)| a == b)
        .filter_map(|near| {
            let (at, _) = *near.first()?;
            Some((Reverse(near.len()), &newest.get(at)?.id, at, near))
        })
        .collect();
    sort::all(&mut middles);
    let mut free = vec![true; newest.len()];
    let mut found = Vec::new();
    for (_, _, middle, near) in middles {
        let is_free = |at: &usize| free.get(*at) == Some(&true);
        let near = near.iter().map(|(_, at)| *at).filter(is_free);
        let members: Vec<usize> = [middle].into_iter().chain(near).collect();
        if !is_free(&middle) || members.len() < MIN_SESSIONS {
            continue;
        }
        let cluster = cluster(&members, &newest, &features, judge);
        // A cluster is kept only if most sessions share words that tell a reader what they are
        // about.
        if !cluster.words.is_empty() {
            for at in members {
                free.get_mut(at).into_iter().for_each(|is_free| *is_free = false);
            }
            found.push(cluster);
        }
    }
    keep_first(&mut found, MAX_CLUSTERS, |cluster: &Cluster| {
        (Reverse(cluster.sessions), cluster.words.clone(), cluster.examples.clone())
    });
    found
}

/// The words, steps and task of a session, sorted, each once.
fn features(record: &SessionRecord) -> Vec<String> {
    let notes = &record.notes;
    let marked = |mark: char, text: &str| format!("{mark}{text}");
    let words = notes.topic.iter().map(|word| marked(WORD, word));
    let steps = notes.steps.iter().map(|step| marked(STEP, &step.name));
    let task = notes.task.iter().map(|task| marked(TASK, task));
    sort::set(words.chain(steps).chain(task).collect())
}

/// Whether two sessions share a word or a task. Shared steps alone show how people work, not on
/// what.
fn share_words(a: &[String], b: &[String]) -> bool {
    a.iter().any(|feature| !feature.starts_with(STEP) && b.binary_search(feature).is_ok())
}

/// Removes features of more than half of the sessions: they show how people work here, not on what.
/// Sessions with too few features left match no other.
fn telling(mut all: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut sessions: Vec<String> = all.iter().flatten().cloned().collect();
    sort::all(&mut sessions);
    let number = |feature: &String| sort::run(&sessions, |other| other.cmp(feature)).len();
    let half = all.len() / 2;
    // In a handful of sessions half may well be about one thing.
    let counts = all.len() > 2 * MIN_SESSIONS;
    for features in &mut all {
        features.retain(|feature| !counts || number(feature) <= half);
        if features.len() < MIN_FEATURES {
            features.clear();
        }
    }
    all
}

fn cluster(
    members: &[usize],
    newest: &[&SessionRecord],
    features: &[Vec<String>],
    judge: &Judge<'_>,
) -> Cluster {
    let records: Vec<&SessionRecord> =
        members.iter().filter_map(|at| newest.get(*at).copied()).collect();
    let all = members.iter().filter_map(|at| features.get(*at)).flatten();
    let mut all: Vec<&str> = all.map(String::as_str).collect();
    sort::all(&mut all);
    let commonest = |mark: char| {
        let most = all.chunk_by(|a, b| a == b).filter(|all| all.len() * 2 > members.len());
        let mut most: Vec<(Reverse<usize>, &str)> = most
            .filter_map(|all| Some((Reverse(all.len()), all.first()?.strip_prefix(mark)?)))
            .collect();
        sort::all(&mut most);
        most.iter().take(MAX_NAME).map(|(_, text)| (*text).to_owned()).collect::<Vec<_>>()
    };
    let mut words = commonest(TASK);
    words.extend(commonest(WORD));
    words.truncate(MAX_NAME);
    let mut examples: Vec<SessionId> = records.iter().map(|record| record.id.clone()).collect();
    sort::all(&mut examples);
    examples.truncate(MAX_EXAMPLES);
    Cluster {
        words,
        steps: commonest(STEP),
        sessions: count(members.len()),
        examples,
        outcomes: groups::outcomes(&records, judge),
        last: records.iter().filter_map(|record| ended(record)).max(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures as fixture;

    fn about(id: &str, words: &str, steps: &[&str]) -> SessionRecord {
        let mut record = fixture::record(id, "alice", 1);
        record.notes.topic = words.split(' ').map(Into::into).collect();
        sort::all(&mut record.notes.topic);
        record.notes.steps = steps.iter().map(|name| fixture::step(name, 1)).collect();
        record
    }

    fn sample() -> Vec<SessionRecord> {
        vec![
            about("a", "invoice export csv", &["npm test"]),
            about("b", "csv export invoice totals", &["npm test"]),
            about("c", "export invoice pdf csv", &["npm test"]),
            about("d", "login page colour", &["npm test"]),
            about("e", "database backup nightly", &["make dump"]),
            about("f", "search index slow", &["npm test"]),
            about("g", "typing errors checkout form", &["npm test"]),
        ]
    }

    #[test]
    fn sessions_about_one_thing_are_a_cluster_named_by_what_they_share() {
        let records = sample();
        let found = clusters(&records.iter().collect::<Vec<_>>(), &Judge::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].words, ["csv", "export", "invoice"]);
        assert_eq!(found[0].sessions, 3);
        assert_eq!(found[0].examples, ["a", "b", "c"].map(SessionId::new));
    }

    #[test]
    fn equal_steps_alone_are_no_task() {
        let steps = ["git add", "git commit", "git push", "cargo test"];
        let records = ["alpha", "beta", "gamma", "delta"].map(|word| about(word, word, &steps));
        assert!(clusters(&records.iter().collect::<Vec<_>>(), &Judge::default()).is_empty());
    }

    #[test]
    fn no_order_and_no_unrelated_session_makes_another_cluster() {
        let records = sample();
        let (mut there, mut back): (Vec<_>, Vec<_>) =
            (records.iter().collect(), records.iter().rev().collect());
        assert_eq!(clusters(&there, &Judge::default()), clusters(&back, &Judge::default()));
        there.truncate(2);
        back.truncate(4);
        assert!(
            clusters(&there, &Judge::default()).is_empty()
                && clusters(&back, &Judge::default()).is_empty()
        );
    }
}
