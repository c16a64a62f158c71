//! What a transcript says about its session as a whole.

use std::collections::BTreeSet;

use super::fields::word_of;
use super::record_key::record_key;
use super::usage::Usage;
use crate::json::Map;
use dreaming_records::canonical::{MAX_INTEGER, digest_parts};
use dreaming_records::ids::SessionId;
use dreaming_records::notes::{SessionNotes, Tokens};
use dreaming_records::session::Account;
use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// Session ids of one part that are told apart. A resumed file holds a few. Chosen by us.
const MAX_ORIGINS: usize = 64;

/// Longest text kept of what names something, in bytes. Chosen by us: a path or a title.
const MAX_NAME: usize = 256;

/// Hexadecimal digits of a root: 64 bits, so that no two histories of a store meet by chance.
const ROOT_DIGITS: usize = 16;

/// What was said so far. Of everything but ids and tokens the first that is said counts.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Session ids, each with how often it occurs and on which line first.
    origins: Vec<(String, u64, u64)>,
    /// The name of the agent.
    pub(super) agent: Named,
    /// What the agent is for.
    pub(super) role: Named,
    /// The category of the task.
    pub(super) task: Named,
    /// The person or account for whom it ran.
    pub(super) principal: Named,
    /// The branch of the working directory.
    pub(super) branch: Named,
    cwd: Named,
    /// The user part of the first working directory that has one: a guess at the principal.
    user: Named,
    root: String,
    records: BTreeSet<u64>,
    /// The id of the last record with its key: most records make an event under their own id.
    last: (String, u64),
    /// What the responses that have an id used, each in several records and perhaps in several parts.
    responses: Usage,
    /// Tokens, each response counted once by the reader.
    pub(super) tokens: Tokens,
    /// What was used of the part, and what was skipped.
    pub(super) account: Account,
    /// Sessions whose history the part repeats before its own, the latest first.
    histories: Vec<History>,
    /// How many of them are open: the last of those speaks.
    open: usize,
}

/// A name: the first that is said counts.
#[derive(Debug, Default)]
pub(super) struct Named(Option<String>);

impl Named {
    /// Takes `name` unless it is empty.
    pub(super) fn say(&mut self, name: &str) {
        if self.0.is_none() && !name.is_empty() {
            self.0 = Some(cut(&redact(name).text, MAX_NAME).into());
        }
    }
}

/// What is said of a session whose history a part repeats.
#[derive(Debug)]
pub(super) struct History {
    pub(super) header: Header,
    /// Its last line; the greatest number that a document holds when it goes on to the end.
    pub(super) last_line: u64,
}

impl Header {
    /// The history of the session from which the one that speaks was forked begins.
    pub(super) fn begin_history(&mut self) {
        if self.open == self.histories.len() {
            self.histories.push(History { header: Self::default(), last_line: MAX_INTEGER });
            self.open += 1;
        }
    }

    /// The last `ended` histories that are open end before line `line`.
    pub(super) fn end_histories(&mut self, ended: usize, line: u64) {
        let open = self.open.saturating_sub(ended);
        for history in self.histories.iter_mut().take(self.open).skip(open) {
            history.last_line = line.saturating_sub(1);
        }
        self.open = open;
    }

    /// Who speaks: 0 the session of the part, 1 the one that it was forked from, and so on.
    pub(super) fn speaker(&self) -> usize {
        self.open
    }

    /// Says something of the session that speaks.
    pub(super) fn of_speaker(&mut self, say: impl FnOnce(&mut Self)) {
        let at = self.open.checked_sub(1);
        match at.and_then(|at| self.histories.get_mut(at)) {
            Some(history) => say(&mut history.header),
            None => say(self),
        }
    }

    /// The histories, in the order in which they began.
    pub(super) fn take_histories(&mut self) -> Vec<History> {
        std::mem::take(&mut self.histories)
    }

    /// A session id on line `line`.
    pub(super) fn origin(&mut self, id: &str, line: u64) {
        if id.is_empty() {
        } else if let Some((_, count, _)) = self.origins.iter_mut().find(|(known, ..)| known == id)
        {
            *count += 1;
        } else if self.origins.len() < MAX_ORIGINS {
            let id = redact(id).text;
            self.origins.retain(|(known, ..)| *known != id);
            self.origins.push((id, 1, line));
        }
    }

    /// What a record says by the names that our own forms have.
    pub(super) fn described(&mut self, record: &Map<'_>) {
        self.agent.say(word_of(record, "agent"));
        self.role.say(word_of(record, "role"));
        self.principal.say(word_of(record, "principal"));
        self.task.say(word_of(record, "task"));
        self.branch.say(word_of(record, "branch"));
    }

    /// A working directory; its user part names the principal when nothing else does.
    pub(super) fn cwd(&mut self, folder: &str) {
        self.cwd.say(folder);
        if let Some(name) = user_part(folder) {
            self.user.say(name);
        }
    }

    /// Notes a record with an id of its own, unique beyond this session. Whether it was read before
    /// in this part.
    pub(super) fn is_repeated(&mut self, id: &str) -> bool {
        let (last, key) = &mut self.last;
        last.clear();
        last.push_str(id);
        *key = record_key(id);
        !self.records.insert(*key)
    }

    /// The key of the record with this id, when it was read.
    pub(super) fn record(&self, id: &str) -> Option<u64> {
        if self.records.is_empty() {
            return None;
        }
        let key = if self.last.0 == id { self.last.1 } else { record_key(id) };
        self.records.contains(&key).then_some(key)
    }

    /// Counts the tokens of the response `id`, which other parts may count too.
    pub(super) fn used(&mut self, id: &str, used: Tokens) {
        self.responses.add(id, used, &mut self.tokens);
    }

    /// What tells the history of this session from all others: id, time and text of its first
    /// message. A copy of the history under another session id has the same.
    pub(super) fn root(&mut self, id: &str, time: &str, text: &str) {
        if self.root.is_empty() && !id.is_empty() && !time.is_empty() {
            let whole = digest_parts([id.as_bytes(), time.as_bytes(), text.as_bytes()]);
            self.root = whole.as_str().chars().take(ROOT_DIGITS).collect();
        }
    }

    /// Writes what was said into the notes. Returns the keys of the records that were read, and what the
    /// responses used.
    pub(super) fn finish(self, notes: &mut SessionNotes) -> (BTreeSet<u64>, Usage) {
        // The most frequent session id; of equals the one that came first.
        let rank = |(id, count, first): &(String, u64, u64)| (*count, u64::MAX - first, id.clone());
        if let Some((id, ..)) = self.origins.into_iter().max_by_key(rank) {
            notes.origin = SessionId::new(id);
        }
        notes.agent = self.agent.0;
        notes.role = self.role.0;
        notes.task = self.task.0;
        notes.principal = self.principal.0.or(self.user.0);
        notes.cwd = self.cwd.0;
        notes.branch = self.branch.0;
        notes.tokens = self.tokens;
        notes.account = self.account;
        notes.root = self.root;
        (self.records, self.responses)
    }
}

/// The user part of a working directory.
fn user_part(folder: &str) -> Option<&str> {
    let rest = folder.strip_prefix("/Users/").or_else(|| folder.strip_prefix("/home/"))?;
    rest.split('/').next().filter(|name| !name.is_empty() && name.len() <= 64)
}
