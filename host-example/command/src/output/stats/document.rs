//! The fields of `dreaming.stats/1` that this command shows.

use serde::Deserialize;

/// Figures about the sessions of a store. Shares are in parts per million.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Stats {
    /// Sessions that are a second file of another one.
    pub doubled: u64,
    /// Sessions that the selection left out.
    pub left_out: u64,
    /// All selected sessions.
    pub totals: Group,
    /// By agent.
    pub agents: Vec<Group>,
    /// By role.
    pub roles: Vec<Group>,
    /// By category of task.
    pub tasks: Vec<Group>,
    /// By person.
    pub principals: Vec<Group>,
    /// What groups have better than all others.
    pub strengths: Vec<Finding>,
    /// What they have worse.
    pub weaknesses: Vec<Finding>,
    /// Work given from agent to agent.
    pub hand_offs: Vec<Flow>,
    /// Weeks or days.
    pub trends: Trends,
    /// What is far from the others.
    pub anomalies: Vec<Anomaly>,
    /// Sessions about the same task.
    pub clusters: Vec<Cluster>,
    /// Wishes that several people share.
    pub shared_preferences: Vec<Shared>,
}

/// Figures of some sessions.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Group {
    /// Whose.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// Days.
    pub days: u64,
    /// When the first began.
    pub first: Option<i64>,
    /// When the last ended.
    pub last: Option<i64>,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Calls of tools.
    pub calls: u64,
    /// How many of them failed.
    pub failed_calls: u64,
    /// The share that failed.
    pub failed_share: Option<u64>,
    /// By tool.
    pub tools: Vec<Calls>,
    /// How they went.
    pub outcomes: Outcomes,
    /// Mistakes that recur.
    pub mistakes: Vec<Recurring>,
    /// Orders of steps that recur.
    pub workflows: Vec<Recurring>,
    /// Work given to other agents.
    pub hand_offs: HandOffs,
}

/// Calls of a tool.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Calls {
    /// The tool.
    pub tool: String,
    /// How often.
    pub calls: u64,
    /// How often it failed.
    pub failed: u64,
}

/// How sessions went.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Outcomes {
    /// Well.
    pub good: u64,
    /// Badly.
    pub bad: u64,
    /// Nothing tells.
    pub unknown: u64,
    /// The share of the good ones among those that are known.
    pub good_share: Option<u64>,
    /// By what told.
    pub by_source: Vec<Source>,
}

/// What one source told.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Source {
    /// Which.
    pub source: String,
    /// Sessions that went well by it.
    pub good: u64,
    /// Sessions that went badly by it.
    pub bad: u64,
}

/// Something that recurs.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Recurring {
    /// As a memory would say it.
    pub text: String,
    /// Sessions that have it.
    pub sessions: u64,
}

/// Work given to other agents.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct HandOffs {
    /// How often.
    pub given: u64,
    /// How often it failed.
    pub failed: u64,
}

/// Something that a group has better or worse.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Finding {
    /// What sort of group.
    pub of: String,
    /// Which.
    pub name: String,
    /// What is compared.
    pub measure: String,
    /// Its sessions.
    pub sessions: u64,
    /// Its share.
    pub share: u64,
    /// The others' sessions.
    pub other_sessions: u64,
    /// Their share.
    pub other_share: u64,
}

/// Work given from one agent to another.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Flow {
    /// Who gave it.
    pub from: Option<String>,
    /// Who got it.
    pub to: String,
    /// How often.
    pub given: u64,
    /// How often it failed.
    pub failed: u64,
    /// How often nothing tells.
    pub unknown: u64,
    /// Whether that is beyond chance.
    pub stands_out: bool,
}

/// Figures over time.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Trends {
    /// `week` or `day`.
    pub unit: String,
    /// The periods.
    pub periods: Vec<Period>,
    /// What the measures do.
    pub trends: Vec<Trend>,
}

/// A week or a day.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Period {
    /// When it begins.
    pub start: i64,
    /// Whether it has ended.
    pub ended: bool,
    /// Sessions.
    pub sessions: u64,
    /// The share of calls that failed.
    pub failed_share: Option<u64>,
    /// Sessions that went well.
    pub good: u64,
    /// Sessions that went badly.
    pub bad: u64,
    /// Sessions of which nothing tells.
    pub unknown: u64,
}

/// What a measure does.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Trend {
    /// The measure.
    pub measure: String,
    /// `rising`, `falling`, `unclear` or `too-few`.
    pub direction: String,
}

/// A value far from the others.
#[derive(Clone, Debug, Deserialize)]
pub struct Anomaly {
    /// Of what.
    pub of: AnomalyOf,
    /// What was measured.
    pub measure: String,
    /// Its value.
    pub value: u64,
    /// The median of all.
    pub median: u64,
}

/// What an anomaly is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyOf {
    /// A session.
    Session(String),
    /// The period that begins then.
    Period(i64),
}

/// Sessions about the same task.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Cluster {
    /// Words that most share.
    pub words: Vec<String>,
    /// Steps that most take.
    pub steps: Vec<String>,
    /// How many there are.
    pub sessions: u64,
    /// Some of them.
    pub examples: Vec<String>,
    /// How they went.
    pub outcomes: Outcomes,
}

/// A wish that several people share.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Shared {
    /// The wish.
    pub text: String,
    /// Who has it.
    pub principals: Vec<String>,
    /// Sessions in which it was said.
    pub sessions: u64,
}
