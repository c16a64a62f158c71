use super::*;
use dreaming_fixtures::plans::{change, target};
use dreaming_records::kind::Kind;
use dreaming_records::policy::SettingValue;

const STANDS: &str = "Prices are integers in cents, never floats.";

fn policy(name: &str, item: &str) -> Policy {
    let mut policy = Policy::default();
    policy.set(name, SettingValue::Texts(vec![item.into()])).unwrap();
    policy
}

fn ruled(policy: &Policy, change: &Change) -> Option<Ruling> {
    Charter::of(policy, crate::redact).rule(change)
}

fn forbids(policy: &Policy, change: &Change) -> bool {
    matches!(ruled(policy, change), Some(Ruling::Forbidden(_)))
}

#[test]
fn what_says_the_same_as_the_charter_cannot_go_in_any_way() {
    let charter = policy("charter.statements", STANDS);
    for operation in [Operation::Retire, Operation::Merge, Operation::Supersede] {
        assert!(forbids(&charter, &change(operation, &[STANDS], None)), "{operation:?}");
        let spaced = "prices  are integers in cents, never floats";
        assert!(forbids(&charter, &change(operation, &[spaced], None)), "{operation:?}");
        let other = change(operation, &["Ask Mira before changing the checkout flow."], None);
        assert_eq!(ruled(&charter, &other), None, "{operation:?}");
    }
    let replaced = change(Operation::Supersede, &[STANDS], Some("Amounts are decimals."));
    assert!(forbids(&charter, &replaced));
}

#[test]
fn a_duplicate_goes_into_the_words_of_the_charter_and_not_the_other_way_round() {
    let charter = policy("charter.statements", STANDS);
    let near = "Prices are always integers in cents, never floats.";
    let mut merge = change(Operation::Merge, &[near], None);
    merge.survivor = Some(target(STANDS));
    assert_eq!(ruled(&charter, &merge), None);
    let mut merge = change(Operation::Merge, &[STANDS], None);
    merge.survivor = Some(target(STANDS));
    assert_eq!(ruled(&charter, &merge), None);
    merge.survivor = Some(target(near));
    assert!(forbids(&charter, &merge));
}

#[test]
fn a_secret_is_cut_out_of_what_is_left_as_it_stands() {
    let charter = policy("charter.statements", STANDS);
    let revise = change(Operation::Revise, &[STANDS], Some(STANDS));
    assert_eq!(ruled(&charter, &revise), None);
    assert!(forbids(&charter, &change(Operation::Revise, &[STANDS], Some("Prices."))));
}

#[test]
fn another_value_close_to_the_charter_is_never_taken_up_unseen() {
    let charter = policy(
        "charter.statements",
        "Nightly deploys to production go out every Tuesday at 10 from the release branch.",
    );
    let add = change(
        Operation::Add,
        &[],
        Some("Nightly deploys to production go out every Tuesday at 11 from the release branch."),
    );
    assert!(ruled(&charter, &add).is_some());
    let negated = change(
        Operation::Add,
        &[],
        Some(
            "Nightly deploys to production do not go out every Tuesday at 10 from the release branch.",
        ),
    );
    assert!(ruled(&charter, &negated).is_some());
    let apart = change(Operation::Add, &[], Some("The archive of old orders is read only."));
    assert_eq!(ruled(&charter, &apart), None);
}

#[test]
fn kinds_paths_and_phrases_bind_what_is_written() {
    let add = Change {
        kind: Some(Kind::Workflow),
        ..change(Operation::Add, &[], Some("Run `make  Seed`, then `make test`."))
    };
    assert!(forbids(&policy("charter.kinds", "workflow"), &add));
    assert!(!forbids(&policy("charter.kinds", "mistake"), &add));
    assert!(forbids(&policy("charter.phrases", "make seed"), &add));
    assert!(!forbids(&policy("charter.phrases", "make see"), &add));
    assert!(forbids(&policy("charter.paths", "*.md"), &add));
    assert!(!forbids(&policy("charter.paths", "learned/"), &add));
    let retire = change(Operation::Retire, &["Run make seed."], None);
    assert!(!forbids(&policy("charter.phrases", "make seed"), &retire), "it takes the phrase out");
    assert!(forbids(&policy("charter.paths", "notes.md"), &retire));
}

#[test]
fn no_charter_says_nothing() {
    let add = change(Operation::Add, &[], Some(STANDS));
    assert_eq!(ruled(&Policy::default(), &add), None);
}

#[test]
fn nobody_writes_the_opposite_of_the_charter() {
    for (stands, turned) in [
        ("Never ask guests for a passport.", "Always ask guests for a passport."),
        ("Always ask guests for a passport.", "Never ask guests for a passport."),
        ("Never tell a caller who stays here.", "Tell a caller who stays here."),
    ] {
        let charter = policy("charter.statements", stands);
        assert!(forbids(&charter, &change(Operation::Add, &[], Some(turned))), "{turned}");
    }
    let charter = policy("charter.statements", "Never deploy the shop on Fridays.");
    for other in
        ["Always deploy the docs on Mondays.", "Never deploy the shop on Fridays after noon."]
    {
        assert!(!forbids(&charter, &change(Operation::Add, &[], Some(other))), "{other}");
    }
}
