//! What somebody says is so about themselves or their work, and that will matter again.

use super::correction::is_value;
use super::words::Words;

/// What a sentence tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fact<'a> {
    /// The words that tell it, without the call to remember.
    pub(crate) text: &'a str,
    /// Whether saying it once is enough: it was said to be remembered, or by somebody of
    /// themselves. Anything else may hold for one task only.
    pub(crate) once: bool,
    /// Whether it is about the one who says it: what one person is, another one is not.
    pub(crate) personal: bool,
}

/// First persons: what begins with one is about the one who says it.
const PERSONS: &[&str] = &[
    "my", "i", "i'm", "mein", "meine", "ich", "mon", "ma", "mes", "je", "j'ai", "mi", "mis", "yo",
    "io", "mio", "mia", "eu", "meu", "minha", "ik", "mijn", "я", "мой", "моя", "меня",
];

/// Calls to remember what follows.
const CALLS: &[&str] = &[
    "remember that",
    "remember",
    "don't forget that",
    "don't forget",
    "do not forget that",
    "keep in mind that",
    "keep in mind",
    "for future reference",
    "for the record",
    "for your information",
    "fyi",
    "just so you know",
    "merk dir dass",
    "merk dir",
    "denk daran dass",
    "vergiss nicht dass",
    "zur info",
    "n'oublie pas que",
    "n'oubliez pas que",
    "souviens-toi que",
    "rappelle-toi que",
    "pour info",
    "recuerda que",
    "no olvides que",
    "acuérdate de que",
    "para tu información",
    "ricorda che",
    "ricordati che",
    "tieni presente che",
    "lembre-se de que",
    "lembre-se que",
    "lembra-te que",
    "não esqueça que",
    "onthoud dat",
    "vergeet niet dat",
    "ter info",
    "помни что",
    "запомни что",
];

/// Calls in scripts without spaces.
const SPACELESS_CALLS: &[&str] = &["请记住", "請記住", "记住", "記住", "覚えておいて"];

/// Fillers before a call.
const FILLERS: &[&str] =
    &["please", "ok", "okay", "also", "and", "so", "bitte", "hey", "by", "the", "way"];

/// How a sentence begins in which somebody introduces themselves.
const SELF: &[&str] = &[
    "my name is",
    "my name's",
    "i'm called",
    "i am called",
    "people call me",
    "i work as",
    "i work for",
    "i work at",
    "i live in",
    "i'm based in",
    "i am based in",
    "i'm located in",
    "i am located in",
    "my pronouns are",
    "ich heiße",
    "mein name ist",
    "ich arbeite als",
    "ich arbeite bei",
    "ich wohne in",
    "ich lebe in",
    "je m'appelle",
    "mon nom est",
    "je travaille comme",
    "je travaille chez",
    "j'habite",
    "me llamo",
    "mi nombre es",
    "trabajo como",
    "trabajo en",
    "vivo en",
    "mi chiamo",
    "il mio nome è",
    "lavoro come",
    "lavoro per",
    "abito a",
    "meu nome é",
    "me chamo",
    "chamo-me",
    "trabalho como",
    "moro em",
    "mijn naam is",
    "ik heet",
    "ik werk als",
    "ik werk bij",
    "ik woon in",
    "меня зовут",
    "я работаю",
    "я живу",
];

/// The same in scripts without spaces.
const SPACELESS_SELF: &[&str] = &["我叫", "我的名字是", "我住在", "私の名前は"];

/// What belongs to a person for long: "my role is", "my time zone is".
const OWN: &[&str] = &[
    "role",
    "job",
    "job title",
    "title",
    "position",
    "profession",
    "timezone",
    "time zone",
    "team",
    "company",
    "employer",
    "birthday",
    "email",
    "email address",
    "username",
    "user name",
    "github username",
    "github handle",
    "handle",
    "native language",
    "first language",
    "os",
    "operating system",
    "editor",
    "shell",
    "main language",
];

