//! For whom memories are loaded where nobody says it, and what is left out for it.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::Contents;

use crate::document::{self, Entry, SessionRecord};
use crate::error::Result;

/// The person for whom memories are loaded: the one who is `named`, else the only one whom the store shows. Dreams write the
/// name behind a preference only where there are several, and so a line without one holds for whoever loads it.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn principal(contents: &Contents, named: Option<&str>) -> Result<Option<String>> {
    if let Some(name) = named {
        return Ok(Some(name.to_owned()));
    }
    let mut people: BTreeSet<String> = of_one(contents)?.into_keys().collect();
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("session/")) {
        let record: SessionRecord = document::parse(&row.value, "session record")?;
        people.extend(record.notes.principal);
    }
    Ok(people.pop_first().filter(|_| people.is_empty()))
}

/// How many statements hold for one person only and not for `principal`, by the name of that person.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn of_others(contents: &Contents, principal: Option<&str>) -> Result<BTreeMap<String, u64>> {
    let mut others = of_one(contents)?;
    principal.map(|name| others.remove(name));
    Ok(others)
}

/// How many statements hold for one person only, by the name of that person.
fn of_one(contents: &Contents) -> Result<BTreeMap<String, u64>> {
    let mut of_one = BTreeMap::new();
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("entry/")) {
        let entry: Entry = document::parse(&row.value, "entry record")?;
        if entry.retired.is_none()
            && let Some(name) = entry.principal
        {
            *of_one.entry(name).or_default() += 1;
        }
    }
    Ok(of_one)
}
