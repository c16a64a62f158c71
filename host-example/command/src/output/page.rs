//! What `review --html` and `loaded --html` write: one HTML page. It is built in host-example/browser
//! (`npm run command`) and stored here, so that building the command needs no Node. What it shows is
//! inserted as JSON. Quotes in it may be hostile.

use std::fmt::Write as _;

use serde_json::Value;

const TEMPLATE: &str = include_str!("page.html");

/// The placeholder for what it shows.
const PLACE: &str = "%GIVEN%";

/// The placeholder for what it is.
const KIND: &str = "%KIND%";

/// What a page shows.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// A plan that waits, with the fields of `Given` in host-example/browser/src/view/review.tsx.
    Review,
    /// The reply of `loaded`, with the fields of `Loaded` in host-example/browser/src/loaded.ts.
    Loaded,
}

impl Page {
    fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Loaded => "loaded",
        }
    }

    /// The mark by which a file is recognised as such a page.
    pub fn mark(self) -> String {
        format!("<meta name=\"generator\" content=\"dreaming {}\"", self.word())
    }

    /// The whole page.
    pub fn of(self, given: &Value) -> String {
        // What is shown comes last, for it may hold a placeholder.
        TEMPLATE.replacen(KIND, self.word(), 1).replacen(
            PLACE,
            &inside_script(&given.to_string()),
            1,
        )
    }
}

/// Escapes JSON so that no string can end the script element, open a comment or turn the writing
/// direction of the source. Outside strings JSON has no such characters.
fn inside_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_has_one_place_for_what_it_shows_and_its_mark_at_the_beginning() {
        assert_eq!([PLACE, KIND].map(|place| TEMPLATE.matches(place).count()), [1, 1]);
        for page in [Page::Review, Page::Loaded] {
            assert!(page.of(&Value::Null).find(&page.mark()).is_some_and(|at| at < 500));
        }
    }

    #[test]
    fn no_text_ends_the_element_and_every_text_comes_back() {
        let attacks = [
            "</script><script>alert(1)</script>",
            "<!-- <script> \u{2028}\u{2029}",
            "turned \u{202e}\u{2066}\u{200f} and hidden \u{200b}\u{feff}",
            "%GIVEN% %KIND% $& \\u003c \"quoted\"",
        ];
        let given = json!({ "plan": attacks, attacks[0]: 1 });
        let page = Page::Review.of(&given);
        let (before, rest) = page.split_once("id=\"given\">").unwrap();
        let (data, after) = rest.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(data).unwrap(), given);
        assert!(!data.contains(['<', '\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}']), "{data}");
        let empty = Page::Review.of(&Value::Null);
        let empty = empty.split_once("null</script>").unwrap();
        assert_eq!((format!("{before}id=\"given\">").as_str(), after), empty);
    }
}