/// What people are by trade: "I'm a nurse". Without a list, "I'm a bit tired" would be a trade.
const TRADES: &[&str] = &[
    "developer",
    "engineer",
    "designer",
    "teacher",
    "student",
    "manager",
    "scientist",
    "researcher",
    "nurse",
    "doctor",
    "writer",
    "analyst",
    "architect",
    "consultant",
    "founder",
    "lawyer",
    "accountant",
    "professor",
    "programmer",
    "administrator",
    "artist",
    "editor",
    "journalist",
    "technician",
    "translator",
    "musician",
    "photographer",
    "librarian",
    "psychologist",
    "physicist",
    "biologist",
    "chemist",
    "mathematician",
    "paramedic",
    "pharmacist",
    "contractor",
    "freelancer",
    "maintainer",
    "producer",
    "director",
    "chef",
    "farmer",
    "electrician",
    "mechanic",
    "pilot",
    "retiree",
    "entrepreneur",
    "economist",
    "technologist",
    "marketer",
    "recruiter",
];

/// Verbs that say how things are.
const STATES: &[&str] = &[
    "is", "are", "has", "have", "uses", "use", "lives", "runs", "needs", "requires", "supports",
    "expects", "belongs", "points", "goes", "works", "means", "starts", "ends", "sits", "listens",
    "depends", "comes", "contains", "can't", "cannot", "doesn't", "don't", "isn't", "aren't",
    "ist", "sind", "hat", "haben", "liegt", "läuft", "nutzt", "est", "sont", "a", "ont", "utilise",
    "es", "son", "está", "están", "tiene", "usa", "usan", "è", "sono", "ha", "usano", "é", "são",
    "tem", "usam", "staat", "zijn", "heeft", "gebruikt", "draait",
];

/// How what is told begins: with a thing, not with an order.
const THINGS: &[&str] = &[
    "the", "our", "my", "we", "i", "i'm", "this", "all", "every", "these", "there", "there's",
    "der", "die", "das", "unser", "unsere", "mein", "meine", "wir", "ich", "le", "la", "les", "l'",
    "notre", "nos", "mon", "ma", "nous", "je", "el", "los", "las", "nuestro", "nuestra", "mi",
    "nosotros", "il", "lo", "i", "gli", "nostro", "nostra", "o", "os", "as", "nosso", "nossa",
    "meu", "minha", "de", "het", "onze", "ons", "mijn", "wij",
];

/// Words within which a thing is followed by its verb. Chosen by us: a longer subject is a clause.
const NEAR: usize = 8;

/// What a sentence tells that may matter again.
pub(crate) fn parse(sentence: &str) -> Option<Fact<'_>> {
    if let Some(call) = SPACELESS_CALLS.iter().find_map(|call| sentence.strip_prefix(call)) {
        let text = call.trim_start_matches(['，', '：', ',', ':', ' ']);
        return ["是", "在", "有", "です"].iter().any(|verb| text.contains(verb)).then_some(Fact {
            text,
            once: true,
            personal: text.starts_with('我'),
        });
    }
    if SPACELESS_SELF.iter().any(|opening| sentence.starts_with(opening)) {
        return Some(Fact { text: sentence, once: true, personal: true });
    }
    let words = Words::new(sentence);
    let at = (0..4).find(|at| !FILLERS.contains(&words.at(*at)))?;
    if let Some(count) = words.any(at, CALLS) {
        let told = at + count;
        let text = sentence.get(words.start(told)..)?;
        let is_told = is_told(&words, told, words.len());
        let personal = PERSONS.contains(&words.at(told));
        return (is_told && !text.is_empty()).then_some(Fact { text, once: true, personal });
    }
    if is_about_self(&words, at) {
        return Some(Fact { text: sentence, once: true, personal: true });
    }
    let about_work = is_about_work(&words, at);
    about_work.then_some(Fact { text: sentence, once: false, personal: false })
}

