//! The time of an answer tells nobody how near a wrong key comes to a right one, nor whether an id is somebody else's.

use std::time::{Duration, Instant};

use axum::http::Method;

use crate::server::Server;

/// How often each kind of request is made. Chosen by us: the share of [`slower`] is then off by .01 at most times, and
/// the test takes some seconds.
const ROUNDS: usize = 2_000;

/// How far a share may be from a half. Chosen by us: five times what chance makes of it.
const MAY: f64 = 0.05;

/// How often the requests are timed anew when two kinds of them stood apart. Chosen by us: what is there shows each
/// time, what a busy machine did to one of them does not.
const TRIES: usize = 4;

/// How often a time of `these` is longer than one of `those`, of all pairs.
fn slower(these: &[Duration], those: &[Duration]) -> f64 {
    let mut sorted = those.to_vec();
    sorted.sort_unstable();
    let twice = |time: &Duration| {
        sorted.partition_point(|other| other < time) + sorted.partition_point(|other| other <= time)
    };
    let sum: usize = these.iter().map(twice).sum();
    sum as f64 / (2 * these.len() * those.len()) as f64
}

/// The times of requests, each a key and a path. Each round has an order of its own, so that no kind has a quieter
/// machine than another and none comes mostly after the one that leaves a warm page or a sleeping thread behind. The
/// last kind is the first with one more look for its key.
async fn times(server: &Server, requests: &[(&str, &str, u16)]) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); requests.len() + 1];
    let (mut order, mut random) =
        ((0..times.len()).collect::<Vec<_>>(), fastrand::Rng::with_seed(1));
    for _ in 0..ROUNDS {
        random.shuffle(&mut order);
        for &which in &order {
            let (key, path, status) = requests.get(which).unwrap_or(&requests[0]);
            let begun = Instant::now();
            if which == requests.len() {
                server.database.caller(key).await.unwrap();
            }
            let (told, _) = server.with(key, Method::GET, path, None).await;
            times[which].push(begun.elapsed());
            assert_eq!(told, *status, "{path}");
        }
    }
    times
}

/// The two kinds of requests that can be told apart by their times, with the share of [`slower`], if there are any.
/// Also checks that one more look for a key would be noticed.
async fn stands_out(
    server: &Server,
    requests: &[(&str, &str, u16)],
) -> Option<(usize, usize, f64)> {
    let times = times(server, requests).await;
    let (longer, times) = times.split_last().unwrap();
    let share = slower(longer, &times[0]);
    assert!(share > 0.5 + 2.0 * MAY, "one more look for a key was not noticed: {share}");
    let pairs =
        (0..times.len()).flat_map(|one| (one + 1..times.len()).map(move |other| (one, other)));
    let mut shares = pairs.map(|(one, other)| (one, other, slower(&times[one], &times[other])));
    shares.find(|(.., share)| (share - 0.5).abs() >= MAY)
}

/// Checks that no two kinds of requests can be told apart by their times whenever one looks.
async fn none_stands_out(server: &Server, requests: &[(&str, &str, u16)]) {
    let mut seen = Vec::new();
    while seen.len() < TRIES {
        match stands_out(server, requests).await {
            Some(pair) => seen.push(pair),
            None => return,
        }
    }
    panic!("{requests:?}: {seen:?}");
}

#[tokio::test]
async fn wrong_keys_take_the_same_time_however_near_they_come() {
    let server = Server::sqlite(dreaming_server::Options::default()).await;
    let right = &server.keys[0];
    let other = |letter: char| if letter == 'a' { 'b' } else { 'a' };
    let (head, last) = right.split_at(right.len() - 1);
    let but_the_last = format!("{head}{}", other(last.chars().next().unwrap()));
    let (name, secret) = right.split_at(3);
    let but_the_first = format!("{name}{}{}", other(secret.chars().next().unwrap()), &secret[1..]);
    let none: String = name.chars().chain(secret.chars().map(other)).collect();
    assert!([&but_the_last, &but_the_first, &none].iter().all(|key| key.len() == right.len()));
    let path = "/v1/memory_stores/memstore_none";
    let requests = [&but_the_last, &but_the_first, &none].map(|key| (key.as_str(), path, 401));
    none_stands_out(&server, &requests).await;
}

#[tokio::test]
async fn what_is_somebody_elses_takes_the_time_of_what_is_not_there() {
    let server = Server::sqlite(dreaming_server::Options::default()).await;
    let theirs = server.store().await;
    let letters = theirs.chars().rev().take_while(|letter| *letter != '_').count();
    let nobodys = format!("{}{}", &theirs[..theirs.len() - letters], "0".repeat(letters));
    let requests = [&theirs, &nobodys].map(|path| (server.keys[1].as_str(), path.as_str(), 404));
    none_stands_out(&server, &requests).await;
}
