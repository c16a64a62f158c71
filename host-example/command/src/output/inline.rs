//! Marks what changed inside a line, word by word.

use similar::{Algorithm, ChangeTag, TextDiff};

/// A line in pieces; `true` marks words that the other side does not have.
pub type Line = Vec<(bool, String)>;

/// The lines of both texts, with differing words marked. If two lines have little in common no word
/// is marked, because nearly all would be.
pub fn lines(old: &str, new: &str) -> (Vec<Line>, Vec<Line>) {
    let (old, new) = (format!("{}\n", old.trim_end()), format!("{}\n", new.trim_end()));
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(&old, &new);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for op in diff.ops() {
        for change in diff.iter_inline_changes(op) {
            let mut line: Line = Vec::new();
            for (marked, piece) in change.iter_strings_lossy() {
                let piece = piece.trim_end_matches(['\r', '\n']);
                if !piece.is_empty() {
                    line.push((marked, piece.to_owned()));
                }
            }
            match change.tag() {
                ChangeTag::Delete => before.push(line),
                ChangeTag::Insert => after.push(line),
                // Equal lines are kept, so that each side shows the whole statement.
                ChangeTag::Equal => {
                    before.push(line.clone());
                    after.push(line);
                }
            }
        }
    }
    (before, after)
}

/// A text without marks.
pub fn plain(text: &str) -> Vec<Line> {
    text.lines().map(|line| vec![(false, line.to_owned())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_differ_are_marked_on_both_sides() {
        let (old, new) =
            lines("The port of the service is 4000 now", "The port of the service is 5000 now");
        let marked = |lines: &[Line]| {
            let words = lines.iter().flatten().filter(|(marked, _)| *marked);
            words.map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        assert_eq!((marked(&old), marked(&new)), (vec!["4000".into()], vec!["5000".into()]));
        let whole: String = new.concat().into_iter().map(|(_, text)| text).collect();
        assert_eq!(whole, "The port of the service is 5000 now");
    }

    #[test]
    fn lines_with_little_in_common_are_not_marked_and_none_is_lost() {
        let (old, new) = lines("one\ntwo", "one\nsomething else entirely");
        assert_eq!((old.len(), new.len()), (2, 2));
        assert!(old.concat().iter().chain(&new.concat()).all(|(marked, _)| !marked));
    }
}
