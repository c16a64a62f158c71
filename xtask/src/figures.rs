//! Each figure stands in one place. What documents say of it elsewhere is held to that place here.

use std::collections::BTreeMap;
use std::fs;

use crate::steps::root;
use crate::{component, sizes, soak};

/// What documents say: a name in braces stands for a figure of [`figures`].
const SAID: [(&str, &str); 23] = [
    (
        "README.md",
        "`dreaming-core.wasm` has {core} MB ({core.br} MB with brotli), `dreaming-statements.wasm` {statements} MB \
         ({statements.br} MB).",
    ),
    (
        "docs/limits.md",
        "`dreaming.wasm`, which the command embeds, has {dreamer} MB ({dreamer.br} MB with brotli), \
         `dreaming-core.wasm` without the loop of a run {core} MB ({core.br} MB), `dreaming-statements.wasm` \
         {statements} MB ({statements.br} MB).",
    ),
    (
        "host-example/worker/README.md",
        "`dreaming-statements.wasm` instead: {statements} MB ({statements.br} MB with brotli) in place of \
         {dreaming_bg.wasm} MB ({dreaming_bg.wasm.br} MB).",
    ),
    (
        "bindings/web/README.md",
        "The engine is loaded when the package is imported: {dreaming_bg.wasm} MB, {dreaming_bg.wasm.br} MB with brotli.",
    ),
    ("README.md", "[a host in {native.rs} lines](examples/native.rs)."),
    (
        "docs/hosts.md",
        "a whole host over a folder of Markdown and a folder of transcripts in {native.rs} lines,",
    ),
    ("docs/hosts.md", "is a whole host in {host.rs} lines;"),
    ("README.md", "**In your own host: the component**, with {worlds} WIT worlds"),
    ("ARCHITECTURE.md", "an adversary's rounds against the command, {soak kinds} kinds,"),
    ("ARCHITECTURE.md", "## 3. The house {Crates} crates, and arrows that point one way;"),
    (
        "README.md",
        "| context-evaluator, {context-evaluator weight} | {context-evaluator plain} | \
         {context-evaluator dream} | {context-evaluator dream without a model} |",
    ),
    ("README.md", "| cipher-box, {cipher-box weight} | {cipher-box plain} | {cipher-box dream} |"),
    ("README.md", "| git-sync, {git-sync weight} | {git-sync plain} | {git-sync dream} |"),
    ("README.md", "| entireio/cli, {entire weight} | {entire plain} | {entire dream} |"),
    (
        "README.md",
        "| the same, later, {entire, the weeks after weight} | {entire, the weeks after plain} | \
         {entire, the weeks after dream} |",
    ),
    (
        "README.md",
        "| all, {all weight} | {plain words} / {plain spared} | {dream words} / {dream spared} |",
    ),
    (
        "README.md",
        "Judges would keep {dream wanted} of {dream statements} statements of dreams (wrong: {dream wrong}) and {plain wanted} of \
         {plain statements} plain ones (wrong: {plain wrong}).",
    ),
    (
        "docs/evaluation.md",
        "In all, a dream's {dream words} words spare {dream spared} in weight; the {plain words} words of plain notes \
         spare {plain spared}.",
    ),
    (
        "docs/evaluation.md",
        "({dream wanted} of {dream statements}; plain .88, {plain wanted} of {plain statements})",
    ),
    (
        "README.md",
        "A week of 15 busy sessions takes some {week calls} calls, {week million} million tokens: about one dollar with \
         a small model,",
    ),
    ("docs/learning.md", "list prices of {prices of},"),
    (
        "host-example/worker/README.md",
        "with the ${week claude-haiku-4-5} for 15 sessions that [an \
         estimate](../../docs/learning.md#what-it-costs) computes, 300 dreams are ${300 weeks}.",
    ),
    (
        "docs/learning.md",
        "A dream makes up to {more calls} more calls that these figures leave out: {compare.max-calls} about pairs of \
         memories that look alike, {distil.max-calls} that write what is proposed",
    ),
];

