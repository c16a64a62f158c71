//! Standing instructions: what a sentence asks for beyond the task at hand.
//!
//! Each rule needs a word that generalises. A task ("make sure this is tested") has none, and a
//! description ("it always fails") has one without asking for anything.

use super::words::Words;
use super::{first_person, spaceless};

/// Words that say nothing and come before what is asked.
const FILLERS: &[&str] = &[
    "please",
    "and",
    "but",
    "so",
    "also",
    "ok",
    "okay",
    "yes",
    "no",
    "just",
    "then",
    "again",
    "note",
    "bitte",
    "und",
    "aber",
    "auch",
    "s'il",
    "te",
    "vous",
    "plaît",
    "por",
    "favor",
    "y",
    "pero",
    "et",
    "mais",
    "hey",
    "hi",
    "btw",
    "per",
    "favore",
    "alsjeblieft",
    "graag",
    "пожалуйста",
];

/// How a polite order begins. It is one only when what follows is standing: "could you always".
const POLITE: &[&str] = &[
    "can you",
    "could you",
    "would you",
    "will you",
    "kannst du",
    "könntest du",
    "können sie",
    "peux-tu",
    "pouvez-vous",
    "puedes",
    "podrías",
    "puoi",
    "potresti",
    "você pode",
    "kun je",
];

/// Phrases that make any sentence standing, wherever they are.
const STANDING: &[&str] = &[
    "from now on",
    "from here on",
    "going forward",
    "from this point on",
    "in all future",
    "for all future",
    "in every future",
    "ab jetzt",
    "ab sofort",
    "von nun an",
    "in zukunft bitte",
    "désormais",
    "dorénavant",
    "à partir de maintenant",
    "a partir de ahora",
    "de ahora en adelante",
    "en adelante",
    "d'ora in poi",
    "d'ora in avanti",
    "a partir de agora",
    "de agora em diante",
    "daqui em diante",
    "vanaf nu",
    "voortaan",
    "впредь",
    "отныне",
    "с этого момента",
    "from hereon",
];

/// How a sentence begins that asks to keep something in mind or to do it each time.
const OPENINGS: &[&str] = &[
    "always",
    "never",
    "remember to",
    "remember that",
    "remember",
    "prefer",
    "in future",
    "in the future",
    "don't ever",
    "do not ever",
    "don't forget that",
    "i always want",
    "i always prefer",
    "i always use",
    "i always like",
    "i never want",
    "i never use",
    "we always",
    "we never",
    "make sure to always",
    "make sure you always",
    "make sure to never",
    "be sure to always",
    "try to always",
    "you should always",
    "you should never",
    "you must always",
    "you must never",
    "as a rule",
    "as a general rule",
    "by convention",
    "our convention is",
    "my rule is",
    "keep in mind to",
    "it's important to always",
    "merk dir",
    "merke dir",
    "denk daran",
    "in zukunft",
    "künftig",
    "zukünftig",
    "bevorzuge",
    "grundsätzlich",
    "immer",
    "niemals",
    "nie",
    "n'oublie pas",
    "n'oubliez pas",
    "souviens-toi",
    "rappelle-toi",
    "à l'avenir",
    "toujours",
    "jamais",
    "siempre",
    "nunca",
    "recuerda",
    "acuérdate",
    "en el futuro",
    "sempre",
    "mai",
    "ricorda",
    "ricordati",
    "in futuro",
    "lembre-se",
    "lembra-te",
    "no futuro",
    "altijd",
    "nooit",
    "onthoud",
    "in de toekomst",
    "всегда",
    "никогда",
    "запомни",
    "zawsze",
    "nigdy",
    "alltid",
    "aldrig",
    "altid",
];

/// After `always` and its like, what tells instead of asking: "never mind", "always the same".
const TOLD: &[&str] = &[
    "mind", "seen", "heard", "had", "been", "was", "got", "knew", "thought", "a", "an", "the",
    "this", "that", "it", "is", "are", "wieder", "noch", "pas", "rien", "he", "she", "they", "i",
    "we", "good", "nice", "fun", "great", "too",
];

/// What asks of the reader right before `always` or `never`.
const ASKING: &[&str] = &[
    "should always",
    "should never",
    "must always",
    "must never",
    "have to always",
    "need to always",
    "want you to always",
    "want you to never",
    "like you to always",
    "like you to never",
    "need you to always",
    "make sure to always",
    "make sure you always",
    "remember to always",
    "sure you never",
    "please always",
    "please never",
    "bitte immer",
    "bitte nie",
    "bitte niemals",
    "expect you to always",
];

