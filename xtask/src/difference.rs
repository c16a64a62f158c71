//! How a text differs from the committed one, for people.

/// The lines that only one of two texts has, marked `- ` for `committed` and `+ ` for `now`.
pub fn difference(committed: &str, now: &str) -> String {
    let only = |mark: &str, text: &str, other: &str| -> String {
        let lacks = |line: &&str| other.lines().all(|known| known != *line);
        text.lines().filter(lacks).map(|line| format!("{mark} {line}\n")).collect()
    };
    only("-", committed, now) + &only("+", now, committed)
}