/// Documents that may name a setting with its default.
const DOCUMENTS: [&str; 12] = [
    "ARCHITECTURE.md",
    "README.md",
    "bindings/web/README.md",
    "docs/command.md",
    "docs/decisions.md",
    "docs/folder.md",
    "docs/hosts.md",
    "docs/learning.md",
    "docs/limits.md",
    "docs/teams.md",
    "docs/transcripts.md",
    "host-example/worker/README.md",
];

/// The words of a document, a space between two.
fn words(document: &str) -> String {
    let text = fs::read_to_string(root().join(document)).expect(document);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn number(text: &str) -> u64 {
    let digits: String = text.chars().filter(|c| *c != ',').collect();
    digits.trim().parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

fn halves(twice: u64) -> String {
    format!("{}{}", twice / 2, if twice % 2 == 1 { ".5" } else { "" })
}

/// All figures by name, each from the place where it stands.
fn figures() -> BTreeMap<String, String> {
    let mut figures = BTreeMap::new();
    for (name, bytes) in sizes::read().unwrap() {
        let hundredths = (bytes + 5_000) / 10_000;
        figures.insert(name, format!("{}.{:02}", hundredths / 100, hundredths % 100));
    }
    for example in ["examples/native.rs", "host-example/wasmtime/examples/host.rs"] {
        let lines = fs::read_to_string(root().join(example)).unwrap().lines().count();
        figures.insert(example.rsplit('/').next().unwrap().into(), lines.to_string());
    }
    let spelled = |count: usize| SPELLED[count].to_owned();
    figures.insert("worlds".into(), spelled(component::WORLDS.len()));
    figures.insert("soak kinds".into(), spelled(soak::KINDS.len()));
    // The front beside them; two have no part in the engine but when it is built.
    let crates = fs::read_dir(root().join("crates")).unwrap().count() - 2 + 1;
    let (first, rest) = SPELLED[crates].split_at(1);
    figures.insert("Crates".into(), first.to_uppercase() + rest);
    let defaults = defaults();
    let calls =
        ["compare.max-calls", "distil.max-calls"].map(|name| (name, number(&defaults[name])));
    for (name, calls) in calls.into_iter().chain([("more calls", calls[0].1 + calls[1].1)]) {
        figures.insert(name.into(), SPELLED[usize::try_from(calls).unwrap()].into());
    }
    forward(&mut figures);
    week(&mut figures);
    figures
}

/// Numbers as words.
const SPELLED: [&str; 13] = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// The defaults of the settings, from the page that is written from their table.
fn defaults() -> BTreeMap<String, String> {
    let policy = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let rows = policy.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let mut cells = row.split(" | ");
        Some((cells.next()?.trim_end_matches('`').into(), cells.nth(1)?.into()))
    })
    .collect()
}

/// The table of the protocol `forward` in docs/evaluation.md, and its sums.
fn forward(figures: &mut BTreeMap<String, String>) {
    let text = fs::read_to_string(root().join("docs/evaluation.md")).unwrap();
    let (_, table) = text.split_once("| project | arm |").expect("a table of `forward`");
    let (mut project, mut weights) = (String::new(), 0);
    let mut sums: BTreeMap<&str, [u64; 5]> = BTreeMap::new();
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let Some((name, weight)) = cells[1].split_once(" (") {
            project = name.into();
            let weight = weight.trim_end_matches(')');
            weights += number(weight);
            figures.insert(format!("{project} weight"), weight.into());
        }
        let (statements, words) = cells[3].split_once(" / ").unwrap();
        let (first, second) = cells[4].split_once(", ").unwrap();
        let twice = number(first) + number(second);
        let (wanted, wrong) = cells[6].split_once(" / ").unwrap();
        figures.insert(format!("{project} {}", cells[2]), format!("{words} / {}", halves(twice)));
        let sum = sums.entry(cells[2]).or_default();
        let row = [statements, words, wanted, wrong].map(number);
        for (sum, part) in sum.iter_mut().zip(row.into_iter().chain([twice])) {
            *sum += part;
        }
    }
    figures.insert("all weight".into(), weights.to_string());
    for arm in ["plain", "dream"] {
        let [statements, words, wanted, wrong, twice] = sums[arm];
        let named =
            [("statements", statements), ("words", words), ("wanted", wanted), ("wrong", wrong)];
        for (name, figure) in named {
            figures.insert(format!("{arm} {name}"), grouped(figure));
        }
        figures.insert(format!("{arm} spared"), halves(twice));
    }
}

