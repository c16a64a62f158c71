//! Patterns of paths.

use dreaming_records::memory::MemoryPath;

use crate::steer::covers;

/// Whether `item` names `path`: the path itself, a prefix that ends in `/`, or a pattern in which
/// `*` stands for any characters but `/`, and `**` for any.
pub(super) fn fits(item: &str, path: &MemoryPath) -> bool {
    if item.contains('*') { matches(item, path.as_str()) } else { covers(item, path) }
}

/// Matches by keeping all positions of the text that the pattern may have reached, so that the time
/// is at most the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // `open[i]`: the part of the pattern read by now fits the first i characters.
    let mut open: Vec<bool> = (0..=text.len()).map(|at| at == 0).collect();
    let mut rest = pattern.chars().peekable();
    while let Some(sign) = rest.next() {
        if sign == '*' {
            let any = rest.next_if_eq(&'*').is_some();
            let mut here = false;
            let before = text.iter().map(Some);
            for (place, last) in open.iter_mut().zip([None].into_iter().chain(before)) {
                here = *place || here && (any || last != Some(&'/'));
                *place = here;
            }
        } else {
            let next = open.iter().zip(&text).map(|(place, found)| *place && *found == sign);
            open = [false].into_iter().chain(next).collect();
        }
    }
    open.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_folder_and_two_do_not() {
        let fits = |item: &str, path: &str| fits(item, &MemoryPath::new(path).unwrap());
        assert!(fits("own/notes.md", "own/notes.md") && fits("own/", "own/a/b.md"));
        assert!(!fits("own", "own/a.md") && !fits("own/notes.md", "own/notes.mdc"));
        assert!(fits("*.md", "a.md") && !fits("*.md", "own/a.md") && fits("**.md", "own/a.md"));
        assert!(fits("team/*/rules.md", "team/web/rules.md"));
        assert!(!fits("team/*/rules.md", "team/web/old/rules.md"));
        assert!(fits("**/secret*", "a/b/secrets.md") && !fits("**/secret*", "secret/x.md"));
        assert!(fits("**", "any/thing.md") && fits("規則*", "規則一.md"));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let item = "*a".repeat(200);
        let path = "a".repeat(200) + "b.md";
        assert!(!fits(&item, &MemoryPath::new(path).unwrap()));
    }
}
