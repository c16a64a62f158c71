//! Why a dream failed: for whoever asked for it, and without any word of theirs for whoever runs the server.

/// How a reason begins that quotes nobody, and what the log says.
const KNOWN: [(&str, &str); 13] = [
    ("the settings cannot be used", "its settings cannot be used"),
    ("the model refused ", "its model refused what it was asked: take another model"),
    ("none of ", "no call fits its budget"),
    (
        "the model answered, and no answer was of any use",
        "no answer of its model was of any use: take another model",
    ),
    ("memories were changed ", "somebody wrote into its store all the time"),
    ("the memory `", "a memory is in the way of one that it writes"),
    ("the memory store `", "the memory store that it reads was deleted or archived"),
    ("the store that it writes", "the memory store that it writes was deleted or archived"),
    ("the session `", "a session that it reads was deleted"),
    (
        "the part `",
        "a transcript cannot be read: `dreaming-server doctor --transcripts URL` tries their place",
    ),
    ("out of fuel", "it was more work than any real store needs"),
    ("out of memory", "its store is too large for the memory that a dream may take"),
    ("storage is full", "the disk is full"),
];

/// How a reason begins that goes on, after a colon, with what came from a model, and what the log says before that.
const ASKED: [(&str, &str); 2] = [
    ("the model answered none of ", "its model answered no call"),
    ("its batch ", "its batch cannot be read"),
];

/// How that begins, and what the log says.
const CAME: [(&str, &str); 10] = [
    ("HTTP 401", "HTTP 401: the service turns down the key in the server's environment"),
    ("HTTP 403", "HTTP 403: the service turns down the key in the server's environment"),
    ("HTTP 404", "HTTP 404: it knows no such model, or is at another address"),
    ("HTTP 429", "HTTP 429: it is asked too often, or its account is used up"),
    ("HTTP 529", "HTTP 529: it is busy"),
    ("no answer in time", "no answer in time"),
    ("it asked to be left alone", "it asked to be left alone for longer than a dream waits"),
    ("io: Connection refused", "nobody listens at its address"),
    ("io: failed to lookup address", "its address is not known"),
    ("nobody answered", "nobody was asked"),
];

/// Why a dream failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type of the error, as the API names it.
    pub kind: String,
    /// Why, for people.
    pub why: String,
}

impl Failure {
    /// A failure of this type.
    pub fn new(kind: &str, why: impl Into<String>) -> Self {
        Self { kind: kind.into(), why: why.into() }
    }

    /// A failure as the database has it.
    pub fn read(text: &str) -> Option<Self> {
        let (kind, why) = serde_json::from_str(text).ok()?;
        Some(Self { kind, why })
    }

    /// Tells whoever runs the server.
    pub fn report(&self, dream: &str) {
        tracing::warn!("dream {dream} failed ({}): {}", self.kind, self.for_the_log());
    }

    /// Why, in words of this server alone: what memories, clients and the services of models say is left out.
    pub fn for_the_log(&self) -> String {
        if let Some(model) = self.why.strip_prefix("the model `")
            && let Some((_, variables)) =
                model.rsplit_once("cannot be asked: start the server with ")
        {
            return format!("its model has no key: start the server with {variables}");
        }
        let servers = self.why.trim_start_matches(|char: char| char.is_ascii_digit());
        if servers.starts_with(" servers ended while they carried it out") {
            return "one server after the other ended while it had it: see why they ended (memory?)"
                .into();
        }
        if let Some(told) = words(&ASKED, &self.why)
            && let Some((_, came)) = self.why.split_once(": ")
        {
            return format!("{told}: {}", of_model(came));
        }
        let told = words(&KNOWN, &self.why);
        told.unwrap_or("its `error` says why, which may quote memories").into()
    }
}

/// What a table says for a text that begins so.
fn words(table: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    table.iter().find(|(beginning, _)| text.starts_with(beginning)).map(|(_, told)| *told)
}

/// What came from a model. Of the words of its service only the status is told.
fn of_model(came: &str) -> String {
    if let Some(told) = words(&CAME, came) {
        return told.into();
    }
    let status = came.strip_prefix("HTTP ").and_then(|rest| rest.get(..3));
    match status.filter(|status| status.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(status) => format!("HTTP {status}"),
        None => "no answer that can be read".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(why: &str) -> String {
        Failure::new("internal_error", why).for_the_log()
    }

    #[test]
    fn the_log_says_why_a_model_did_not_answer_and_nothing_that_its_service_says() {
        for (why, expected) in [
            (
                "HTTP 401: Incorrect API key: sk-secret (the key is from OPENAI_API_KEY). put the right key there",
                "HTTP 401: the service turns down the key in the server's environment",
            ),
            ("HTTP 418: secret words", "HTTP 418"),
            ("HTTP 500: secret words. try again later", "HTTP 500"),
            ("HTTP se", "no answer that can be read"),
            ("no answer in time. try again later", "no answer in time"),
            (
                "io: Connection refused (http://127.0.0.1:9/v1/messages). check",
                "nobody listens at its address",
            ),
            ("secret words", "no answer that can be read"),
        ] {
            let calls = told(&format!("the model answered none of 3 calls: {why}"));
            assert_eq!(calls, format!("its model answered no call: {expected}"));
            let batch = told(&format!("its batch msgbatch_1 cannot be read: {why}"));
            assert_eq!(batch, format!("its batch cannot be read: {expected}"));
        }
    }

    #[test]
    fn the_log_says_why_a_dream_failed_and_no_word_of_memories_or_clients() {
        let key = "the model `openai:secret` cannot be asked: start the server with OPENAI_API_KEY in its environment";
        assert_eq!(
            told(key),
            "its model has no key: start the server with OPENAI_API_KEY in its environment"
        );
        for (why, has) in [
            (
                "the memory `/secret.md` is in the way of one that the dream writes: rename it",
                "in the way",
            ),
            ("the memory store `memstore_1` was archived", "deleted or archived"),
            ("the model refused all 6 calls: take another model", "take another model"),
            ("none of 2 calls was made: raise `tokens`", "no call fits its budget"),
            ("the store that it writes, `memstore_1`, was deleted", "deleted or archived"),
            (
                "the part `secret: a` of the session `sesn_1` cannot be read: gone",
                "doctor --transcripts",
            ),
            (
                "8 servers ended while they carried it out, and it came no further",
                "see why they ended",
            ),
            (
                "the model answered none of 3 calls: HTTP 400: x cannot be asked: start the server with secret",
                "HTTP 400",
            ),
            ("the store is not usable: `secret.md`: two lines", "its `error` says why"),
        ] {
            let told = told(why);
            assert!(told.contains(has) && !told.contains("secret"), "{told}");
        }
    }
}