/// Words that may stand second or third: `verwende immer`, `utilise toujours`.
const EARLY: &[&str] = &[
    "immer",
    "nie",
    "niemals",
    "grundsätzlich",
    "toujours",
    "jamais",
    "siempre",
    "nunca",
    "sempre",
    "mai",
    "altijd",
    "nooit",
    "всегда",
    "никогда",
];

/// Subjects: a sentence that begins with one describes something and asks for nothing.
const SUBJECTS: &[&str] = &[
    "the",
    "it",
    "i",
    "this",
    "that",
    "there",
    "he",
    "she",
    "they",
    "its",
    "my",
    "our",
    "a",
    "an",
    "nothing",
    "everything",
    "something",
    "some",
    "all",
    "we",
    "it's",
    "i'm",
    "i've",
    "these",
    "those",
    "your",
    "es",
    "er",
    "sie",
    "das",
    "der",
    "die",
    "ein",
    "eine",
    "ich",
    "wir",
    "noch",
    "il",
    "elle",
    "c'est",
    "ça",
    "le",
    "la",
    "les",
    "je",
    "on",
    "nous",
    "tu",
    "el",
    "los",
    "las",
    "eso",
    "esto",
    "yo",
    "nosotros",
    "casi",
    "lo",
    "gli",
    "io",
    "noi",
    "un",
    "una",
    "questo",
    "quello",
    "è",
    "o",
    "os",
    "as",
    "um",
    "uma",
    "isso",
    "isto",
    "eu",
    "ele",
    "ela",
    "nós",
    "het",
    "de",
    "een",
    "dit",
    "dat",
    "ik",
    "hij",
    "zij",
    "wij",
    "это",
    "он",
    "она",
    "я",
    "мы",
];

/// Verbs that make `by default` an instruction, and a sentence about all works of one sort.
const ORDERS: &[&str] = &[
    "use",
    "run",
    "assume",
    "prefer",
    "treat",
    "reply",
    "answer",
    "write",
    "include",
    "add",
    "provide",
    "give",
    "show",
    "keep",
    "put",
    "format",
    "explain",
    "start",
    "end",
    "avoid",
    "do",
    "don't",
    "make",
    "ask",
    "respond",
    "list",
    "mention",
    "limit",
    "skip",
    "stick",
    "highlight",
    "be",
    "check",
    "ensure",
    "follow",
    "leave",
    "wrap",
    "describe",
    "summarize",
    "summarise",
    "cite",
    "address",
    "call",
    "name",
    "state",
    "tell",
    "remind",
    "suggest",
    "focus",
    "please",
    "always",
    "never",
];

/// What opens a condition that comes up again and again, because it is about the talk itself.
const ASKED: &[&str] = &[
    "when i ask",
    "whenever i ask",
    "if i ask",
    "when i'm asking",
    "when asked",
    "whenever i'm asking",
    "when i request",
    "when i say",
    "whenever i say",
    "whenever i",
    "every time i",
    "each time i",
    "everytime i",
    "any time i",
    "anytime i",
    "when i mention",
    "when i want",
    "when i share",
    "when i send",
    "when i give",
    "when answering",
    "when you answer",
    "when responding",
    "when you respond",
    "when replying",
    "when explaining",
    "when you explain",
    "when we discuss",
    "when we talk",
    "when discussing",
    "when talking",
    "whenever you",
    "every time you",
    "each time you",
    "wenn ich frage",
    "wenn ich dich",
    "wenn ich nach",
    "wenn ich um",
    "jedes mal wenn",
    "immer wenn",
    "quand je demande",
    "quand je te",
    "lorsque je demande",
    "lorsque je te",
    "chaque fois que",
    "cuando pregunte",
    "cuando pregunto",
    "cuando te pregunte",
    "cuando te pida",
    "cuando pida",
    "cada vez que",
    "siempre que",
    "quando chiedo",
    "quando ti chiedo",
    "ogni volta che",
    "quando eu perguntar",
    "quando eu pedir",
    "sempre que",
    "toda vez que",
    "als ik vraag",
    "wanneer ik vraag",
    "telkens als",
    "elke keer als",
    "когда я спрашиваю",
    "каждый раз когда",
];

/// What says that a ban or an order is a rule about who decides, and so holds on.
const LEAVE: &[&str] = &[
    "unless i",
    "unless asked",
    "unless told",
    "unless requested",
    "unless explicitly",
    "unless you are asked",
    "without asking",
    "without my",
    "without checking",
    "without permission",
    "before asking",
    "without confirmation",
    "ohne zu fragen",
    "ohne rückfrage",
    "sans demander",
    "sans me demander",
    "sin preguntar",
    "sin mi permiso",
    "senza chiedere",
    "sem perguntar",
    "zonder te vragen",
];

