//! Secrets that a fixed beginning gives away.
//!
//! Prefixes, alphabets and lengths are facts: from the documentation of each provider, and from the
//! rules of gitleaks (<https://github.com/gitleaks/gitleaks>, MIT), which collects them.

use super::rules::Scan;
use super::value::{distinct, has_digit, is_placeholder, mixed, run, word, word_dash};

/// A secret that begins with `prefix` and goes on with at least `min` bytes of `set`. The whole run
/// is cut, so that no rest is left over.
struct Known {
    prefix: &'static str,
    /// Name in the replacement.
    name: &'static str,
    set: fn(u8) -> bool,
    min: usize,
    /// What the bytes after the prefix must be beside long enough.
    check: fn(&[u8]) -> bool,
}

/// How much of a secret is checked; the rest only has to be of the set. Keeps the time linear.
const LOOK: usize = 256;

const fn known(
    prefix: &'static str,
    name: &'static str,
    set: fn(u8) -> bool,
    min: usize,
    check: fn(&[u8]) -> bool,
) -> Known {
    Known { prefix, name, set, min, check }
}

/// Words joined by dots, as in tokens of several parts; `=` pads base64.
fn dotted(byte: u8) -> bool {
    word_dash(byte) || matches!(byte, b'.' | b'=')
}

/// Base64 of both alphabets.
fn base64(byte: u8) -> bool {
    word_dash(byte) || matches!(byte, b'+' | b'/' | b'=')
}

