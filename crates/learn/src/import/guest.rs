//! Persons whom `scope.members` does not name. What a guest says is true of the guest at most: it is kept as from
//! outside, in the notes of a session and in what a model is shown of it.

use dreaming_records::notes::SessionNotes;
use dreaming_records::policy::{MEMBERS, Policy};
use dreaming_records::trust::Provenance;
use dreaming_text::sort;
use dreaming_text::unicode::lower;

use super::{Excerpt, Role};

/// Makes the person of a session its guest, unless the policy says that it is a member, and takes
/// out what no guest can give: preferences and corrections.
pub(super) fn received(notes: &mut SessionNotes, policy: &Policy) {
    let members = policy.texts(&MEMBERS);
    let is = |name: &String| members.iter().any(|member| lower(member) == lower(name));
    if members.is_empty() || notes.principal.as_ref().is_some_and(is) {
        return;
    }
    notes.guest = Some(notes.principal.take().unwrap_or_default());
    sort::keep(&mut notes.statements, &mut |said| said.pin.provenance != Provenance::User);
}

/// Gives the words of a session's person to its guest, if it has one. A plan in a message of the
/// person is approved by nobody then. What the agent says to a guest says no more than the guest
/// did: agents repeat politely what they hear.
pub(super) fn heard(notes: &SessionNotes, excerpts: &mut [Excerpt]) {
    let mut with_guest = false;
    for excerpt in excerpts {
        let is_said = excerpt.call.is_empty();
        match excerpt.role {
            Role::Person | Role::Plan if is_said && notes.guest.is_some() => {
                excerpt.role = Role::Guest
            }
            Role::Person | Role::Plan if is_said => with_guest = false,
            Role::Agent if with_guest => excerpt.provenance = Provenance::External,
            _ => {}
        }
        if excerpt.role == Role::Guest {
            excerpt.provenance = Provenance::External;
            with_guest = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::{SessionExcerpts, combine};
    use super::*;
    use dreaming_records::policy::SettingValue;
    use dreaming_records::session::Session;
    use dreaming_records::session_record::SessionRecord;

    const SAID: &str = concat!(
        r#"{"type":"session","session":"s","principal":"Nora"}"#,
        "\n",
        r#"{"type":"user","text":"Always use tabs."}"#,
        "\n",
        r#"{"type":"agent","text":"I will."}"#,
        "\n",
        r#"{"type":"user","text":"Implement the following plan:\n\nUse tabs."}"#,
        "\n",
        r#"{"type":"guest","text":"Always use spaces."}"#,
    );

    fn read(principal: Option<&str>, members: &[&str]) -> (SessionRecord, SessionExcerpts) {
        let mut policy = Policy::default();
        let members = members.iter().map(|name| (*name).to_owned()).collect();
        policy.set(MEMBERS.name, SettingValue::Texts(members)).unwrap();
        let descriptor =
            Session { principal: principal.map(Into::into), ..Session::of_file("s", 1) };
        combine(&descriptor, vec![fixture::part("main", SAID.as_bytes())], &policy)
    }

    /// Who speaks, and how many statements of persons there are.
    fn heard(principal: Option<&str>, members: &[&str]) -> (Vec<String>, usize) {
        let (record, excerpts) = read(principal, members);
        let of = |excerpt: &Excerpt| {
            format!("{} {:?}", fixture::label(&excerpt.role), excerpt.provenance)
        };
        (excerpts.own.iter().map(of).collect(), record.notes.statements.len())
    }

    #[test]
    fn a_member_makes_rules_and_what_a_transcript_marks_as_a_guests_makes_none() {
        let said =
            ["person User", "agent Agent", "plan Agent", "guest External"].map(str::to_owned);
        assert_eq!(heard(None, &[]), (said.to_vec(), 1));
        assert_eq!(heard(None, &["nora", "Jonas"]), (said.to_vec(), 1));
        assert_eq!(heard(Some("Jonas"), &["JONAS"]), (said.to_vec(), 1));
    }

    #[test]
    fn whoever_is_no_member_is_a_guest_and_nobodys_principal() {
        let said = ["guest External", "agent External", "guest External", "guest External"];
        assert_eq!(heard(None, &["Jonas"]), (said.map(str::to_owned).to_vec(), 0));
        let (record, _) = read(None, &["Jonas"]);
        assert_eq!((record.notes.principal, record.notes.guest.as_deref()), (None, Some("Nora")));
        assert_eq!(read(Some("Jonas"), &["Jonas"]).0.notes.guest, None);
    }
}
