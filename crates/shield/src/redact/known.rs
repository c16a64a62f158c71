//! Secrets with a known prefix.
//!
//! The prefixes are in `words/keys.toml`.

use super::scan::Scan;
use super::value::{distinct, has_digit, is_placeholder, mixed, run, word, word_dash};
use crate::words::keys::KNOWN;

/// A prefix, and the least number of bytes of a set that follow it: prefix, name in the
/// replacement, set, least number, check. The whole run is cut, so that no rest is left.
type Known = (&'static str, &'static str, &'static str, usize, &'static str);

/// Bytes of a secret that are checked; the others only have to belong to the set. Keeps the time
/// linear.
const LOOK: usize = 256;

/// The set of bytes with this name in the table.
fn set(name: &str) -> Option<fn(u8) -> bool> {
    Some(match name {
        "alnum" => |b| b.is_ascii_alphanumeric(),
        // Both alphabets, standard and URL-safe.
        "base64" => |b| word_dash(b) || matches!(b, b'+' | b'/' | b'='),
        "capitals" => |b| b.is_ascii_uppercase() || b.is_ascii_digit(),
        "capitals-dash" => |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-',
        // For tokens of several parts; `=` pads base64.
        "dotted" => |b| word_dash(b) || matches!(b, b'.' | b'='),
        "hex" => |b| b.is_ascii_hexdigit(),
        "hex-dash" => |b| b.is_ascii_hexdigit() || b == b'-',
        // Bytes of a URL.
        "path" => |b| word_dash(b) || matches!(b, b'/' | b'@' | b'+'),
        "word" => word,
        "word-dash" => word_dash,
        _ => return None,
    })
}

/// The check with this name in the table; `words` are the bytes behind the prefix.
fn passes(name: &str, words: &[u8]) -> Option<bool> {
    let exactly = |length: usize| words.len() == length && random_mixed(words);
    Some(match name {
        // The prefix occurs only before a secret.
        "sure" => true,
        // Random text that is no placeholder.
        "random" => random(words),
        // Random letters and digits: the prefix alone could begin a name.
        "random-mixed" => random_mixed(words),
        // The token begins with the number of a workspace.
        "numbered" => has_digit(words) && random(words),
        // Names in code repeat letters and have blanks or signs between words.
        "letters" => distinct(words) >= 12 && !words.contains(&b'_') && random(words),
        // Keys in the form of AWS.
        "sixteen" => words.len() == 16 && random(words),
        "seventeen" => words.len() == 17 && random(words),
        "twenty-four" => exactly(24),
        "twenty-six" => exactly(26),
        "thirty-two" => exactly(32),
        "thirty-eight" => exactly(38),
        // `sk-` also begins hyphenated names, which have no long run with a capital.
        "openai" => {
            random_mixed(words) && (words.len() >= 32 || words.iter().any(u8::is_ascii_uppercase))
        }
        // The third part of an Authress key names the account.
        "authress" => {
            words.windows(5).any(|w| w == b".acc_" || w == b".acc-") && random_mixed(words)
        }
        "airtable" => words.get(14) == Some(&b'.') && random_mixed(words),
        _ => return None,
    })
}

fn random(words: &[u8]) -> bool {
    !is_placeholder(words)
}

fn random_mixed(words: &[u8]) -> bool {
    mixed(words) && random(words)
}

/// The name of AWS key ids, behind which people write the secret that belongs to them.
const AWS: &str = "aws-access-key-id";

/// The end of an AWS key pair of which the id ends at `end`: of the secret behind it, 40 random characters after a few
/// signs and at most the word `secret` or `key`; else `end`.
fn with_secret(bytes: &[u8], end: usize) -> usize {
    /// Bytes between the two. Chosen by us: ` / `, `, secret: `.
    const BETWEEN: usize = 16;
    const SECRET: usize = 40;
    let set = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let is_secret = |from: usize| {
        let words = bytes.get(from..from + SECRET).unwrap_or_default();
        let goes_on = bytes.get(from + SECRET).is_some_and(|b| set(*b));
        let is_whole = words.len() == SECRET && words.iter().all(|b| set(*b)) && !goes_on;
        is_whole && words.iter().any(u8::is_ascii_uppercase) && random_mixed(words)
    };
    let between = |from: usize| {
        let gap = bytes.get(end..from).unwrap_or_default().to_ascii_lowercase();
        let is_word = |word: &[u8]| word.is_empty() || word == b"secret" || word == b"key";
        from > end
            && gap.split(|b| !b.is_ascii_alphanumeric()).all(is_word)
            && !gap.contains(&b'\n')
    };
    let from = (end..=end + BETWEEN).find(|from| between(*from) && is_secret(*from));
    from.map_or(end, |from| from + SECRET)
}