/// Whether the words from `at` on are about a thing that is somehow, with the verb before `end`:
/// behind "that" some languages put it last.
fn is_told(words: &Words, at: usize, end: usize) -> bool {
    THINGS.contains(&words.at(at)) && (at + 1..end).any(|at| STATES.contains(&words.at(at)))
}

fn is_about_self(words: &Words, at: usize) -> bool {
    let own = || {
        let count = words.any(at + 1, OWN)?;
        // Something that goes on is no trait: "my team is working on it".
        let value = words.at(at + 2 + count);
        words.any(at + 1 + count, &["is", "are"]).filter(|_| !value.ends_with("ing"))
    };
    let is_trade = || {
        let from = match words.at(at) {
            "i'm" if matches!(words.at(at + 1), "a" | "an") => at + 2,
            "i" if words.are(at + 1, "am a") || words.are(at + 1, "am an") => at + 3,
            _ => return false,
        };
        (from..from + 4).any(|at| TRADES.contains(&words.at(at)))
    };
    words.any(at, SELF).is_some() || (words.at(at) == "my" && own().is_some()) || is_trade()
}

/// "We use X for Y", "our API lives at <address>": a value or a use, so that plain reports of a
/// task stay out.
fn is_about_work(words: &Words, at: usize) -> bool {
    let end = words.len().min(at + 3 * NEAR);
    let has_value = (at + 2..end).any(|at| is_value(words.at(at)));
    let uses =
        words.any(at, &["we use", "we're using", "we deploy to", "we host", "we run"]).is_some();
    let ours = words.at(at) == "our" && is_told(words, at, at + NEAR);
    let placed = words.at(at) == "the"
        && words
            .find(
                at,
                &[
                    "is at",
                    "lives at",
                    "lives in",
                    "is hosted at",
                    "is hosted on",
                    "runs on",
                    "listens on",
                ],
            )
            .is_some_and(|verb| verb < at + NEAR);
    (uses && words.find(at + 2, &["for", "to", "as"]).is_some()) || ((ours || placed) && has_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_to_be_kept_is_a_fact() {
        for (text, told, once) in [
            ("Remember that the API is versioned.", "the API is versioned.", true),
            ("please remember: our staging host is st2", "our staging host is st2", true),
            ("FYI, we use Buck for builds", "we use Buck for builds", true),
            (
                "Merk dir, dass unser Server in Bonn steht und die Tests hat",
                "unser Server in Bonn steht und die Tests hat",
                true,
            ),
            ("My name is Ada", "My name is Ada", true),
            ("I'm a senior backend engineer", "I'm a senior backend engineer", true),
            ("my time zone is UTC+2", "my time zone is UTC+2", true),
            ("我叫小明", "我叫小明", true),
            ("记住，数据库在二号机上", "数据库在二号机上", true),
            ("We use Redis for sessions", "We use Redis for sessions", false),
            (
                "Our API lives at https://api.example.org",
                "Our API lives at https://api.example.org",
                false,
            ),
        ] {
            let found = parse(text).map(|fact| (fact.text, fact.once));
            assert_eq!(found, Some((told, once)), "{text}");
        }
    }

    #[test]
    fn what_is_said_of_oneself_is_personal() {
        for (text, personal) in [
            ("My name is Ada", true),
            ("remember that my laptop is slow", true),
            ("remember that our laptop is slow", false),
            ("We use Redis for sessions", false),
        ] {
            assert_eq!(parse(text).map(|fact| fact.personal), Some(personal), "{text}");
        }
    }

    #[test]
    fn orders_moods_and_reports_are_none() {
        for text in [
            "Remember to run the tests",
            "I'm a bit confused",
            "my test is red",
            "my team is working on it",
            "our tests are slow today",
            "the build is broken",
            "remember when this was easy",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