/// How an order begins that wants to be asked.
const ASK_FIRST: &[&str] = &[
    "ask me before",
    "ask me first",
    "ask before",
    "check with me before",
    "check with me first",
    "confirm with me before",
    "tell me before",
    "frag mich bevor",
    "demande-moi avant",
    "pregúntame antes",
    "chiedimi prima",
    "pergunta-me antes",
    "vraag me eerst",
];

/// Works of which there are many: an order about all of them holds for the next one too.
const WORKS: &[&str] = &[
    "answers",
    "responses",
    "replies",
    "explanations",
    "messages",
    "summaries",
    "commits",
    "reviews",
    "comments",
    "suggestions",
    "examples",
    "emails",
    "answer",
    "response",
    "reply",
    "explanation",
    "message",
    "summary",
];

/// Whether a sentence is a standing wish, and if so which part of it to keep.
pub(super) fn wish(sentence: &str) -> Option<&str> {
    let words = Words::new(sentence);
    if is_order(&words) || spaceless::is_wish(sentence) {
        return Some(sentence);
    }
    let at = first_person::wish(&words)?;
    Some(words.text(sentence, &first_person::own_words(&words, at)))
}

/// The part of a sentence from the clause on that says what somebody wants, whatever stands before.
pub(super) fn clause(sentence: &str) -> Option<&str> {
    let words = Words::new(sentence);
    let at = first_person::wish(&words)?;
    let end = first_person::own_words(&words, at).end;
    Some(words.text(sentence, &(at..end)))
}

/// Whether a sentence that begins with a question is an order in a polite form: "could you always
/// …".
pub(super) fn is_polite_order(words: &Words) -> bool {
    let Some(polite) = words.any(0, POLITE) else { return false };
    let at = after_fillers(words, polite);
    words.find(0, STANDING).is_some() || begins_order(words, at) || EARLY.contains(&words.at(at))
}

/// Whether the words are a standing instruction.
fn is_order(words: &Words) -> bool {
    let polite = words.any(0, POLITE).unwrap_or(0);
    let at = after_fillers(words, polite);
    let first = words.at(at);
    let tells = SUBJECTS.contains(&first);
    let early = || {
        (at + 1..at + 4)
            .any(|at| EARLY.contains(&words.at(at)) && !TOLD.contains(&words.at(at + 1)))
    };
    words.find(0, STANDING).is_some()
        || words.find(0, ASKING).is_some()
        || begins_order(words, at)
        || (!tells && early())
        || is_conditional(words, at)
        || is_ban(words, at)
        || (!tells
            && words.find(at, ASKED).is_some_and(|asked| asked > at)
            && ORDERS.contains(&first))
        || (ORDERS.contains(&first) && words.find(at, &["by default"]).is_some())
        || words.any(at, ASK_FIRST).is_some()
        || is_about_works(words, at)
}

/// The first word that says something, of those from `at` on.
fn after_fillers(words: &Words, at: usize) -> usize {
    (at..at + 3).find(|at| !FILLERS.contains(&words.at(*at))).unwrap_or(at + 3)
}

fn begins_order(words: &Words, at: usize) -> bool {
    let Some(count) = words.any(at, OPENINGS) else { return false };
    let next = words.at(at + count);
    // Verbs in the third person and in the past tell what happens or happened.
    let tells = TOLD.contains(&next)
        || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") && !next.ends_with("us")
        || next.len() > 4 && next.ends_with("ed") && !next.ends_with("eed") && next != "embed";
    let is_bare = matches!(
        words.at(at),
        "always"
            | "never"
            | "immer"
            | "nie"
            | "niemals"
            | "toujours"
            | "jamais"
            | "siempre"
            | "nunca"
            | "sempre"
            | "mai"
            | "altijd"
            | "nooit"
    );
    !(count == 1 && is_bare && tells)
        && !(words.are(at, "remember") && is_memory(next, words.len()))
}

/// `remember when`, `remember also that`: `remember` asks to keep a thing only with `to`, `that` or
/// an order after it.
fn is_memory(next: &str, count: usize) -> bool {
    count < 3 || !(matches!(next, "to" | "that") || ORDERS.contains(&next) || next == "i")
}