/// All prefixes.
pub(super) fn prefixes() -> Vec<&'static str> {
    KNOWN.iter().map(|(prefix, ..)| *prefix).collect()
}

/// Finds the secret that begins at `at`.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    // Behind a letter or digit the prefix is the middle of a word.
    if at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric) {
        return Scan::Nothing;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else { return Scan::Nothing };
    let begins_before = |k: &Known| k.0.as_bytes().first() < Some(first);
    let from = KNOWN.partition_point(begins_before);
    let same = KNOWN.get(from..).unwrap_or_default();
    let same = same.iter().take_while(|k| k.0.as_bytes().first() == Some(first));
    let found = |(prefix, name, of, min, check): &Known| {
        let body = rest.strip_prefix(prefix.as_bytes())?;
        let (head, set) = (body.get(..body.len().min(LOOK))?, set(of)?);
        let words = head.get(..run(head, 0, set))?;
        let fits = words.len() >= *min && passes(check, words)?;
        let end = || run(bytes, at + prefix.len(), set);
        let end = || if *name == AWS { with_secret(bytes, end()) } else { end() };
        fits.then(|| Scan::Named(name, at..end()))
    };
    same.filter_map(found).last().unwrap_or(Scan::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    #[test]
    fn the_table_names_what_there_is_and_fits_its_window() {
        for (prefix, name, of, min, check) in KNOWN {
            assert!(*min < LOOK, "{prefix}");
            assert!(set(of).is_some() && passes(check, b"").is_some(), "{prefix}: {of}, {check}");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn every_kind_is_cut_whole_wherever_it_stands() {
        for k in KNOWN {
            let secret = example(k);
            for text in [secret.clone(), format!("see {secret}, ok"), format!("x=\"{secret}\"\n")] {
                let redacted = redact(&text).text;
                // No half of the secret is left.
                let (_, tail) = secret.split_at(8);
                assert!(!redacted.contains(tail), "{redacted}");
                assert_eq!(redacted.matches("[REDACTED:").count(), 1, "{redacted}");
            }
        }
    }

    #[test]
    fn the_secret_behind_an_id_of_aws_goes_with_it() {
        let id = ["AKIA", "Q3EGRIL5XN7TZW2K"].concat();
        let secret = ["wJalr7UtnFEMIK7", "MDENGbPxRfiCYzQ8KeyLm4wVa"].concat();
        assert_eq!(secret.len(), 40);
        for between in [" / ", ", ", ":", "` / `", " secret: ", ", key "] {
            let redacted = redact(&format!("Deploy key: {id}{between}{secret}.")).text;
            assert!(!redacted.contains("wJalr") && redacted.ends_with("."), "{redacted}");
        }
        let other = format!("{id} is of the release {secret}");
        assert!(redact(&other).text.contains("is of the release"));
    }

    #[test]
    fn a_prefix_before_a_stand_in_or_a_name_stays() {
        for text in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx glpat-YOUR_TOKEN_GOES_HERE_1",
            "hf_hub_download_file_to_local_cache_dir secret_name_of_the_deployment_in_the_cluster",
            "API-DOCUMENTATION-OF-THE-NEW-SERVICE sk-learn-pipelines-are-nice s.strip s.example",
            "pat.match sat.solve r8_unorm npm_config_registry pypi-publish-action-for-github",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    /// The shortest secret of this kind.
    fn example((prefix, name, of, min, _): &Known) -> String {
        let set = set(of).unwrap();
        let source = b"A9f3b7c1e5d2084f6a7cE1B5D9F3A7C2Q4Z6W2K5X7M3R8T6Y4U2P9";
        let bytes = source.iter().cycle().filter(|b| set(**b)).map(|b| char::from(*b));
        let mut words: String = bytes.take(*min).collect();
        // Two kinds require a certain part.
        match *name {
            "authress-key" => words.replace_range(10..15, ".acc_"),
            "airtable-token" => words.replace_range(14..15, "."),
            _ => {}
        }
        format!("{prefix}{words}")
    }
}
