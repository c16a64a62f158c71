//! Who speaks, as software for chats of several people writes it before their words: `[Marek, desk] the boiler is off`.

use dreaming_text::unicode::{is_letter, is_space, lower};

use crate::words::messages::{SAYS, SHOWN};

/// Most bytes of a label between its brackets. Chosen by us: a name with a role has fewer.
const LONGEST: usize = 40;

/// Words of a message that is passed on, or that a program writes.
const FROM: [&str; 16] = [
    "bot",
    "critical",
    "debug",
    "error",
    "fatal",
    "forwarded",
    "from",
    "fwd",
    "github",
    "info",
    "notice",
    "system",
    "trace",
    "via",
    "warn",
    "warning",
];

/// Fewest messages that tell whether there are labels. Chosen by us: two pasted lines of a log are two messages.
const FEWEST: usize = 3;

/// The label of a message, and the words behind it; `None` when it has no label, or nothing behind it. Logs begin so as
/// well, so a single message tells nothing: see [`are_labelled`].
pub(crate) fn split(message: &str) -> Option<(&str, &str)> {
    let (name, rest) = message.strip_prefix('[')?.split_once(']')?;
    let said = rest.strip_prefix(' ')?;
    let is_name = |c: char| is_letter(c) || matches!(c, ' ' | ',' | '.' | '-' | '\'' | '’');
    // `[ERROR]`, `[the page says]` and `[Forwarded from Ilse]` are no names.
    let is_small = |c: char| is_letter(c) && lower(&c.to_string()) == c.to_string();
    let is_level = !name.contains(is_small);
    let names = lower(name);
    let mut words = names.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty());
    let is_of_others =
        words.any(|word| SAYS.contains(&word) || SHOWN.contains(&word) || FROM.contains(&word));
    let is_label = name.len() <= LONGEST && name.chars().all(is_name) && !is_level && !is_of_others;
    let is_said = said.starts_with(|c| !is_space(c));
    (is_label && is_said).then_some((name, said))
}

/// Whether a chat's software labels the messages of one session: they are three or more, each of them has a label, and
/// somebody speaks twice.
pub(crate) fn are_labelled<'m>(messages: impl IntoIterator<Item = &'m str>) -> bool {
    let mut speakers = Speakers::default();
    messages.into_iter().for_each(|message| _ = speakers.said(message));
    speakers.are_named()
}

/// The speakers of the messages that were seen so far.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    names: Vec<String>,
    messages: usize,
    is_unnamed: bool,
}

impl Speakers {
    /// The words of the next message, without its label if all messages up to it have one (see [`are_labelled`]), the
    /// same: of several speakers a rule cannot tell whose wish it is.
    pub(crate) fn said<'m>(&mut self, message: &'m str) -> &'m str {
        self.messages += 1;
        let Some((name, said)) = split(message) else {
            self.is_unnamed = true;
            return message;
        };
        if !self.is_unnamed && !self.names.iter().any(|known| known == name) {
            self.names.push(name.into());
        }
        if self.are_named() && self.names.len() == 1 { said } else { message }
    }

    fn are_named(&self) -> bool {
        !self.is_unnamed && self.messages >= FEWEST && self.names.len() < self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stands_before_each_message() {
        assert!(are_labelled(["[Marek, desk] a b", "[Odile] c", "[Marek, desk] d"]));
        assert!(
            are_labelled(["[林姐] 今天", "[阿强] 好", "[林姐] 行"]),
            "no script has cases but a few"
        );
        for none in [
            &["[Marek] a", "[Marek] b"][..],
            &["[Marek] a", "[Odile] b", "[Ilse] c"],
            &["[Marek] a", "b", "[Marek] c"],
            &["[Marek] a", "[Marek]", "[Marek] c"],
            &["[12:30] a", "[12:31] b", "[12:30] c"],
            &["[Marek]a", "[Marek]b", "[Marek]c"],
            &["[Marek]: a", "[Marek]: b", "[Marek]: c"],
            &["[Marek]\n    a", "[Marek] b", "[Marek] c"],
            &["[ERROR] a", "[ERROR] b", "[ERROR] c"],
            &["[Info] a", "[Info] b", "[Info] c"],
            &["[The vendor wrote] a", "[The vendor wrote] b", "[The vendor wrote] c"],
            &["[Forwarded from Ilse] a", "[Ilse] b", "[Ilse] c"],
            &["[the whole sentence of a log that is too long] a", "[b] c", "[b] d"],
            &[],
        ] {
            assert!(!are_labelled(none.iter().copied()), "{none:?}");
        }
        let mut speakers = Speakers::default();
        let said = ["[Marek] a", "[Marek] b", "[Marek] c", "[Odile] d"].map(|m| speakers.said(m));
        assert_eq!(said, ["[Marek] a", "[Marek] b", "c", "[Odile] d"]);
        assert_eq!(speakers.said("[Marek] e"), "[Marek] e", "whose wish would it be");
        assert_eq!(split("[Odile] c d"), Some(("Odile", "c d")));
    }
}
