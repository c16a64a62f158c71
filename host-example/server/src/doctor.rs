//! What could be wrong with a server, each with what to do about it. Nothing is changed.

use std::fmt::{self, Formatter};
use std::path::Path;

use crate::db::standing::Standing;
use crate::db::{Database, Result};
use crate::dream::{Models, engine};
use crate::objects::Objects;

/// Reasons for which dreams failed that are told. Chosen by us: one has many dreams, the next ones few.
const REASONS: usize = 3;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// A server would not do its work.
    Fail,
}

/// What was looked at, and what was found.
#[derive(Debug)]
pub struct Finding {
    /// How serious it is.
    pub grade: Grade,
    name: &'static str,
    found: String,
    /// What to do.
    todo: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, line: &mut Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Ok => "ok  ",
            Grade::Warn => "warn",
            Grade::Fail => "fail",
        };
        write!(line, "{grade}  {}: {}", self.name, self.found)?;
        match &self.todo {
            Some(todo) => write!(line, "\n      → {todo}"),
            None => Ok(()),
        }
    }
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { grade: Grade::Ok, name, found: found.into(), todo: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { grade: Grade::Warn, todo: Some(todo.into()), ..Self::ok(name, found) }
    }
}

/// Looks at a database, whose tables are those of this version by now, at the engine, and at the models that a server
/// from this environment would ask.
///
/// # Errors
/// [`crate::DatabaseError`].
pub async fn examine(database: &Database, cache: Option<&Path>) -> Result<Vec<Finding>> {
    let mut findings = vec![match database.try_write().await {
        Ok(()) => {
            Finding::ok("database", "it answers and takes writes, with the tables of this version")
        }
        Err(error) => Finding {
            grade: Grade::Fail,
            todo: Some("make room on its disk (`df -h`), or see why it may not be written".into()),
            ..Finding::ok("database", format!("it answers, and takes no write: {error}"))
        },
    }];
    findings.push(match engine(cache) {
        Ok(_) => Finding::ok("engine", concat!("of version ", env!("CARGO_PKG_VERSION"))),
        Err(error) => Finding {
            grade: Grade::Fail,
            todo: Some("name a folder of your own with --cache, or none".into()),
            ..Finding::ok("engine", error.to_string())
        },
    });
    let open = database.keys().await?.into_iter().filter(|key| key.revoked_at.is_none()).count();
    findings.push(match open {
        0 => Finding::warn("keys", "none opens anything", "dreaming-server new-key > key"),
        open => Finding::ok("keys", format!("{open} open something")),
    });
    let standing = database.standing().await?;
    findings.extend(transcripts(database.objects(), &standing).await);
    let models = Models::new(None, None);
    for (maker, name) in [("Anthropic", "anthropic:any"), ("OpenAI", "openai:any")] {
        findings.push(match models.check(name) {
            Ok(()) => Finding::ok("models", format!("there is a key for those of {maker}")),
            Err(_) => Finding::warn(
                "models",
                format!("no key for those of {maker} is in the environment"),
                format!("export {}=…, unless dreams ask none of them", variable(maker)),
            ),
        });
    }
    let dreams: Vec<String> = standing
        .dreams
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    let dreams = if dreams.is_empty() { "none yet".into() } else { dreams.join(", ") };
    findings.push(failed(dreams, &database.failures_of_a_day().await?));
    findings.push(match standing.failing {
        0 => Finding::ok("webhooks", "nothing is known to be lost"),
        failing => Finding::warn(
            "webhooks",
            format!("nothing arrives at {failing}"),
            "GET /v1/x/webhooks says since when and why",
        ),
    });
    Ok(findings)
}

/// The dreams that there are, and why those of the last day failed.
fn failed(dreams: String, reasons: &[(String, usize)]) -> Finding {
    if reasons.is_empty() {
        return Finding::ok("dreams", dreams);
    }
    let all: usize = reasons.iter().map(|(_, count)| count).sum();
    let told: Vec<String> =
        reasons.iter().take(REASONS).map(|(why, count)| format!("{count}: {why}")).collect();
    Finding::warn(
        "dreams",
        format!("{dreams}; {all} of them failed in the last day"),
        told.join("\n      → "),
    )
}

/// Where transcripts go, where they lie, and what could not be deleted.
async fn transcripts(objects: Option<&Objects>, standing: &Standing) -> Vec<Finding> {
    const NAME: &str = "transcripts";
    let mut findings = Vec::new();
    let Some(objects) = objects else {
        findings.push(Finding::ok(NAME, "they go into the database"));
        findings.extend(standing.outside.iter().map(elsewhere));
        return findings;
    };
    findings.push(match objects.check().await {
        Ok(()) => Finding::ok(NAME, format!("they go to {}", objects.name())),
        Err(error) => Finding {
            grade: Grade::Fail,
            todo: Some("name a place that this machine may write to with --transcripts".into()),
            ..Finding::ok(NAME, error.to_string())
        },
    });
    let others = standing.outside.iter().filter(|(place, _)| place != objects.name());
    findings.extend(others.map(elsewhere));
    if standing.undeleted > 0 {
        let found = format!("{} objects could not be deleted yet", standing.undeleted);
        findings.push(Finding::warn(NAME, found, "the log of the server says why"));
    }
    findings
}

/// Transcripts that a server without their place does not read.
fn elsewhere((place, count): &(String, i64)) -> Finding {
    let todo = format!("dreaming-server serve --transcripts {place}");
    Finding::warn("transcripts", format!("{count} lie in {place}"), todo)
}

fn variable(maker: &str) -> &'static str {
    match maker {
        "Anthropic" => "ANTHROPIC_API_KEY",
        _ => "OPENAI_API_KEY",
    }
}
