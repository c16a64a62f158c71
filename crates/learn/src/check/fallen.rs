//! What a check turned down of an answer and a model may mend, because words, marks or quotes were at fault, and not what
//! it says.

use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::policy::{self, Policy};
use dreaming_text as text;

use super::advice::{self, FROM_OUTSIDE};
use super::answer;
use super::quotes;
use super::sources::Sources;
use super::statement::{self, Words};
use crate::json_value::Value;
use crate::masks;
use crate::propose::{Answer, Asked, Fallen};

/// Most events that are shown because they have the words that made a proposal fall. Chosen by us: where a name stands in
/// more, one of these tells as much.
const HAVE_IT: usize = 3;

/// What of an answer to a call about a session a model may mend, in the order of the answer.
pub fn mendable(asked: &Asked, answer: &Answer, sources: &Sources, policy: &Policy) -> Vec<Fallen> {
    let items = super::items(answer, answer::PROPOSALS, policy).unwrap_or_default();
    let most = policy.size(&policy::MAX_PROPOSALS);
    let is_own =
        |item: &&Value<'_>| asked.starts.len() < 2 || statement::is_of(item, asked, policy);
    let own = items.iter().filter(is_own).take(most);
    let found = own.filter_map(|item| {
        let why = statement::check(item, asked, sources, policy).err()?;
        of(item, why, asked, sources, policy)
    });
    let mut all: Vec<Fallen> = Vec::new();
    for one in found {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

fn of(
    item: &Value<'_>,
    why: &str,
    asked: &Asked,
    sources: &Sources,
    policy: &Policy,
) -> Option<Fallen> {
    let text = item.get("text")?.as_str()?;
    // What a reader would not see, a secret and what is too long is not shown again.
    let said = Words::of(item).ok()?.plain(policy).ok()?;
    let corrects = item.get("corrects").and_then(Value::as_u64);
    let corrects = corrects.and_then(|n| usize::try_from(n.checked_sub(1)?).ok());
    // What the check had as sources, too.
    let line = corrects.and_then(|at| asked.known.get(at));
    let with_line =
        line.map(|line| sources.clone().noting([line.text.clone()]).in_place_of(&line.text));
    let with_line = with_line.as_ref().unwrap_or(sources);
    let piece = advice::to_blame(why, (said.kind, &said.text), with_line);
    let sentence = reason(why, piece, "any event")?;
    let cited = item.get("evidence")?.as_array()?.iter().take(policy.size(&policy::MAX_EVIDENCE));
    let cited = cited.filter_map(|place| {
        let quote = place.get("quote")?.as_str()?;
        Some((place.get("event")?.as_u64()?, quote))
    });
    let cited: Vec<(u64, &str)> = cited.collect();
    let own = |at: &usize| asked.own.contains(at) && *at < asked.excerpts.len();
    let at = cited.iter().filter_map(|(number, quote)| {
        let found = quotes::find(*number, quote, &asked.excerpts).map(|(at, _)| at).filter(own);
        found.or_else(|| usize::try_from(number.checked_sub(1)?).ok().filter(own))
    });
    let at: Vec<usize> = at.collect();
    let beside = at.iter().flat_map(|at| [at.checked_sub(1), Some(*at), at.checked_add(1)]);
    let mut events: Vec<usize> = beside.flatten().filter(own).collect();
    let has = |at: &usize| {
        let shown = asked.excerpts.get(*at).map(|event| &*event.shown.text);
        shown.zip(piece).is_some_and(|(shown, piece)| shown.contains(piece))
    };
    let all = asked.own.start..asked.own.end.min(asked.excerpts.len());
    events.extend(all.filter(has).take(HAVE_IT));
    let events = text::sort::set(events);
    let place = |at: &usize| asked.excerpts.get(*at).map(|event| (event.part.clone(), event.line));
    let places = events.iter().filter_map(place).collect();
    let line = |text: &str| masks::line(&super::plain(text), policy);
    let shown = |(_, quote): &(u64, &str)| line(text::cut(quote, MAX_QUOTE));
    // Without an event there is nothing to mend it from.
    (!events.is_empty()).then(|| Fallen {
        said: format!("{}: {}", said.kind.word(), line(&said.text)),
        quotes: cited.iter().map(shown).collect(),
        corrects,
        why: line(&sentence),
        events,
        places,
        rejected: super::turned_down(why, text, advice::to_blame(why, (said.kind, text), sources)),
    })
}

/// Why something was turned down, for a model that may mend it; `None` where that is not to be mended: what reads like an
/// order, mostly repeats somebody else's words, was given up, or has no form. `of`: where its words had to stand.
pub(crate) fn reason(why: &str, piece: Option<&str>, of: &str) -> Option<String> {
    Some(match (why, piece) {
        ("unsupported-value", Some(piece)) => {
            format!("`{piece}` does not stand in {of} as it is written here")
        }
        ("unsupported-value", None) => format!("a value does not stand in {of}"),
        ("untrusted-instruction", Some(piece)) => {
            format!("`{piece}` stands in no words of a person or agent and in no call")
        }
        ("unsupported", _) => format!("too few of its words stand in {of}"),
        ("quote-not-found", _) => "its quotes stand in no event as they are written here".into(),
        ("quote-too-short", _) => "its quotes have less than 8 bytes".into(),
        (FROM_OUTSIDE, Some(piece)) => format!(
            "`{piece}` stands in lines of `result` and `outside` alone, so the line would stay a question for a person. Where the rest holds without it, leave it out, and name no finding that has nothing but such lines"
        ),
        (FROM_OUTSIDE, None) => "it rests on a finding that has nothing but lines of `result` and `outside`, so the line would stay a question for a person. Where the others bear it, leave that one out, and what only it says".into(),
        ("form-of-the-line", _) => {
            "a row of a table or a line of code comes only where one stands".into()
        }
        _ => return None,
    })
}
