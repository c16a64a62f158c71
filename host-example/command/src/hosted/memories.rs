//! The memories of a store there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Beta, Client, Next, Result};
use super::trouble::Trouble;
use crate::folder::digest;

/// A memory as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct There {
    /// Its id.
    pub memory: String,
    /// The SHA-256 digest of its content.
    pub sha256: String,
    /// Bytes of its content.
    pub bytes: u64,
    /// When it changed last, in milliseconds since 1970.
    pub changed: Option<i64>,
    /// Its content; `None` where a list has none, or the service gave none.
    pub content: Option<String>,
}

/// What is said of the store itself.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Whether it takes no changes any more.
    pub is_archived: bool,
}

/// A memory store there.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// The service.
    pub client: &'a Client,
    /// Its id.
    pub id: &'a str,
}

impl Store<'_> {
    fn path(&self, below: &str) -> String {
        format!("/v1/memory_stores/{}{below}", self.id)
    }

    /// What is said of the store.
    ///
    /// # Errors
    /// [`Trouble::NoStore`], and others.
    pub fn describe(&self) -> Result<Described> {
        let answer = self.known(self.client.get(Beta::Memories, &self.path("")))?;
        if answer.get("id").and_then(Value::as_str) != Some(self.id) {
            return Err(self.client.nonsense("this is not the memory store that was asked for"));
        }
        let name = answer.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_archived = answer.get("archived_at").is_some_and(|at| !at.is_null());
        Ok(Described { name, is_archived })
    }

    /// All memories, by their paths there; `with_content` with what they hold.
    ///
    /// # Errors
    /// [`Trouble`], also when something in the list makes no sense: part of a list would look as if
    /// the rest were deleted.
    pub fn list(&self, with_content: bool) -> Result<BTreeMap<String, There>> {
        let mut memories = BTreeMap::new();
        // Pages of whole contents have 20 memories at most.
        let query = if with_content { "view=full&limit=20" } else { "view=basic&limit=100" };
        let path = self.path("/memories");
        let listed = self.client.pages(Beta::Memories, &path, query, |items| {
            for item in items {
                let (path, there) = self.read(item)?;
                let known = memories.insert(path.clone(), there.clone());
                // A list that changes while it is read may repeat itself, but not disagree.
                if known.is_some_and(|known| known != there) {
                    return Err(self.client.nonsense(&format!("its list has {path} twice")));
                }
            }
            Ok(Next::Go)
        });
        self.known(listed)?;
        if with_content {
            for (path, there) in &mut memories {
                if there.content.is_none() {
                    let (now, whole) = self.retrieve(&there.memory)?;
                    if now != *path || whole.sha256 != there.sha256 {
                        return Err(self.client.nonsense(&format!("{path} changes meanwhile")));
                    }
                    *there = whole;
                }
            }
        }
        Ok(memories)
    }

    /// A memory with its path there.
    ///
    /// # Errors
    /// [`Trouble::Missing`] when it is gone, and others.
    pub fn retrieve(&self, memory: &str) -> Result<(String, There)> {
        let path = self.path(&format!("/memories/{memory}?view=full"));
        self.read(self.client.get(Beta::Memories, &path)?)
    }

    /// Makes a memory.
    ///
    /// # Errors
    /// [`Trouble::Precondition`] when one has the path, and others.
    pub fn create(&self, path: &str, content: &str) -> Result<There> {
        let body = json!({"path": path, "content": content});
        let made = self.client.post(Beta::Memories, &self.path("/memories"), &body);
        match made {
            // Of an earlier try the answer may be lost, and what is in the way be of that try.
            Err(Trouble::Precondition { why, by: Some(by) }) if super::client::is_id(&by) => {
                match self.retrieve(&by) {
                    Ok((at, there)) if at == path && there.sha256 == digest(content.as_bytes()) => {
                        Ok(there)
                    }
                    _ => Err(Trouble::Precondition { why, by: Some(by) }),
                }
            }
            made => self.written(made?, path, content),
        }
    }

    /// Gives a memory at a path that has the digest `expected` another content.
    ///
    /// # Errors
    /// [`Trouble::Precondition`] when it has another digest by now, [`Trouble::Missing`], and
    /// others.
    pub fn update(&self, at: (&str, &str), content: &str, expected: &str) -> Result<There> {
        let (memory, path) = at;
        let body = json!({"content": content, "precondition": precondition(expected)});
        let below = self.path(&format!("/memories/{memory}"));
        self.written(self.client.post(Beta::Memories, &below, &body)?, path, content)
    }

    /// Gives a memory with this content another path.
    ///
    /// # Errors
    /// As for [`Store::update`].
    pub fn rename(&self, memory: &str, path: &str, content: &str) -> Result<There> {
        let expected = digest(content.as_bytes());
        let body = json!({"path": path, "precondition": precondition(&expected)});
        let below = self.path(&format!("/memories/{memory}"));
        self.written(self.client.post(Beta::Memories, &below, &body)?, path, content)
    }

    /// Deletes a memory that has the digest `expected`. One that is gone is deleted.
    ///
    /// # Errors
    /// [`Trouble::Precondition`] when it has another digest by now, and others.
    pub fn delete(&self, memory: &str, expected: &str) -> Result<()> {
        let query = format!("expected_content_sha256={expected}");
        let path = self.path(&format!("/memories/{memory}?{query}"));
        match self.client.delete(Beta::Memories, &path) {
            Ok(_) | Err(Trouble::Missing(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Tells a store that is not there from other things that are missing.
    fn known<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|trouble| match trouble {
            Trouble::Missing(_) => {
                Trouble::NoStore { url: self.client.url().into(), store: self.id.into() }
            }
            other => other,
        })
    }

    /// Checks that what was written is what is there.
    fn written(&self, answer: Value, path: &str, content: &str) -> Result<There> {
        let (at, there) = self.read(answer)?;
        match at == path && there.sha256 == digest(content.as_bytes()) {
            true => Ok(there),
            false => Err(self.client.nonsense(&format!("{path} is not there as it was sent"))),
        }
    }

    fn read(&self, item: Value) -> Result<(String, There)> {
        let wrong = |what: &str| self.client.nonsense(what);
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(path), Some(memory), Some(sha256)) =
            (text("path"), text("id"), text("content_sha256"))
        else {
            return Err(wrong("a memory without `id`, `path` or `content_sha256`"));
        };
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !super::client::is_id(&memory) || !is_digest {
            return Err(wrong("a memory whose `id` or `content_sha256` is none"));
        }
        let content = text("content");
        if content.as_ref().is_some_and(|content| digest(content.as_bytes()) != sha256) {
            return Err(wrong(&format!("the content of {path} is not what its digest says")));
        }
        let said = item.get("content_size_bytes").and_then(Value::as_u64).unwrap_or(0);
        let bytes = content.as_ref().map_or(said, |content| content.len() as u64);
        let changed = text("updated_at").and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let changed = changed.map(jiff::Timestamp::as_millisecond);
        Ok((path, There { memory, sha256, bytes, changed, content }))
    }
}

fn precondition(expected: &str) -> Value {
    json!({"type": "content_sha256", "content_sha256": expected})
}