/// What the week of docs/learning.md costs with the prices of the command.
fn week(figures: &mut BTreeMap<String, String>) {
    let learning = words("docs/learning.md");
    let between = |from: &str, to: &str| {
        let (_, rest) = learning.split_once(from).expect(from);
        rest.split_once(to).expect(to).0.to_owned()
    };
    let input = number(&between("calls with about ", " tokens of input and "));
    let output = number(&between(" tokens of input and ", " of output"));
    figures.insert("week calls".into(), between("22 MB) is ", " calls"));
    figures.insert("week million".into(), format!("0.{}", (input + output + 50_000) / 100_000));
    let prices = fs::read(root().join("host-example/models/prices.json")).unwrap();
    let prices: serde_json::Value = serde_json::from_slice(&prices).unwrap();
    for model in ["anthropic:claude-haiku-4-5", "anthropic:claude-sonnet-4-5", "openai:gpt-5-mini"]
    {
        let price = |of: &str| prices["models"][model][of].as_f64().unwrap();
        let name = model.split_once(':').unwrap().1;
        let (_, said) = learning.split_once("not measured: ").expect("prices");
        let (said, _) = said.split_once(&format!(" with {name}")).expect(name);
        let said = said.rsplit('$').next().unwrap();
        // The page rounds to thousands of tokens and to cents.
        let computed = (input as f64 * price("input") + output as f64 * price("output")) / 1e6;
        let rounded = 500.0 * (price("input") + price("output")) / 1e6 + 0.005;
        let dollars: f64 = said.parse().expect(said);
        assert!((dollars - computed).abs() <= rounded, "{name}: ${said}, computed ${computed}");
        figures.insert(format!("week {name}"), said.into());
    }
    let dollars: f64 = figures["week claude-haiku-4-5"].parse().unwrap();
    figures.insert("300 weeks".into(), format!("{:.0}", dollars * 300.0));
    let (year, month) = prices["as_of"].as_str().unwrap().split_once('-').unwrap();
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = months[usize::try_from(number(month)).unwrap() - 1];
    figures.insert("prices of".into(), format!("{month} {year}"));
}

#[test]
fn documents_say_the_figures_of_the_place_where_they_stand() {
    let figures = figures();
    for (document, said) in SAID {
        let mut said = said.to_owned();
        for (name, figure) in &figures {
            said = said.replace(&format!("{{{name}}}"), figure);
        }
        assert!(!said.contains('{'), "no such figure: {said}");
        assert!(words(document).contains(&said), "{document} should say: {said}");
    }
}

/// "`learn.tokens` (4,000)", "`distil.max-calls`, 10": defaults, as docs/policy.md has them. "`learn.tokens` 0" is a
/// value that somebody sets.
#[test]
fn documents_name_settings_with_their_defaults() {
    let defaults = defaults();
    let mut found = 0;
    for document in DOCUMENTS {
        let text = words(document);
        let pieces: Vec<&str> = text.split('`').collect();
        for pair in pieces.windows(2) {
            let Some(default) = defaults.get(pair[0]) else { continue };
            let Some(value) = pair[1].strip_prefix(" (").or(pair[1].strip_prefix(", ")) else {
                continue;
            };
            let digits =
                value.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(value.len());
            let (value, unit) = value.split_at(digits);
            if !value.starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            let unit = if unit.starts_with(" MiB") { 1_048_576 } else { 1 };
            let value = grouped(number(value.trim_end_matches(',')) * unit);
            assert_eq!(value, *default, "{document} says the default of `{}`", pair[0]);
            found += 1;
        }
    }
    assert!(found > 5, "{found}");
}