/// A path of an address.
fn path(byte: u8) -> bool {
    word_dash(byte) || matches!(byte, b'/' | b'@' | b'+')
}

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn capitals(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Nothing to check: the prefix is no word, and nobody writes it but before a secret.
fn sure(_: &[u8]) -> bool {
    true
}

/// Random text, and no stand-in for it.
fn random(words: &[u8]) -> bool {
    !is_placeholder(words)
}

/// Letters and digits, and no stand-in: the prefix alone could begin a name.
fn random_mixed(words: &[u8]) -> bool {
    mixed(words) && !is_placeholder(words)
}

/// Numbers of a workspace come first.
fn numbered(words: &[u8]) -> bool {
    has_digit(words) && !is_placeholder(words)
}

/// Random letters: names in code repeat letters and have blanks or signs between words.
fn letters(words: &[u8]) -> bool {
    distinct(words) >= 12 && !words.contains(&b'_') && !is_placeholder(words)
}

/// A key as AWS and its like make them: exactly 16 capitals and digits.
fn sixteen(words: &[u8]) -> bool {
    words.len() == 16 && !is_placeholder(words)
}

fn twenty_six(words: &[u8]) -> bool {
    words.len() == 26 && random_mixed(words)
}

fn thirty_two(words: &[u8]) -> bool {
    words.len() == 32 && random_mixed(words)
}

fn thirty_eight(words: &[u8]) -> bool {
    words.len() == 38 && random_mixed(words)
}

fn twenty_four(words: &[u8]) -> bool {
    words.len() == 24 && random_mixed(words)
}

/// `sk-` begins plain hyphenated names too: those have no long run with a capital.
fn openai(words: &[u8]) -> bool {
    random_mixed(words) && (words.len() >= 32 || words.iter().any(u8::is_ascii_uppercase))
}

/// The keys of Authress name the account in the third part.
fn authress(words: &[u8]) -> bool {
    words.windows(5).any(|w| w == b".acc_" || w == b".acc-") && random_mixed(words)
}

/// All of them, in the order of their bytes; the longest prefix that fits wins.
#[rustfmt::skip]
static KNOWN: &[Known] = &[
    known("4b1d", "clickhouse-key", alnum, 38, thirty_eight),
    known("A3-", "1password-key", |b| capitals(b) || b == b'-', 30, random_mixed),
    known("A3T", "aws-access-key-id", capitals, 17, |w| w.len() == 17 && random(w)),
    known("ABIA", "aws-access-key-id", capitals, 16, sixteen),
    known("ABSK", "aws-bedrock-key", base64, 80, random),
    known("AC", "twilio-key", hex, 32, thirty_two),
    known("ACCA", "aws-access-key-id", capitals, 16, sixteen),
    known("AGE-SECRET-KEY-1", "age-key", alnum, 58, sure),
    known("AIza", "google-key", word_dash, 35, random),
    known("AKCp", "artifactory-key", alnum, 69, random),
    known("AKIA", "aws-access-key-id", capitals, 16, sixteen),
    known("API-", "octopus-key", capitals, 26, twenty_six),
    known("AQVN", "yandex-key", word_dash, 35, random_mixed),
    known("ASIA", "aws-access-key-id", capitals, 16, sixteen),
    known("ATATT3", "atlassian-token", dotted, 30, random_mixed),
    known("ATCTT3", "atlassian-token", dotted, 30, random_mixed),
    known("CLOJARS_", "clojars-token", word, 60, sure),
    known("EAAA", "square-token", word_dash, 50, random_mixed),
    known("EAAC", "facebook-token", alnum, 90, random_mixed),
    known("EAAM", "facebook-token", alnum, 90, random_mixed),
    known("EZAK", "easypost-key", alnum, 54, random),
    known("EZTK", "easypost-key", alnum, 54, random),
    known("FLWPUBK_TEST-", "flutterwave-key", word_dash, 12, sure),
    known("FLWSECK-", "flutterwave-key", word_dash, 12, sure),
    known("FLWSECK_TEST-", "flutterwave-key", word_dash, 12, sure),
    known("GOCSPX-", "google-token", word_dash, 20, random),
    known("GR1348941", "gitlab-token", word_dash, 20, random),
    known("HRKU-AA", "heroku-key", word_dash, 50, random),
    known("LTAI", "alibaba-key-id", alnum, 16, random_mixed),
    known("NRAK-", "new-relic-key", alnum, 27, random_mixed),
    known("NRII-", "new-relic-key", word_dash, 32, random_mixed),
    known("NRJS-", "new-relic-key", hex, 19, random_mixed),
    known("PMAK-", "postman-key", word_dash, 50, random),
    known("SG.", "sendgrid-key", dotted, 50, random_mixed),
    known("SK", "twilio-key", hex, 32, thirty_two),
    known("YC", "yandex-key", word_dash, 38, thirty_eight),
    known("ZXlK", "jwt", base64, 60, random_mixed),
    known("_gitlab_session=", "gitlab-token", alnum, 32, random),
    known("access-development-", "plaid-token", word_dash, 36, random),
    known("access-production-", "plaid-token", word_dash, 36, random),
    known("access-sandbox-", "plaid-token", word_dash, 36, random),
    known("api_org_", "hugging-face-token", word, 30, letters),
    known("authress_", "authress-key", dotted, 50, authress),
    known("bedrock-api-key-", "aws-bedrock-key", base64, 20, random),
    known("cmVmd", "artifactory-token", alnum, 59, random_mixed),
    known("dapi", "databricks-token", hex, 32, random_mixed),
    known("dckr_pat_", "docker-token", word_dash, 20, random),
    known("dnkey-", "defined-networking-key", dotted, 60, random),
    known("doo_v1_", "digitalocean-token", alnum, 30, random),
    known("dop_v1_", "digitalocean-token", alnum, 30, random),
    known("dor_v1_", "digitalocean-token", alnum, 30, random),
    known("dp.pt.", "doppler-token", alnum, 30, random),
    known("dt0c01.", "dynatrace-token", dotted, 60, random),
    known("duffel_live_", "duffel-token", dotted, 40, random),
    known("duffel_test_", "duffel-token", dotted, 40, random),
    known("ext_", "authress-key", dotted, 50, authress),
    known("eyJrIjoi", "grafana-key", base64, 60, random),
    known("figd_", "figma-token", word_dash, 30, random_mixed),
    known("fio-u-", "frameio-token", dotted, 60, random),
    known("fm1a_", "fly-token", base64, 60, random),
    known("fm1r_", "fly-token", base64, 60, random),
    known("fm2_", "fly-token", base64, 60, random),
    known("fo1_", "fly-token", word_dash, 40, random),
    known("gho_", "github-token", word, 36, random),
    known("ghp_", "github-token", word, 36, random),
    known("ghr_", "github-token", word, 36, random),
    known("ghs_", "github-token", word, 36, random),
    known("ghu_", "github-token", word, 36, random),
    known("github_pat_", "github-token", word, 22, random),
    known("glagent-", "gitlab-token", word_dash, 40, random),
    known("glc_", "grafana-key", base64, 32, random_mixed),
    known("glcbt-", "gitlab-token", word_dash, 20, random),
    known("gldt-", "gitlab-token", word_dash, 20, random),
    known("glffct-", "gitlab-token", word_dash, 20, random),
    known("glft-", "gitlab-token", word_dash, 20, random),
    known("glimt-", "gitlab-token", word_dash, 20, random),
    known("gloas-", "gitlab-token", word_dash, 40, random),
    known("glpat-", "gitlab-token", dotted, 20, random),
    known("glptt-", "gitlab-token", word_dash, 20, random),
    known("glrt-", "gitlab-token", dotted, 20, random),
    known("glsa_", "grafana-key", word, 30, random_mixed),
    known("glsoat-", "gitlab-token", word_dash, 20, random),
    known("gsk_", "groq-key", alnum, 30, random_mixed),
    known("hf_", "hugging-face-token", word, 30, letters),
    known("hooks.slack.com/services/", "slack-webhook", path, 20, random),
    known("hooks.slack.com/triggers/", "slack-webhook", path, 20, random),
    known("hooks.slack.com/workflows/", "slack-webhook", path, 20, random),
    known("hvb.", "vault-token", word_dash, 30, random_mixed),
    known("hvs.", "vault-token", word_dash, 24, random_mixed),
    known("ico-", "infracost-key", alnum, 32, thirty_two),
    known("lin_api_", "linear-key", alnum, 30, random),
    known("lin_oauth_", "linear-key", alnum, 30, random),
    known("npm_", "npm-token", word, 36, random),
    known("ntn_", "notion-token", alnum, 40, random_mixed),
    known("nvapi-", "nvidia-key", word_dash, 30, random_mixed),
    known("ops_eyJ", "1password-token", base64, 30, random),
    known("pat", "airtable-token", dotted, 79, |w| w.get(14) == Some(&b'.') && random_mixed(w)),
    known("pat.", "harness-key", dotted, 60, random_mixed),
    known("pk.eyJ", "mapbox-token", dotted, 30, random_mixed),
    known("pnu_", "prefect-key", alnum, 36, random_mixed),
    known("pplx-", "perplexity-key", alnum, 30, random),
    known("pscale_oauth_", "planetscale-token", dotted, 30, random),
    known("pscale_pw_", "planetscale-token", dotted, 30, random),
    known("pscale_tkn_", "planetscale-token", dotted, 30, random),
    known("pul-", "pulumi-token", hex, 40, random_mixed),
    known("pypi-", "pypi-token", word_dash, 32, random_mixed),
    known("r8_", "replicate-token", alnum, 30, random_mixed),
    known("rdme_", "readme-token", alnum, 60, random),
    known("rk_live_", "stripe-key", word, 10, random_mixed),
    known("rk_prod_", "stripe-key", word, 10, random_mixed),
    known("rk_test_", "stripe-key", word, 10, random_mixed),
    known("rubygems_", "rubygems-key", hex, 40, random),
    known("s-s4t2af-", "intra42-secret", hex, 64, random),
    known("s-s4t2ud-", "intra42-secret", hex, 64, random),
    known("s.", "vault-token", alnum, 24, twenty_four),
    known("sat.", "harness-key", dotted, 60, random_mixed),
    known("sc_", "authress-key", dotted, 50, authress),
    known("scauth_", "authress-key", dotted, 50, authress),
    known("secret_", "notion-token", alnum, 40, random_mixed),
    known("sgp_", "sourcegraph-token", word, 40, random),
    known("sha256~", "openshift-token", word_dash, 40, random),
    known("shippo_live_", "shippo-token", hex, 30, random),
    known("shippo_test_", "shippo-token", hex, 30, random),
    known("shpat_", "shopify-token", hex, 32, random),
    known("shpca_", "shopify-token", hex, 32, random),
    known("shppa_", "shopify-token", hex, 32, random),
    known("shpss_", "shopify-token", hex, 32, random),
    known("sk-", "openai-key", word_dash, 20, openai),
    known("sk-admin-", "openai-key", word_dash, 20, openai),
    known("sk-ant-", "anthropic-key", word_dash, 20, random),
    known("sk-proj-", "openai-key", word_dash, 20, openai),
    known("sk-svcacct-", "openai-key", word_dash, 20, openai),
    known("sk_live_", "stripe-key", word, 10, random_mixed),
    known("sk_prod_", "stripe-key", word, 10, random_mixed),
    known("sk_test_", "stripe-key", word, 10, random_mixed),
    known("sl.", "dropbox-token", dotted, 100, random_mixed),
    known("sm_aat_", "settlemint-token", alnum, 16, random),
    known("sm_pat_", "settlemint-token", alnum, 16, random),
    known("sm_sat_", "settlemint-token", alnum, 16, random),
    known("sntrys_", "sentry-token", base64, 30, random_mixed),
    known("sntryu_", "sentry-token", hex, 40, random),
    known("sq0atp-", "square-token", word_dash, 20, random),
    known("sq0csp-", "square-token", word_dash, 20, random),
    known("sqa_", "sonar-token", alnum, 32, sure),
    known("sqp_", "sonar-token", alnum, 32, sure),
    known("squ_", "sonar-token", alnum, 32, sure),
    known("t1.", "yandex-key", dotted, 80, random_mixed),
    known("tfp_", "typeform-token", dotted, 40, random_mixed),
    known("tk-us-", "scalingo-token", word_dash, 40, random),
    known("v1.0-", "cloudflare-key", |b| hex(b) || b == b'-', 100, random),
    known("webhook.office.com/webhookb2/", "teams-webhook", path, 60, random),
    known("whsec_", "stripe-key", base64, 10, random_mixed),
    known("xai-", "xai-key", alnum, 40, random_mixed),
    known("xapp-", "slack-token", word_dash, 10, numbered),
    known("xkeysib-", "sendinblue-key", word_dash, 60, random),
    known("xoxa-", "slack-token", word_dash, 10, numbered),
    known("xoxb-", "slack-token", word_dash, 10, numbered),
    known("xoxc-", "slack-token", word_dash, 10, numbered),
    known("xoxd-", "slack-token", base64, 10, numbered),
    known("xoxe-", "slack-token", word_dash, 10, numbered),
    known("xoxe.xoxb-", "slack-token", word_dash, 10, numbered),
    known("xoxe.xoxp-", "slack-token", word_dash, 10, numbered),
    known("xoxo-", "slack-token", word_dash, 10, numbered),
    known("xoxp-", "slack-token", word_dash, 10, numbered),
    known("xoxr-", "slack-token", word_dash, 10, numbered),
    known("xoxs-", "slack-token", word_dash, 10, numbered),
    known("ya29.", "google-token", word_dash, 20, random_mixed),
];

/// All prefixes.
pub(super) fn prefixes() -> Vec<&'static str> {
    KNOWN.iter().map(|k| k.prefix).collect()
}

