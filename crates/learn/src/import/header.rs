//! What a transcript says about its session as a whole.

use std::collections::BTreeSet;

use super::fields::word_of;
use super::record_key::record_key;
use super::usage::Usage;
use crate::json_value::Map;
use dreaming_records::canonical::{MAX_INTEGER, digest_parts};
use dreaming_records::ids::SessionId;
use dreaming_records::notes::{SessionNotes, Tokens};
use dreaming_records::session::Account;
use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// Most session ids of a part that are told apart. Chosen by us: a resumed file holds a few.
const MAX_ORIGINS: usize = 64;

/// Longest name kept, in bytes. Chosen by us: enough for a path or a title.
const MAX_NAME: usize = 256;

/// Hexadecimal digits of a root: 64 bits, so that the roots of two histories are not equal by
/// chance.
const ROOT_DIGITS: usize = 16;

/// What was read so far. Except for ids and tokens, the first value counts.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Session ids, each with its number of occurrences and its first line.
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
    /// The user name in the first working directory that has one: a guess at the principal.
    user: Named,
    root: String,
    records: BTreeSet<u64>,
    /// The last id and its key, kept because most records push an event under their own id.
    last: (String, u64),
    /// Tokens of responses that have an id; several records, and several parts, may repeat them.
    responses: Usage,
    /// Tokens, each response counted once by the reader.
    pub(super) tokens: Tokens,
    /// How many records were used and skipped.
    pub(super) account: Account,
    /// Sessions whose history the part repeats before its own records, the latest first.
    histories: Vec<History>,
    /// How many histories are open. Records belong to the last open one, else to the part's own
    /// session.
    open: usize,
}

/// A name; the first one counts.
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

/// What the records of a repeated history say of their session.
#[derive(Debug)]
pub(super) struct History {
    pub(super) header: Header,
    /// Its last line; [`MAX_INTEGER`] while the history goes on.
    pub(super) last_line: u64,
}

impl Header {
    /// Begins the history of the session from which the current one was forked.
    pub(super) fn begin_history(&mut self) {
        if self.open == self.histories.len() {
            self.histories.push(History { header: Self::default(), last_line: MAX_INTEGER });
            self.open += 1;
        }
    }

    /// Ends the last `ended` open histories before line `line`.
    pub(super) fn end_histories(&mut self, ended: usize, line: u64) {
        let open = self.open.saturating_sub(ended);
        for history in self.histories.iter_mut().take(self.open).skip(open) {
            history.last_line = line.saturating_sub(1);
        }
        self.open = open;
    }

    /// Whose records are being read: 0 the part's own session, 1 the one that it was forked from,
    /// and so on.
    pub(super) fn speaker(&self) -> usize {
        self.open
    }

    /// Says something of the session whose records are being read.
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

    /// Notes a session id on line `line`.
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

    /// Takes the names from a record that uses our own field names.
    pub(super) fn described(&mut self, record: &Map<'_>) {
        self.agent.say(word_of(record, "agent"));
        self.role.say(word_of(record, "role"));
        self.principal.say(word_of(record, "principal"));
        self.task.say(word_of(record, "task"));
        self.branch.say(word_of(record, "branch"));
    }

    /// A working directory. Its user name becomes the principal if nothing else names one.
    pub(super) fn cwd(&mut self, folder: &str) {
        self.cwd.say(folder);
        if let Some(name) = user_part(folder) {
            self.user.say(name);
        }
    }

    /// Notes a record with a globally unique id. Returns whether this part already had it.
    pub(super) fn is_repeated(&mut self, id: &str) -> bool {
        let (last, key) = &mut self.last;
        last.clear();
        last.push_str(id);
        *key = record_key(id);
        !self.records.insert(*key)
    }

    /// The key of the record with this id, if it was read.
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

    /// Sets what identifies this session's history: id, time and text of its first message. A copy
    /// of the history under another session id gets the same root.
    pub(super) fn root(&mut self, id: &str, time: &str, text: &str) {
        if self.root.is_empty() && !id.is_empty() && !time.is_empty() {
            let whole = digest_parts([id.as_bytes(), time.as_bytes(), text.as_bytes()]);
            self.root = whole.as_str().chars().take(ROOT_DIGITS).collect();
        }
    }

    /// Writes all of it into the notes. Returns the keys of the records that were read, and the
    /// tokens of the responses.
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

/// The user name in a working directory.
fn user_part(folder: &str) -> Option<&str> {
    let rest = folder.strip_prefix("/Users/").or_else(|| folder.strip_prefix("/home/"))?;
    rest.split('/').next().filter(|name| !name.is_empty() && name.len() <= 64)
}
