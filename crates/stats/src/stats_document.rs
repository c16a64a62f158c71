//! The document `dreaming.stats/1`.

use serde::Serialize;

use dreaming_records::fingerprint::Fingerprint;
use dreaming_records::ids::SessionId;
use dreaming_records::notes::ToolCount;
use dreaming_records::outcome::OutcomeSource;
use dreaming_records::policy::Policy;
use dreaming_records::time::Time;

/// Name and version of the form of the document.
pub(crate) const STATS_FORMAT: &str = "dreaming.stats/1";

/// Figures about the sessions of a store. Shares are in parts per million and `null` where there is
/// nothing to take a share of; times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stats {
    /// The form.
    #[cfg_attr(feature = "schema", schemars(extend("const" = STATS_FORMAT)))]
    pub format: String,
    /// The engine that made it.
    pub fingerprint: Fingerprint,
    /// The time it was asked for.
    pub now: Time,
    /// What was selected: the settings `select.*`.
    pub policy: Policy,
    /// Sessions that are a second file of another one; counted nowhere.
    pub doubled: u64,
    /// Sessions that the selection left out; counted nowhere.
    pub left_out: u64,
    /// All selected sessions; its name is empty.
    pub totals: Group,
    /// By agent: most sessions first, then by name; so are the next three. At most
    /// fifty of each.
    pub agents: Vec<Group>,
    /// By role.
    pub roles: Vec<Group>,
    /// By category of task.
    pub tasks: Vec<Group>,
    /// By person.
    pub principals: Vec<Group>,
    /// What agents, roles and tasks have better than all others together; by kind, name, measure.
    pub strengths: Vec<Finding>,
    /// What they have worse.
    pub weaknesses: Vec<Finding>,
    /// Work given from agent to agent: most failures first.
    pub hand_offs: Vec<FlowCount>,
    /// Weeks or days, and what rises or falls.
    pub trends: Trends,
    /// Sessions and periods far from the others: the furthest first, at most twenty.
    pub anomalies: Vec<Anomaly>,
    /// Sessions about the same task: the largest first, at most twenty.
    pub clusters: Vec<Cluster>,
    /// Wishes that several people share: most people first.
    pub shared_preferences: Vec<SharedPreference>,
}

/// What the sessions are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// An agent.
    Agent,
    /// A role.
    Role,
    /// A category of task.
    Task,
    /// A person.
    Principal,
}

/// Figures of some sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "StatsGroup"))]
pub struct Group {
    /// Name of the agent, role, task or person.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// UTC days on which one of them ended.
    pub days: u64,
    /// When the first began.
    pub first: Option<Time>,
    /// When the last ended.
    pub last: Option<Time>,
    /// Events that were used.
    pub events: u64,
    /// Tokens that model calls read.
    pub input_tokens: u64,
    /// Tokens that model calls wrote.
    pub output_tokens: u64,
    /// Calls of tools that have a result.
    pub calls: u64,
    /// Those that failed.
    pub failed_calls: u64,
    /// Their share.
    pub failed_share: Option<u64>,
    /// By tool: most calls first, then by name; at most twenty.
    pub tools: Vec<ToolCount>,
    /// How the sessions went.
    pub outcomes: Outcomes,
    /// Mistakes that recur among these sessions: most sessions first; at most ten.
    pub mistakes: Vec<Recurring>,
    /// Orders of steps that recur among these sessions: most sessions first; at most ten.
    pub workflows: Vec<Recurring>,
    /// Work that these sessions gave to other agents.
    pub hand_offs: HandOffs,
}

/// How sessions went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "StatsOutcomes"))]
pub struct Outcomes {
    /// Sessions that went well.
    pub good: u64,
    /// Sessions that went badly.
    pub bad: u64,
    /// Sessions of which nothing tells.
    pub unknown: u64,
    /// Share of the good ones among those of which something tells.
    pub good_share: Option<u64>,
    /// By what told, the strongest first; without those that told nothing.
    pub by_source: Vec<SourceOutcomes>,
}

/// What one source of outcomes told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourceOutcomes {
    /// The source.
    pub source: OutcomeSource,
    /// Sessions that went well by it.
    pub good: u64,
    /// Sessions that went badly by it.
    pub bad: u64,
}

/// A statement that several sessions support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recurring {
    /// As a memory would say it.
    pub text: String,
    /// Sessions that have it.
    pub sessions: u64,
}

