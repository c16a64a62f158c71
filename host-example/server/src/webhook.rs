//! Tells addresses what happened, by the rules of Standard Webhooks: signed, tried again, never to the server's own
//! network unless whoever runs it says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::db::webhooks::{Delivery, Sent};
use crate::db::{self, Database};
use crate::ids;

/// How secrets begin. Source of this, of the headers and of [`WAITS`]: the specification of Standard Webhooks.
const SECRET: &str = "whsec_";

/// Time between two looks for messages. Chosen by us: nobody waits for them with a watch.
const LOOK: Duration = Duration::from_secs(2);

/// Seconds before the next try, by how often a message was tried; after the last one it is given up.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Messages that are sent at once. Chosen by us: a few slow addresses do not hold the others up.
const AT_ONCE: i64 = 16;

/// Time for one try.
const LIMIT: Duration = Duration::from_secs(15);

/// A new secret.
///
/// # Errors
/// When the machine has no random numbers.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{SECRET}{}", BASE64_STANDARD.encode(bytes)))
}

/// The signature of a message; `None` for a secret that is none.
fn signature(secret: &str, id: &str, time: i64, body: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(SECRET)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

/// Sends messages. A clone shares its connections.
#[derive(Clone, Debug)]
pub struct Sender {
    agent: Agent,
}

impl Sender {
    /// One that reaches private addresses too, if `is_private`: those of its own machine and network.
    #[must_use]
    pub fn new(is_private: bool) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(LIMIT))
            // A redirect or a proxy would lead where nobody looked.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .http_status_as_error(false)
            .user_agent(concat!("dreaming-server/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = DefaultConnector::new();
        let agent = match is_private {
            true => Agent::with_parts(config, connector, DefaultResolver::default()),
            false => Agent::with_parts(config, connector, Public(DefaultResolver::default())),
        };
        Self { agent }
    }

    /// Tries a message. It is the last try if `is_last`.
    fn send(&self, delivery: &Delivery, time: i64, is_last: bool) -> Sent {
        let seconds = time / SECOND;
        let Some(signature) = signature(&delivery.secret, &delivery.id, seconds, &delivery.body)
        else {
            return Sent::Failed("its secret cannot be read".into(), true);
        };
        let request = self.agent.post(&delivery.url).content_type("application/json");
        let request = request
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature);
        match request.send(&delivery.body) {
            Ok(response) if response.status().is_success() => Sent::Arrived,
            Ok(response) if response.status() == 410 => Sent::Gone,
            Ok(response) => Sent::Failed(format!("it answered {}", response.status()), is_last),
            Err(error) => Sent::Failed(error.to_string(), is_last),
        }
    }
}

/// Finds addresses, and none of the server's own machine and network.
#[derive(Debug)]
struct Public(DefaultResolver);

impl Resolver for Public {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut public = self.0.empty();
        for address in self.0.resolve(uri, config, timeout)?.iter() {
            if is_public(address.ip()) {
                public.push(*address);
            }
        }
        match public.is_empty() {
            true => Err(ureq::Error::Io(std::io::Error::other(
                "its address is private, and webhooks go to public ones alone (`--private-webhooks`)",
            ))),
            false => Ok(public),
        }
    }
}

/// Whether the host of an address is of the server's own machine or network by its name alone. What a name leads to is
/// looked at when a message is sent.
pub fn is_private(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match host.trim_matches(['[', ']']).parse() {
        Ok(address) => !is_public(address),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether an address is one of the public internet. Source: the registries of special addresses of IANA.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_of_tests = a == 198 && (b == 18 || b == 19);
    let is_of_protocols = (a, b, c) == (192, 0, 0);
    let is_reserved = a == 0 || a >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || is_shared
        || is_of_tests
        || is_of_protocols
        || is_reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match [a, b, c, d, e, f] {
        // Ways to write an address of version 4: mapped, translated (NAT64), and by 6to4.
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0x2002, ..] => v4(b, c),
        // Only these are given out; documentation and benchmarks are among them.
        _ => {
            (a & 0xe000) == 0x2000
                && (a, b) != (0x2001, 0x0db8)
                && (a, b) != (0x2001, 0x0002)
                && a != 0x3fff
        }
    }
}

/// Tells whoever runs the server that a message does not arrive: once when that begins, and when it is given up.
fn report(delivery: &Delivery, sent: &Sent) {
    let webhook = &delivery.webhook;
    match sent {
        Sent::Failed(why, true) => {
            tracing::warn!("webhook {webhook}: {why}; the message {} is given up", delivery.id);
        }
        Sent::Failed(why, false) if delivery.tries == 0 => {
            tracing::warn!("webhook {webhook}: {why}; it is tried again for three days");
        }
        Sent::Gone => {
            tracing::warn!(
                "webhook {webhook} is told nothing more: it answered 410; who wants messages again makes it anew"
            );
        }
        Sent::Arrived | Sent::Failed(_, false) => {}
    }
}

/// Sends what is due until the server ends.
pub async fn keep(database: Database, sender: Sender) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(error) = look(&database, &sender, ids::clock()).await {
            // It is looked again.
            db::report(&error);
        }
    }
}

/// Sends what is due at `now`.
///
/// # Errors
/// [`db::DatabaseError`].
pub async fn look(database: &Database, sender: &Sender, now: i64) -> db::Result<()> {
    let mut sent = JoinSet::new();
    for delivery in database.deliveries_due(now, AT_ONCE).await? {
        let wait = usize::try_from(delivery.tries).ok().and_then(|tries| WAITS.get(tries));
        let is_last = wait.is_none();
        // A last try that is killed is made once more.
        let next_at = now.saturating_add(wait.unwrap_or(&WAITS[0]).saturating_mul(SECOND));
        if !database.take_try(&delivery, next_at).await? {
            continue;
        }
        let (database, sender) = (database.clone(), sender.clone());
        sent.spawn(async move {
            let message = delivery.clone();
            let result = spawn_blocking(move || sender.send(&message, now, is_last)).await;
            let result = result.unwrap_or_else(|error| Sent::Failed(error.to_string(), is_last));
            report(&delivery, &result);
            database.tried(&delivery, &result, now).await
        });
    }
    while let Some(done) = sent.join_next().await {
        // A task that panicked has told so; its message is tried again.
        done.unwrap_or(Ok(()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_specification_does_it() {
        // Its own example: https://github.com/standard-webhooks/standard-webhooks, `libraries`, the tests of each.
        let (secret, id) =
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let signed = signature(secret, id, 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(signature("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 0, ""), None);
    }

    #[test]
    fn no_address_of_the_own_network_is_public() {
        for (address, expected) in [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("64:ff9b::a00:1", false),
            ("2002:7f00:1::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }
}
