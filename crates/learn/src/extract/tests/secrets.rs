//! No secret is kept, and nothing is derived from one.

use super::{ABSENT, Script};

#[test]
fn no_secret_stays_in_what_is_kept_also_where_a_quote_ends() {
    let secret = format!("ghp_{}", "a1B2c3D4".repeat(5));
    let long = "x".repeat(100);
    let notes = Script::default()
        .bash(&format!("curl {long} {secret} end"), true, &format!("Exit code 1\nerror: {secret}"))
        .bash(&format!("deploy --with {long} {secret}"), false, "")
        .user(&format!("Always use {secret} here"))
        .notes();
    let text = serde_json::to_string(&notes).unwrap();
    assert!(text.contains("[REDACTED:github-token]"));
    assert!(!text.contains("ghp_"), "{text}");
    assert_eq!(notes.statements[0].text, "Always use [REDACTED:github-token] here");
}

#[test]
fn nothing_is_derived_from_what_is_a_secret_in_its_context() {
    let secret = "Zk29sdk39dkAq1";
    let notes = Script::default()
        .user(&format!("It is token: `{secret}`, not `Ab11kdk39dkAq1`."))
        .user(&format!("The token: {secret} is now `https://st.example.org/x`."))
        .user(&format!("Use password: `{secret}` instead of `none`."))
        .file("Read", &format!("/r/x token:{secret}"), true, ABSENT)
        .file("Read", &format!("/r/x token:{secret}1"), false, "")
        .bash(&format!("gh token={secret} token: \"{secret}\""), false, "")
        .bash(&format!("git token:{secret}"), true, &format!("Exit code 1\nerror: token: {secret}"))
        .bash(&format!("git token:{secret} x"), false, "")
        .notes();
    let text = serde_json::to_string(&notes).unwrap();
    assert!(text.contains("[REDACTED:"), "{text}");
    assert!(!text.contains(secret) && !text.contains("Ab11"), "{text}");
    assert!(notes.refutations.is_empty() && notes.statements.is_empty(), "{text}");
    assert!(notes.steps.iter().all(|s| !s.name.contains("REDACTED")), "{:?}", notes.steps);
}
