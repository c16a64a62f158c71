//! The second look: whether what a model noticed in one session is worth a line of the memory. A model that reads a
//! session writes down too much of it; one that reads only the statements, many at a time, sees which of them
//! another session would miss.

use dreaming_records::evidence::Evidence;
use dreaming_records::kind::Kind;
use dreaming_records::policy::Policy;
use dreaming_shield::redact::told_by_person;
use dreaming_text::normal;

use crate::insight::who;
use crate::json::Value;
use crate::masks;
use crate::numbered::{Asked, Question};
use crate::propose::Answer;

/// The question. A change of what it asks for is another folder.
const WORTH: Question = Question {
    item: "Statement",
    number: "statement",
    system: include_str!("../prompts/worth-1/system.txt"),
    schema: include_str!("../prompts/worth-1/schema.json"),
};

/// Most places of a statement that are shown. Chosen by us: a failure, its cure, and what was said of them.
const PLACES: usize = 6;

/// The calls about statements with their places, in their order.
pub fn ask<'a>(
    statements: impl IntoIterator<Item = (Kind, &'a str, &'a [Evidence])>,
    policy: &Policy,
) -> Vec<Asked> {
    let line = |text: &str| told_by_person(&normal(text), masks::of(policy));
    let shown = |(kind, text, places): (Kind, &str, &[Evidence])| {
        let mut shown = format!("{}: {}\n", kind.word(), line(text));
        for place in places.iter().take(PLACES) {
            shown += &format!("- {}: {}\n", who(place.provenance, false), line(&place.quote));
        }
        shown
    };
    WORTH.ask(statements.into_iter().map(shown), policy)
}

/// Whether each of the statements is worth keeping, by their positions among those that were given. `None` when the
/// answer cannot be read at all; a statement of which it says nothing clear is in no list.
pub fn check(asked: &Asked, answer: &Answer) -> Option<Vec<(usize, bool)>> {
    WORTH.answers(asked, answer, |item| item.get("keep").and_then(Value::as_bool))
}