/// `whenever you change the schema, run the migration`; `if a test fails, never skip it`; `when
/// writing code, add types`.
fn is_conditional(words: &Words, at: usize) -> bool {
    let end = words.next_clause(at);
    let then = after_fillers(words, end);
    let next = words.at(then);
    if end >= words.len() || next.is_empty() {
        return false;
    }
    let orders = !SUBJECTS.contains(&next);
    let is_general = words.are(at, "whenever")
        || words.any(at, &["every time", "each time", "any time"]).is_some()
        || words.any(at, ASKED).is_some();
    let is_condition = matches!(
        words.at(at),
        "when"
            | "if"
            | "before"
            | "after"
            | "for"
            | "while"
            | "wenn"
            | "bevor"
            | "si"
            | "quand"
            | "cuando"
            | "se"
            | "quando"
            | "als"
            | "wanneer"
            | "если"
            | "когда"
    );
    // A doing without a person comes up again: "when writing tests". What points, is at hand.
    let is_doing = words.at(at + 1).ends_with("ing")
        && words.at(at + 1).len() > 4
        && matches!(words.at(at), "when" | "before" | "after" | "while")
        && words.find(at, &["this", "that", "these", "those"]).is_none_or(|points| points >= end);
    (is_general && orders)
        || (is_condition && (EARLY.contains(&next) || matches!(next, "always" | "never")))
        || (is_doing && ORDERS.contains(&next))
}

/// `stop adding comments`, `don't do that again`, `don't push unless I ask`.
fn is_ban(words: &Words, at: usize) -> bool {
    let next = words.at(at + 1);
    let stops = words.are(at, "stop") && next.ends_with("ing") && next.len() > 4;
    let forbids = words.any(at, &["don't", "do not", "ne", "no", "nicht", "non", "não", "niet"]);
    let last = words.len().saturating_sub(1);
    let again = ["again", "anymore"].contains(&words.at(last))
        || words.are(last.saturating_sub(1), "any more");
    let english = forbids.is_some() && matches!(words.at(at), "don't" | "do");
    let leave = words.find(at, LEAVE).is_some() && !SUBJECTS.contains(&words.at(at));
    stops || (english && again) || (leave && (forbids.is_some() || ORDERS.contains(&words.at(at))))
}

/// `keep your answers short`, `use metric units in all examples`.
fn is_about_works(words: &Words, at: usize) -> bool {
    let all = |at: usize| matches!(words.at(at), "your" | "all" | "every" | "each");
    let works = |at: usize| WORKS.contains(&words.at(at));
    let begins = matches!(words.at(at), "keep" | "make") && all(at + 1);
    let named = (at + 1..words.len()).any(|at| {
        all(at)
            && (works(at + 1) || works(at + 2))
            && matches!(words.at(at - 1), "in" | "to" | "of" | "for")
    });
    ORDERS.contains(&words.at(at)) && (named || begins && (works(at + 2) || works(at + 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_instruction_generalises_and_asks() {
        for text in [
            "Always run the formatter first",
            "Please never commit to main",
            "From now on use pnpm",
            "ok, remember that I want short answers",
            "Provide code in Python when I ask about an example",
            "When I ask about food, include the price",
            "When writing tests, use table-driven cases",
            "Don’t push unless I ask you to",
            "Could you always answer in German",
            "Keep your answers short",
            "Use metric units in all your examples",
            "Ask me before you delete a branch",
            "Non usare mai le tabulazioni",
            "Usa sempre pnpm",
            "Use sempre o modo escuro",
            "Gebruik altijd spaties",
            "Vanaf nu korte antwoorden",
            "D'ora in poi rispondi in italiano",
            "Всегда отвечай по-русски",
            "I prefer small commits",
            "In future, ask before deleting",
            "You should always add a test",
            "Whenever you change the schema, run the migration",
            "If there is an error, always exit with 1",
            "Stop adding comments to the code",
            "Don't do that again",
            "Use UTC by default",
            "Verwende immer Leerzeichen",
            "Ab jetzt bitte kurze Antworten",
            "Utilise toujours des espaces",
            "À partir de maintenant, réponds en français",
            "Usa siempre tabuladores",
            "tests must always pass before a push",
        ] {
            assert!(wish(text).is_some(), "{text}");
        }
    }

    #[test]
    fn tasks_and_descriptions_are_none() {
        for text in [
            "Make sure this is tested",
            "It always lists these under each branch",
            "The hook never fires",
            "3, but enabled by default",
            "I don't remember the error",
            "Every time I run it, the test fails",
            "Values are never shown to users",
            "stop for a second",
            "This causes it to always return 0",
            "Don't change the API",
            "Das ist immer so",
            "Il est toujours là",
            "we should remember this for later",
            "remember also you have tools",
            "Never mind, it works now",
            "Always the same error",
            "Can you run the tests",
            "When running the tests, I get an error",
            "When fixing this bug, add a test",
            "It was deleted without asking",
            "Immer wieder der gleiche Fehler",
            "remember when we met",
            "",
        ] {
            assert!(!wish(text).is_some(), "{text}");
        }
    }
}