/// Finds the secret that begins at `at`.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    // A letter or digit before it: the prefix is the middle of a word.
    if at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric) {
        return Scan::Nothing;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else { return Scan::Nothing };
    let begins_before = |k: &Known| k.prefix.as_bytes().first() < Some(first);
    let from = KNOWN.partition_point(begins_before);
    let same = KNOWN.get(from..).unwrap_or_default();
    let same = same.iter().take_while(|k| k.prefix.as_bytes().first() == Some(first));
    let fits = |k: &&Known| {
        let Some(body) = rest.strip_prefix(k.prefix.as_bytes()) else { return false };
        let head = body.get(..body.len().min(LOOK)).unwrap_or_default();
        let words = head.get(..run(head, 0, k.set)).unwrap_or_default();
        words.len() >= k.min && (k.check)(words)
    };
    match same.filter(fits).last() {
        Some(k) => Scan::Named(k.name, at..run(bytes, at + k.prefix.len(), k.set)),
        None => Scan::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    #[test]
    fn the_table_is_in_order_and_fits_its_window() {
        assert!(KNOWN.is_sorted_by(|a, b| a.prefix < b.prefix));
        for k in KNOWN {
            assert!(k.min < LOOK, "{}", k.prefix);
            assert!(
                k.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn every_kind_is_cut_whole_wherever_it_stands() {
        for k in KNOWN {
            let secret = example(k);
            for text in [secret.clone(), format!("see {secret}, ok"), format!("x=\"{secret}\"\n")] {
                let redacted = redact(&text).text;
                // No half is left over either.
                let (_, tail) = secret.split_at(8);
                assert!(!redacted.contains(tail), "{redacted}");
                assert_eq!(redacted.matches("[REDACTED:").count(), 1, "{redacted}");
            }
        }
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

    /// A secret of a kind, as short as it may be.
    fn example(k: &Known) -> String {
        let source = b"A9f3b7c1e5d2084f6a7cE1B5D9F3A7C2Q4Z6W2K5X7M3R8T6Y4U2P9";
        let bytes = source.iter().cycle().filter(|b| (k.set)(**b)).map(|b| char::from(*b));
        let mut words: String = bytes.take(k.min).collect();
        // Two kinds have parts of their own.
        match k.name {
            "authress-key" => words.replace_range(10..15, ".acc_"),
            "airtable-token" => words.replace_range(14..15, "."),
            _ => {}
        }
        format!("{}{words}", k.prefix)
    }
}
