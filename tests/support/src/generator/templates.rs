//! The sentences that texts are made of. `{s}` is the subject of a fact, `{v}` its value, `{w}` a
//! made-up word; the other names are those of [`Slot`].

/// What a place in a sentence is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    City,
    Day,
    Error,
    Food,
    Language,
    Number,
    Path,
    Person,
    Port,
    Project,
    Region,
    Service,
    Team,
    Time,
    Tool,
    Version,
    Word,
}

impl Slot {
    /// The slot that a template names.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "city" => Self::City,
            "day" => Self::Day,
            "num" => Self::Number,
            "path" => Self::Path,
            "person" => Self::Person,
            "proj" => Self::Project,
            "svc" => Self::Service,
            "time" => Self::Time,
            "tool" => Self::Tool,
            "ver" => Self::Version,
            _ => Self::Word,
        }
    }
}

/// A kind of fact: one attribute of one sort of subject, said in three ways.
#[derive(Debug)]
pub(super) struct Kind {
    pub subject: Slot,
    pub value: Slot,
    /// The name that a model would give the attribute.
    pub attribute: &'static str,
    pub phrasings: [&'static str; 3],
}

const fn kind(
    subject: Slot,
    value: Slot,
    attribute: &'static str,
    phrasings: [&'static str; 3],
) -> Kind {
    Kind { subject, value, attribute, phrasings }
}

#[rustfmt::skip]
pub(super) const KINDS: [Kind; 24] = [
    kind(Slot::Person, Slot::Tool, "tool", ["{s} prefers {v} for day to day work and does not want alternatives suggested.", "When helping {s}, reach for {v} first; other choices were rejected before.", "The tool of choice of {s} is {v}."]),
    kind(Slot::Person, Slot::Language, "language", ["{s} writes most of the new code in {v}.", "New code from {s} is mainly {v}.", "For {s} the default programming language is {v}."]),
    kind(Slot::Person, Slot::City, "home", ["{s} lives in {v} and works from there.", "Home base of {s}: {v}.", "{s} is located in {v}."]),
    kind(Slot::Person, Slot::Food, "lunch", ["{s} likes {v} more than any other lunch option.", "Favourite lunch of {s} is {v}.", "If ordering for {s}, order {v}."]),
    kind(Slot::Person, Slot::Time, "first call", ["{s} is available for calls from {v} local time.", "Do not schedule {s} before {v}.", "Earliest meeting slot of {s} is {v}."]),
    kind(Slot::Person, Slot::Project, "project", ["{s} is currently assigned to the {v} project as lead.", "The lead of {v} is {s}.", "{s} now owns project {v}."]),
    kind(Slot::Person, Slot::Team, "team", ["{s} reports to the {v} since the last reorganisation.", "The {v} has {s} as a member.", "{s} sits in the {v}."]),
    kind(Slot::Project, Slot::Version, "shared library", ["The {s} repository is pinned to version {v} of the shared library.", "Shared library version in {s}: {v}.", "{s} builds only against {v} of the shared library."]),
    kind(Slot::Project, Slot::Tool, "build", ["The {s} project uses {v} for its build pipeline.", "Build pipeline of {s} runs on {v}.", "To build {s} you need {v}."]),
    kind(Slot::Project, Slot::Language, "language", ["The main language of the {s} code base is {v}.", "{s} is written in {v}.", "Expect {v} code when opening {s}."]),
    kind(Slot::Project, Slot::Day, "release day", ["Releases of {s} go out every {v} after the smoke tests pass.", "{s} ships on {v}.", "The weekly release day for {s} is {v}."]),
    kind(Slot::Project, Slot::Region, "region", ["Production for {s} is deployed in the {v} region.", "{s} runs in {v}.", "Deploy target of {s}: {v}."]),
    kind(Slot::Service, Slot::Port, "port", ["The {s} service listens on port {v} in the staging cluster.", "Port {v} is where {s} answers in staging.", "In staging, connect to {s} through port {v}."]),
    kind(Slot::Service, Slot::Number, "timeout", ["The timeout for {s} must be set to {v} seconds or requests fail under load.", "Requests to {s} need a {v} second timeout.", "Use a timeout of {v} seconds with {s}."]),
    kind(Slot::Service, Slot::Region, "region", ["The {s} service was migrated to the {v} region.", "{s} now lives in {v}.", "Region of {s} is {v}."]),
    kind(Slot::Service, Slot::Tool, "state", ["The {s} service stores its state in {v}.", "State of {s} is kept with {v}.", "{v} backs the {s} service."]),
    kind(Slot::Service, Slot::Person, "on call", ["On call owner of the {s} service is {v}.", "Page {v} when {s} is down.", "{v} handles incidents for {s}."]),
    kind(Slot::Service, Slot::Version, "release", ["The {s} service is running release {v} in production.", "Production release of {s} is {v}.", "{s} was upgraded to {v}."]),
    kind(Slot::Path, Slot::Number, "length", ["The file {s} must stay under {v} lines according to the style check.", "Style check limits {s} to {v} lines.", "Keep {s} shorter than {v} lines."]),
    kind(Slot::Path, Slot::Person, "reviewer", ["Changes to {s} need a review from {v}.", "{v} reviews every change of {s}.", "Ask {v} before touching {s}."]),
    kind(Slot::Path, Slot::Tool, "origin", ["The file {s} is generated by {v} and must not be edited by hand.", "Do not edit {s}; {v} generates it.", "{v} output lands in {s}."]),
    kind(Slot::Error, Slot::Path, "cause", ["Error {s} was traced to a bug in {v}.", "The root cause of {s} sits in {v}.", "When {s} shows up look at {v}."]),
    kind(Slot::Error, Slot::Tool, "trigger", ["Error {s} appears when {v} runs with an empty cache.", "An empty {v} cache triggers {s}.", "Clearing the {v} cache causes {s}."]),
    kind(Slot::Team, Slot::Time, "stand up", ["The {s} holds its stand up at {v} every morning.", "Stand up of the {s} starts at {v}.", "Join the {s} daily at {v}."]),
];

/// Filler sentences.
pub(super) const FILLERS: [&str; 36] = [
    "This came up while {w} the {w} {w} in {proj}.",
    "The previous attempt failed because the {w} {w} did not {w} the {w}.",
    "It was confirmed by {person} during the {day} review.",
    "See also {path} where the {w} {w} is handled.",
    "The outcome was {w} and saved about {num} minutes of {w} work.",
    "Note that {w} {w} can be {w} when the {w} is missing.",
    "We tried {tool} first, but the {w} {w} made it too {w}.",
    "After the change the {w} tests passed and {num} {w} were removed.",
    "The user asked to keep the {w} short and avoid {w} {w}.",
    "Background: the {w} of {proj} depends on the {w} {w} from last {w}.",
    "It applies only to {w} environments with {w} {w} enabled.",
    "The log line mentions {w} {w} near offset {num}.",
    "A follow up is planned on {day} to check the {w} {w}.",
    "Steps: open {path}, change the {w}, then run the {w} {w} again.",
    "According to {person} the {w} should not be {w} before the {w}.",
    "Earlier sessions assumed a {w} {w}, which turned out to be {w}.",
    "Cost was about {num} units per {w} and the {w} is {w}.",
    "The command prints {w} {w} followed by a {w} summary.",
    "There is a known {w} in {tool} {ver} that affects {w} {w}.",
    "If the {w} grows past {num}, split the {w} into {w} parts.",
    "The customer mentioned {w}, {w} and {w} as the main {w}.",
    "Do this before {time} because the {w} job locks the {w} table.",
    "Remember the {w} {w} flag, otherwise the {w} stays {w}.",
    "It took {num} attempts to find the {w} {w}.",
    "The {w} endpoint returns a {w} body with {num} {w} entries.",
    "Ask for the {w} {w} when the {w} is not clear.",
    "This replaces the {w} approach that {person} described in {city}.",
    "The {w} is shared with {svc} and with {svc}.",
    "Performance was {w}: {num} {w} per second on the {w} machine.",
    "Tests for the {w} live next to {path}.",
    "The agent should {w} the {w} and then report the {w}.",
    "Only {w} accounts can {w} the {w} {w}.",
    "The {w} dashboard in {tool} shows the {w} as {w}.",
    "Because of the {w} policy, {w} data must be {w} after {num} days.",
    "Result of the run: {num} {w}, {num} {w}, no {w}.",
    "The diagram of the {w} {w} is in the {w} folder of {proj}.",
];

/// Words that may replace each other in a near duplicate.
#[rustfmt::skip]
pub(super) const SYNONYMS: [(&str, &str); 44] = [
    ("prefers", "likes"), ("service", "server"), ("project", "repo"), ("uses", "employs"),
    ("build", "compile"), ("run", "execute"), ("failed", "broke"), ("change", "edit"),
    ("check", "verify"), ("timeout", "deadline"), ("production", "prod"), ("release", "version"),
    ("review", "approval"), ("because", "since"), ("handled", "processed"), ("removed", "deleted"),
    ("missing", "absent"), ("known", "recurring"), ("affects", "hits"), ("planned", "scheduled"),
    ("confirmed", "verified"), ("outcome", "result"), ("saved", "spared"), ("avoid", "skip"),
    ("keep", "leave"), ("about", "roughly"), ("before", "prior"), ("after", "following"),
    ("folder", "directory"), ("machine", "host"), ("mentioned", "cited"), ("main", "primary"),
    ("entries", "records"), ("returns", "yields"), ("clear", "obvious"), ("shared", "common"),
    ("only", "solely"), ("show", "display"), ("currently", "presently"), ("new", "fresh"),
    ("must", "should"), ("most", "much"), ("every", "each"), ("lead", "owner"),
];

/// Words that a near duplicate may lose.
pub(super) const SMALL: [&str; 18] = [
    "the", "a", "of", "is", "in", "to", "for", "and", "was", "by", "with", "from", "that", "it",
    "this", "its", "on", "at",
];

/// Words that a near duplicate may gain.
pub(super) const ADVERBS: [&str; 6] = ["really", "also", "just", "now", "again", "still"];

/// What a near duplicate may begin with.
pub(super) const OPENINGS: [&str; 8] = [
    "Note:",
    "Reminder:",
    "Fact:",
    "Update:",
    "The user said that",
    "From the last session:",
    "Important:",
    "Learned:",
];
