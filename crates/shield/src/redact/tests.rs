use proptest::prelude::*;

use super::*;

/// Made-up secrets, put together at run time so that scanners do not report this file.
fn secrets() -> Vec<(&'static str, String)> {
    let run =
        |n: usize| "a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuV".chars().cycle().take(n).collect::<String>();
    vec![
        ("aws-access-key-id", format!("AKIA{}", "Q3EGRIL5XN7TZW2K")),
        ("github-token", format!("ghp_{}", run(36))),
        ("github-token", format!("github_pat_{}", run(60))),
        ("gitlab-token", format!("glpat-{}", run(20))),
        ("slack-token", format!("xoxb-{}", "2468013579-975318642-aBcZxYq")),
        (
            "slack-webhook",
            format!("hooks.slack.com/services/{}", "T0A1B2C3D/B4E5F6G7H/qWeRtYuIoPaSdFgHjK"),
        ),
        ("stripe-key", format!("sk_live_{}", run(24))),
        ("anthropic-key", format!("sk-ant-api03-{}", run(40))),
        ("openai-key", format!("sk-proj-{}", run(40))),
        ("google-key", format!("AIza{}", run(35))),
        ("npm-token", format!("npm_{}", run(36))),
        ("pypi-token", format!("pypi-{}", run(40))),
        ("jwt", format!("eyJ{}.eyJ{}.{}", run(20), run(30), run(20))),
        ("twilio-key", format!("SK{}", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")),
        ("discord-token", format!("M{}.G{}.{}", run(23), run(5), run(27))),
        ("telegram-token", format!("{}:AA{}", "8123456790", run(33))),
        (
            "private-key",
            format!("-----BEGIN RSA {} KEY-----\nMIIEow\n-----END RSA {0} KEY-----", "PRIVATE"),
        ),
    ]
}

#[test]
fn well_known_secrets_are_cut_and_what_is_around_them_stays() {
    for (rule, secret) in secrets() {
        let redacted = redact(&format!("before {secret} after"));
        assert_eq!(redacted.text, format!("before [REDACTED:{rule}] after"), "{rule}");
        assert_eq!(redacted.cuts[0].0, 7..7 + secret.len());
    }
}

#[test]
fn a_value_that_its_name_calls_secret_is_cut_and_the_name_stays() {
    for (text, want) in [
        ("password = \"tr0ub4dor&3horse\"", "password = \"[REDACTED:assigned-secret]\""),
        ("DB_PASSWORD=s3cr3tS0meth1ng", "DB_PASSWORD=[REDACTED:assigned-secret]"),
        (
            r#"{"client_secret": "9f8e7d6c5b4a39281706"}"#,
            r#"{"client_secret": "[REDACTED:assigned-secret]"}"#,
        ),
        (
            "aws_secret_access_key=wJalrXUt+nFEMI/K7MDENG/bPxRfiCYzQ4tKEY",
            "aws_secret_access_key=[REDACTED:assigned-secret]",
        ),
        (
            "psql postgres://me:pa55@db.local/x",
            "psql postgres://me:[REDACTED:url-password]@db.local/x",
        ),
        (
            "Authorization: Bearer 0f3c9aa1b2c3d4e5f6",
            "Authorization: Bearer [REDACTED:authorization]",
        ),
        (
            "Authorization: Basic dXNlcjpwYXNzd29yZA==",
            "Authorization: Basic [REDACTED:authorization]",
        ),
        ("Cookie: theme=dark; sid=a1b2c3d4e5f6a7b8c9; x=y", "Cookie: [REDACTED:cookie]"),
        ("Set-Cookie: sid=a1b2c3d4e5f6a7b8c9; Path=/", "Set-Cookie: [REDACTED:cookie]; Path=/"),
        ("authorization: Token 0f3c9aa1b2c3", "authorization: Token [REDACTED:header-key]"),
        ("-H 'X-Api-Key: k3y.of.mine'", "-H 'X-Api-Key: [REDACTED:header-key]'"),
        (
            "https://a.b/c?sv=1&sig=a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ%2B12%3D&se=2",
            "https://a.b/c?sv=1&sig=[REDACTED:url-signature]&se=2",
        ),
        (
            "AccountName=a;AccountKey=a1B2c3D4e5F6g7H8i9J0kLmNoP+qRs/TuV==;",
            "AccountName=a;AccountKey=[REDACTED:assigned-secret];",
        ),
    ] {
        assert_eq!(redact(text).text, want);
    }
}

#[test]
fn placeholders_code_and_plain_words_stay() {
    for text in [
        "password = \"<your-password-1>\"",
        "token: ${GITHUB_TOKEN_12}",
        "api_key = \"xxxxxxxxxxxx1234\"",
        "max_tokens=4096, token_count: 123456789012",
        "token = strings.TrimSpace2(value1)",
        "secret = config.Values2.Secret3",
        "task-force-one sk-learn-pipelines-are-nice",
        "basic authentication and bearer tokens",
        "see https://example.com:8080/a@b and git@github.com:me/repo.git",
        "key: \"menu.settings.title2\"",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "commit 8f14e45fceea167a5a36dedd4bea2543",
        "Cookie: theme=dark; lang=en; consent=2024-01-01",
        "Cookie: sid=xxxxxxxxxxxxxxxx1; Set-Cookie: sid=${SESSION_COOKIE_1}; Path=/",
        "X-Api-Key: your-key-1, X-Api-Key: <key-1>",
        "see ?sig=short1 and signature=a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ12345678",
        "12345678:latest 2024-01-01T12:00:00 SKU12345 ACCOUNT.number.one",
    ] {
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn a_private_key_without_its_end_is_cut_to_the_end_of_the_text() {
    let text = format!("x -----BEGIN {} KEY-----\nMIIEow", "PRIVATE");
    assert_eq!(redact(&text).text, "x [REDACTED:private-key]");
}

#[test]
fn ranges_map_back_and_are_widened_to_whole_secrets() {
    let secret = format!("ghp_{}", "a1B2c3D4".repeat(5));
    let redacted = redact(&format!("ab {secret} cd"));
    let cut = 3..3 + secret.len();
    assert_eq!(redacted.original(0..2), 0..2);
    assert_eq!(redacted.original(5..6), cut);
    let tail = redacted.text.find("cd").unwrap();
    assert_eq!(redacted.original(tail..tail + 2), cut.end + 1..cut.end + 3);
    assert_eq!(redacted.original(1..tail), 1..cut.end + 1);
    assert_eq!(redacted.covering(&(5..cut.end + 1)), (3..cut.end + 1, 3..tail));
    assert_eq!(redacted.covering(&(0..0)), (0..0, 0..0));
}

#[test]
fn hostile_texts_take_linear_time() {
    // Each of these makes a scanner read ahead as often as possible. Quadratic time would take
    // minutes here.
    for piece in [
        "eyJ-",
        "eyJ.",
        "password=",
        "://a:",
        "-----BEGIN ",
        "token: \"a1",
        "sk-",
        "xoxb-a",
        "key=\"",
        "ghp_",
        "-----BEGIN X PRIVATE KEY",
        "secret_",
        "bearer a",
        "[REDACTED:",
        "AKIA",
        "curl -u a:",
        " -p",
        " --password \"",
        "password:",
        "password for a ",
        "login a password ",
        "Cookie: a=",
        "Cookie:;",
        "1",
        "12345678:",
        "MMMM.",
        "M",
        "?sig=",
        "X-Api-Key:",
        "a",
        "=",
        "token=a1",
        "token: \"a1B2c3D4e5F6",
        "a.=",
        "\"token\", \"",
        "<token>\n",
        "data:\n  a: b\n",
        "data:\n",
        "kind: Secret\n",
        "aB.7Q~",
        "AbCdEf_",
        "a.b1",
        "xoxe.",
        "sntrys_",
        "jira=",
        "123456789012345|",
        "a%5F",
        "%67hp%5F",
        "a\u{200b}",
        "Ａ",
        "…",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        assert!(redact(&text).text.len() <= 8 * text.len());
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let mut known: Vec<String> = secrets().into_iter().map(|(_, s)| s).collect();
    known.extend(
        [
            "password",
            "token",
            "key",
            "=",
            ": ",
            "\"",
            "'",
            "\\\"",
            "://",
            "u:",
            "@",
            "Bearer ",
            "eyJ",
            ".",
            "-",
            "_",
            " ",
            "\n",
            "é",
            "日本",
            "a1B2c3D4e5F6",
            "[REDACTED:",
            "]",
            "[REDACTED:jwt]",
            "-----BEGIN ",
            "PRIVATE KEY-----",
            "-----END ",
            "sk-",
            "AKIA",
            "/",
            "curl ",
            "mysql ",
            " -u ",
            " -p",
            "--token ",
            "hunter2!",
            "the password",
            " for ",
            " is ",
            "login ",
            "Cookie: ",
            "; a=",
            "sid=a1b2c3d4e5f6a7b8",
            "X-Api-Key: ",
            "?sig=",
            "12345678:",
            "\\",
            " := ",
            ",",
            "<",
            ">",
            "data:\n",
            "  a: aGVsbG8=\n",
            "kind: Secret\n",
            "aB.7Q~",
            "adafruit",
            "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "secret",
            "_id",
            "%5F",
            "%20",
            "\u{200b}",
            "\u{200d}",
            "ｇｈｐ＿",
            "％",
        ]
        .map(String::from),
    );
    proptest::collection::vec(
        prop_oneof![4 => proptest::sample::select(known), 1 => ".{0,6}"],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

#[test]
fn a_secret_in_the_name_of_another_is_cut_too() {
    let token = ["glpat-", "a1B2c3D4e5F6g7H8i9J0"].concat();
    let other = ["ghp_", "a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVa1B2"].concat();
    let text = format!("PRIVATE KEY-----{token}Cookie: {other} end");
    let redacted = redact(&text);
    assert!(!redacted.text.contains(&token) && !redacted.text.contains(&other), "{redacted:?}");
    assert_eq!(redacted.cuts.len(), 2);
    assert_eq!(redact(&redacted.text).text, redacted.text);
}

#[test]
fn a_value_whose_quotes_do_not_match_takes_no_part_of_a_character() {
    let token = ["AKIA", "Q3EGRIL5XN7TZW2K"].concat();
    let text = format!("X-Api-Key: \\\"{token}¡\" end");
    assert_eq!(redact(&text).text, "X-Api-Key: \\\"[REDACTED:header-key]\" end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_leave_out_no_secret_that_trying_everything_finds(text in pieces(), other in pieces()) {
        prop_assert_eq!(redact(&text), redact_everywhere(&text));
        let text = text + "\n" + &other;
        prop_assert_eq!(redact(&text), redact_everywhere(&text));
    }

    #[test]
    fn cutting_twice_changes_nothing(text in pieces()) {
        let once = redact(&text).text;
        prop_assert_eq!(&redact(&once).text, &once);
    }

    #[test]
    fn cuts_are_in_order_on_characters_and_account_for_every_byte(text in pieces()) {
        let redacted = redact(&text);
        let (mut old, mut new) = (0, 0);
        for (source, image) in &redacted.cuts {
            prop_assert_eq!(text.get(old..source.start), redacted.text.get(new..image.start));
            prop_assert!(text.is_char_boundary(source.start) && text.is_char_boundary(source.end));
            prop_assert!(source.end > source.start);
            (old, new) = (source.end, image.end);
        }
        prop_assert_eq!(text.get(old..), redacted.text.get(new..));
    }

    #[test]
    fn what_a_range_covers_maps_back_to_itself(text in pieces(), a in 0usize..200, b in 0usize..200) {
        let redacted = redact(&text);
        let (a, b) = (a.min(b).min(text.len()), a.max(b).min(text.len()));
        let (old, new) = redacted.covering(&(a..b));
        prop_assert!(old.start <= a && old.end >= b);
        prop_assert!(new.end <= redacted.text.len());
        if !new.is_empty() && a < b {
            prop_assert_eq!(redacted.original(new), old);
        }
    }
}
