//! A review as one HTML page. The page is built in host-example/browser (`npm run review`) and
//! stored here, so that building the command needs no Node. The plan is inserted as JSON. Quotes in
//! it may be hostile.

use std::fmt::Write as _;

use serde_json::Value;

const TEMPLATE: &str = include_str!("review.html");

/// The placeholder for the plan.
const PLACE: &str = "%GIVEN%";

/// The mark by which a file is recognised as such a page.
pub const MARK: &str = "<meta name=\"generator\" content=\"dreaming review\"";

/// The whole page. `given` has the fields of `Given` in host-example/browser/src/view/review.tsx.
pub fn page(given: &Value) -> String {
    TEMPLATE.replacen(PLACE, &inside_script(&given.to_string()), 1)
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
    fn the_page_has_one_place_for_the_plan_and_its_mark_at_the_beginning() {
        assert_eq!(TEMPLATE.matches(PLACE).count(), 1);
        assert!(TEMPLATE.find(MARK).is_some_and(|at| at < 500));
    }

    #[test]
    fn no_text_ends_the_element_and_every_text_comes_back() {
        let attacks = [
            "</script><script>alert(1)</script>",
            "<!-- <script> \u{2028}\u{2029}",
            "turned \u{202e}\u{2066}\u{200f} and hidden \u{200b}\u{feff}",
            "%GIVEN% $& \\u003c \"quoted\"",
        ];
        let given = json!({ "plan": attacks, attacks[0]: 1 });
        let page = page(&given);
        let (before, rest) = page.split_once("id=\"given\">").unwrap();
        let (data, after) = rest.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Value>(data).unwrap(), given);
        assert!(!data.contains(['<', '\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}']), "{data}");
        let empty = TEMPLATE.split_once(PLACE).unwrap();
        assert_eq!(format!("{before}id=\"given\">"), empty.0);
        assert_eq!(format!("</script>{after}"), empty.1);
    }
}
