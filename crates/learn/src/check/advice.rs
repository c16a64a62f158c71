//! What advice may rest on, and name: the words of persons and agents, and their calls.

use dreaming_records::kind::Kind;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_shield::attack;
use dreaming_text as text;

use crate::check::in_answer::{SHARED, is_turned};
use crate::check::quotes::Found;
use crate::check::sources::Sources;
use crate::check::{copied_values, taken_up};
use crate::import::{Excerpt, Role};

/// Why a statement in the place of a line is shown again that stands, but counts as from outside.
pub const FROM_OUTSIDE: &str = "from-outside";

/// What made a text fall for a reason of [`super::statement::held`]: the first value without a source, or the first
/// name of something to run, open or set that has none in own words; `None` for another reason.
pub(super) fn to_blame<'t>(
    reason: &str,
    (kind, text): (Kind, &'t str),
    sources: &Sources,
) -> Option<&'t str> {
    match reason {
        "unsupported-value" => sources.without(text),
        FROM_OUTSIDE => sources.within().without(text),
        "untrusted-instruction" => {
            let named = copied_values::spans(text).filter(|span| !is_told(kind, span, sources));
            let named = attack::actions(text).into_iter().chain(named);
            named.into_iter().find(|name| !sources.own(&[name]))
        }
        _ => None,
    }
}

/// Whether advice may name a code span that only a tool or a checked fact has: a mistake or a
/// workflow may quote a tool's message.
fn is_told(kind: Kind, span: &str, sources: &Sources) -> bool {
    matches!(kind, Kind::Mistake | Kind::Workflow)
        && copied_values::is_message(span, |flag| sources.own(&[flag]))
        || sources.notes(span)
}

/// The cited places that can support advice: words of persons and agents, calls, and for a mistake
/// the failed results. Tools and pages may say what is so and what went wrong; they must not say
/// what to run, open or do. Also returns the most that the advice may be trusted. `Err` is the reason why the proposal is
/// no advice.
pub(super) fn advised<'e>(
    kind: Kind,
    text: &str,
    found: Found<'e>,
    sources: &Sources,
) -> Result<(Found<'e>, Trust), &'static str> {
    let is_own = |event: &Excerpt| {
        event.provenance.may_instruct() || event.provenance == Provenance::ToolUse
    };
    let mut named = attack::actions(text);
    let is_taken_up = |span: &&str| kind == Kind::Mistake && taken_up::is_taken_up(span, &found);
    let own = |span: &&str| !is_told(kind, span, sources) && !is_taken_up(span);
    named.extend(copied_values::spans(text).filter(own));
    let outside = found.iter().filter(|place| !is_own(place.0) || sources.is_pasted(place));
    let outside: Vec<&str> = outside.map(|(event, range)| event.words(range)).collect();
    if !sources.own(&named) || sources.is_from_outside(text, &outside.join("\n")) {
        return Err("untrusted-instruction");
    }
    let most = match kind {
        Kind::Preference => wished(text, &found, sources)?,
        _ => Trust::User,
    };
    let failed = |event: &Excerpt| {
        kind == Kind::Mistake && event.provenance == Provenance::ToolResult && event.is_failure()
    };
    let support: Found = found.into_iter().filter(|(e, _)| is_own(e) || failed(e)).collect();
    if support.is_empty() { Err("untrusted-instruction") } else { Ok((support, most)) }
}

/// Checks that a preference is about what the cited person said, and returns the most that it may be trusted. Models
/// mostly reword preferences, so a few shared words are enough; a reviewer sees the quotes beside it. With one it is
/// trusted as the words of an agent: of 221 preferences over chats in seven languages 15 share fewer than two, for a
/// language bends its words ("die beste": "den besten"), and good ones are among them. So words are one that begin alike.
/// Where the person's words share none ("don't check this in"), those count too that the person answered, if they are
/// cited and came before: it is then trusted likewise, and so is what takes the place of a line and has all that is new
/// from the person ("set it to 120").
fn wished(text: &str, found: &Found<'_>, sources: &Sources) -> Result<Trust, &'static str> {
    // Approving a plan decides about the task; it states no wish.
    let wishes = |event: &Excerpt| event.provenance == Provenance::User && event.role != Role::Plan;
    let said = found.iter().filter(|(event, _)| wishes(event));
    let said: Vec<&str> = said.map(|(event, range)| event.words(range)).collect();
    if said.is_empty() {
        return Err("untrusted-instruction");
    }
    if said.iter().any(|said| is_turned(said, text)) {
        return Err("unsupported");
    }
    let wish = text::tokens(text);
    let shares = |wish: &[String], heard: &[&str]| {
        let heard = text::tokens(&heard.join("\n"));
        wish.iter().filter(|token| heard.binary_search(token).is_ok()).count()
    };
    let shared = |heard: &[&str]| shares(&wish, heard);
    if shared(&said) >= SHARED {
        return Ok(Trust::User);
    }
    let new = sources.new_words(text).unwrap_or_default();
    let denies = said.iter().any(|said| text::negated(said) > 0);
    if !denies && !new.is_empty() && new.len() < wish.len() && shares(&new, &said) == new.len() {
        return Ok(Trust::Agent);
    }
    // What a person forbids ("no, don't") is not wished; who says what holds instead ("not needed, we said 400") tells it.
    let forbids = |said: &&&str| text::negated(said) > 0 && !text::shares(said, text);
    if said.iter().any(|said| forbids(&said)) && text::negated(text) == 0 {
        return Err("unsupported");
    }
    let heard = text::tokens(&said.join("\n"));
    let is_heard = |word: &String| heard.iter().any(|heard| are_alike(word, heard));
    if wish.iter().any(is_heard) {
        return Ok(Trust::Agent);
    }
    let is_answered = |event: &Excerpt| {
        let later = |said: &Excerpt| said.part == event.part && said.line > event.line;
        matches!(event.provenance, Provenance::Agent | Provenance::ToolUse)
            && found.iter().any(|(said, _)| wishes(said) && later(said))
    };
    let answered = found.iter().filter(|(event, _)| is_answered(event));
    let mut heard = said;
    heard.extend(answered.map(|(event, range)| event.words(range)));
    if shared(&heard) < SHARED { Err("unsupported") } else { Ok(Trust::Agent) }
}

/// Whether two words are one that alone says what a wish is about, but for what a language changes at its end: five
/// letters or two syllables of Hangul are the same, and three letters or two syllables of each may follow; signs of Han and
/// Katakana are the same whole. Chosen by us: `not`, `eine` and `avec` have fewer letters. Wishes fell in German, French,
/// English ("fridays": "Friday") and Korean ("과일을": "과일은").
fn are_alike(a: &str, b: &str) -> bool {
    // In Japanese what is written in kana alone mostly only joins words.
    let is_kana = |c: char| ('\u{3040}'..='\u{309f}').contains(&c);
    if a.contains(text::unicode::is_cjk) {
        return a == b && !a.chars().all(is_kana);
    }
    let is_hangul = a.contains(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
    let (least, rest) = if is_hangul { (2, 2) } else { (5, 3) };
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    same >= least && [a, b].iter().all(|word| word.chars().count() <= same + rest)
}
