//! Who speaks, as software for chats of several people writes it before their words: `[Marek, desk] the boiler is off`.

use dreaming_text::unicode::is_letter;

/// Most bytes of a label between its brackets. Chosen by us: a name with a role has fewer.
const LONGEST: usize = 40;

/// The label of a message, and the words behind it; `None` when it has no label, or nothing behind it. Logs begin so as
/// well, so a single message tells nothing: see [`are_labelled`].
pub(crate) fn split(message: &str) -> Option<(&str, &str)> {
    let name = message.trim_ascii_start().strip_prefix('[')?;
    let (name, rest) = name.split_once(']')?;
    let said = rest.trim_start_matches(':').trim_ascii_start();
    let is_name = name.len() <= LONGEST && name.contains(is_letter) && !name.contains('\n');
    (is_name && !said.is_empty() && said.len() < rest.len()).then_some((name, said))
}

/// Whether a chat's software labels the messages of one session: they are two or more, and each of them has a label.
pub(crate) fn are_labelled<'m>(messages: impl IntoIterator<Item = &'m str>) -> bool {
    let mut labels = messages.into_iter().map(|message| split(message).is_some());
    labels.next() == Some(true) && labels.next() == Some(true) && labels.all(|has_one| has_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stands_before_each_message() {
        assert!(are_labelled(["[Marek, desk] a b", " [Odile]: c"]));
        assert_eq!(split(" [Odile]: c d"), Some(("Odile", "c d")));
        for none in [
            &["[Marek] a"][..],
            &["[Marek] a", "b"],
            &["[Marek] a", "[Odile] b", "c"],
            &["[Marek] a", "[Odile]"],
            &["[12:30] a", "[12:31] b"],
            &["[Marek]a", "[Odile]b"],
            &["[the whole sentence of a log that is too long] a", "[b] c"],
            &["[a\nb] c", "[d] e"],
            &[],
        ] {
            assert!(!are_labelled(none.iter().copied()), "{none:?}");
        }
    }
}
