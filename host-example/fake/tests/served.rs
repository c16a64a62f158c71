//! Requests that come at the same time over connections that stay open.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use dreaming_fake_models::{Fake, Reply, Speaks};

/// Connections at once. Chosen by us: the calls of two dreams.
const AT_ONCE: usize = 8;

/// Services that are started. Chosen by us: a service that leaves a connection unread does it in one of some dozens.
const ROUNDS: usize = 200;

#[test]
fn a_connection_is_served_while_others_stay_open() {
    for round in 0..ROUNDS {
        let fake = Fake::says(Speaks::Anthropic, Reply::Refuses);
        let address = fake.url.strip_prefix("http://").unwrap();
        let (begin, end) = (Barrier::new(AT_ONCE), Barrier::new(AT_ONCE));
        let ask = || {
            begin.wait();
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: fake\r\n\r\n").unwrap();
            let mut reply = [0; 12];
            let read = stream.read_exact(&mut reply);
            end.wait();
            read.map(|()| String::from_utf8_lossy(&reply).into_owned())
        };
        thread::scope(|scope| {
            let asked: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(ask)).collect();
            for reply in asked {
                assert_eq!(reply.join().unwrap().unwrap(), "HTTP/1.1 400", "round {round}");
            }
        });
    }
}