/// Work given to other agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandOffs {
    /// How often.
    pub given: u64,
    /// How often it came back without what was asked for.
    pub failed: u64,
    /// How often nothing tells.
    pub unknown: u64,
}

/// Work given from one agent to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlowCount {
    /// Who gave it, when known.
    pub from: Option<String>,
    /// Who got it.
    pub to: String,
    /// Sessions in which it was given.
    pub sessions: u64,
    /// How often it was given.
    pub given: u64,
    /// How often it came back without what was asked for.
    pub failed: u64,
    /// How often nothing tells.
    pub unknown: u64,
    /// Whether it fails in more sessions than hand-offs of all other pairs, beyond chance.
    pub stands_out: bool,
}

/// What is measured of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// How many sessions there were in a period.
    Sessions,
    /// The share of good outcomes among those that are known.
    GoodOutcomes,
    /// The share of calls that failed. For a group: the share of sessions that have more of them than
    /// the median session.
    FailedCalls,
    /// Events.
    Events,
    /// Tokens written.
    OutputTokens,
}

/// Something that a group has better or worse than all others together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What sort of group.
    #[cfg_attr(feature = "schema", schemars(transform = dreaming_records::schema::without("principal")))]
    pub of: Of,
    /// Which.
    pub name: String,
    /// What is compared.
    pub measure: Measure,
    /// Its sessions of which the measure is known.
    pub sessions: u64,
    /// Its share.
    pub share: u64,
    /// The others' sessions.
    pub other_sessions: u64,
    /// Their share.
    pub other_share: u64,
}

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// ISO weeks, from Monday.
    Week,
    /// UTC days.
    Day,
}

/// Figures over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trends {
    /// The length of a period.
    pub unit: Unit,
    /// The periods, empty ones too, in order of time; the newest 104 at most.
    pub periods: Vec<Period>,
    /// What each measure does, in the order sessions, good outcomes, failed calls.
    pub trends: Vec<Trend>,
}

/// A week or a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Period {
    /// When it begins.
    pub start: Time,
    /// Whether it had ended by `now`. One that had not is in no trend and is no anomaly.
    pub ended: bool,
    /// Sessions that ended in it.
    pub sessions: u64,
    /// Their calls.
    pub calls: u64,
    /// The calls that failed.
    pub failed_calls: u64,
    /// Their share.
    pub failed_share: Option<u64>,
    /// Sessions that went well.
    pub good: u64,
    /// Sessions that went badly.
    pub bad: u64,
    /// Sessions of which nothing tells.
    pub unknown: u64,
}

/// Where a measure goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up, beyond chance.
    Rising,
    /// Down, beyond chance.
    Falling,
    /// Neither is shown.
    Unclear,
    /// There are too few periods to tell.
    TooFew,
}

/// What a measure does over the periods that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trend {
    /// The measure.
    pub measure: Measure,
    /// Periods that have it.
    pub periods: u64,
    /// Pairs of periods of which the later has more, less those of which it has less (the statistic
    /// of Mann and Kendall).
    pub sign_sum: i64,
    /// Where it goes.
    pub direction: Direction,
}

/// What an anomaly is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyOf {
    /// A session.
    Session(SessionId),
    /// The period that begins then.
    Period(Time),
}

/// A value far from the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Anomaly {
    /// The session, or the start of the period.
    pub of: AnomalyOf,
    /// What was measured.
    pub measure: Measure,
    /// Its value.
    pub value: u64,
    /// The median of all.
    pub median: u64,
    /// How many values there are.
    pub values: u64,
    /// How many median deviations lie between, in hundredths; on a scale of doublings for events,
    /// tokens and numbers of sessions.
    pub distance: u64,
}

/// Sessions about the same task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cluster {
    /// The words that most of them share: the commonest first, at most four.
    pub words: Vec<String>,
    /// The steps that most of them take: the commonest first, at most four.
    pub steps: Vec<String>,
    /// How many there are.
    pub sessions: u64,
    /// Some of them, by id; at most eight.
    pub examples: Vec<SessionId>,
    /// How they went.
    pub outcomes: Outcomes,
    /// When the last ended.
    pub last: Option<Time>,
}

/// A wish that several people share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedPreference {
    /// The wish, in the words that a memory would have.
    pub text: String,
    /// Who has it, by name: those whose words are kept as evidence.
    pub principals: Vec<String>,
    /// Sessions in which it was said.
    pub sessions: u64,
}
