//! What somebody writes into a state who is not the command.

use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

/// The plan that waits, in the parts that its seal is over.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The document.
    pub plan: Vec<u8>,
    report: Vec<u8>,
    request: String,
    answers: String,
}

impl Waiting {
    /// The same with another document.
    pub fn with(self, plan: Vec<u8>) -> Self {
        Self { plan, ..self }
    }
}

/// The plan that waits in a state.
pub fn waiting(db: &Connection) -> Waiting {
    let query = "SELECT plan, report, request, answers FROM plans WHERE status = 'waiting'";
    db.query_row(query, [], |row| {
        let (plan, report) = (row.get(0)?, row.get(1)?);
        Ok(Waiting { plan, report, request: row.get(2)?, answers: row.get(3)? })
    })
    .unwrap()
}

/// Puts another plan in place of the one that waits, with a seal that fits or with the old one.
pub fn put(db: &Connection, plan: &Waiting, sealed: bool) {
    let Waiting { plan, report, request, answers } = plan;
    let change = "UPDATE plans SET plan = ?1 WHERE status = 'waiting'";
    assert_eq!(db.execute(change, params![plan]).unwrap(), 1);
    if sealed {
        let seal = of_parts([plan, report, request.as_bytes(), answers.as_bytes()]);
        db.execute("UPDATE plans SET seal = ?1 WHERE status = 'waiting'", [seal]).unwrap();
    }
}

/// The digest of several parts, as the command computes it.
fn of_parts(parts: [&[u8]; 4]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
