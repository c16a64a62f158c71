//! The entries of a memory, by rules of the evaluation's own, so that a fault of the engine's reader
//! cannot hide itself.

/// A line of a memory, with what it stands below.
pub struct Entry {
    /// Lower case, with single spaces: file, headings, the items around it, its words.
    text: String,
}

impl Entry {
    /// Whether it holds all pieces, in any case, none of them within a longer word or number.
    pub fn holds(&self, pieces: &[String]) -> bool {
        let stands = |piece: &String| stands_in(&self.text, &plain(piece));
        !pieces.is_empty() && pieces.iter().all(stands)
    }
}

/// The entries of a file: each line with the lines that continue it, the name of the file, the
/// headings above it, the items that it is indented below and, in a table, the row of titles.
pub fn entries(file: &str, text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut headings: Vec<(usize, &str)> = Vec::new();
    let mut around: Vec<(usize, &str)> = Vec::new();
    let mut titles: Option<&str> = None;
    for line in text.lines() {
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        let level = words.bytes().take_while(|byte| *byte == b'#').count();
        if words.is_empty() {
            (titles, around) = (None, Vec::new());
            continue;
        }
        if level > 0 {
            headings.retain(|(above, _)| *above < level);
            headings.push((level, words));
            continue;
        }
        let is_item = words.starts_with(['-', '*', '+', '|'])
            || words.starts_with(|c: char| c.is_ascii_digit());
        if let (false, 1.., Some(last)) = (is_item, indent, found.last_mut()) {
            last.text += &format!(" {}", plain(words));
            continue;
        }
        around.retain(|(outer, _)| *outer < indent);
        let above = headings.iter().chain(&around).map(|(_, words)| *words);
        let all = [file].into_iter().chain(above).chain(titles).chain([words]);
        found.push(Entry { text: plain(&all.collect::<Vec<_>>().join(" ")) });
        around.push((indent, words));
        if words.starts_with('|') {
            titles = titles.or(Some(words));
        }
    }
    found
}

/// A text in lower case with single spaces, without marks of emphasis and code.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['*', '`', '_'], "").replace('’', "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `piece` stands in `text` with no letter or digit before or after it that would make it a part of a longer word.
/// Scripts that put no spaces between words (from U+3040 on: kana, Han, Hangul) make nothing longer.
fn stands_in(text: &str, piece: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() && c < '\u{3040}';
    let is_part =
        |a: Option<char>, b: Option<char>| a.zip(b).is_some_and(|(a, b)| joins(a) && joins(b));
    text.match_indices(piece).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + piece.len()..]);
        !is_part(before.chars().next_back(), piece.chars().next())
            && !is_part(piece.chars().next_back(), after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_what_it_stands_below() {
        let text = "# Desk\n\n## Times\n- Check-out:\n  - rooms 11:00,\n    suites 12:00\n\n| room | price |\n|---|---|\n| 12 | 110 € |\n";
        let all = entries("hotel.md", text);
        let holds = |pieces: &[&str]| {
            let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
            all.iter().any(|entry| entry.holds(&pieces))
        };
        assert!(holds(&["check-out", "suites 12:00", "desk"]));
        assert!(holds(&["price", "12", "110"]));
        assert!(!holds(&["check-out", "110"]));
        assert!(!holds(&["price", "11"]), "110 is not 11");
        assert!(!holds(&[]));
    }
}
