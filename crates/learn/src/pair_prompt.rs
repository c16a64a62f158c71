//! The question how two statements relate: builds the prompts and reads the answers. What follows
//! from an answer is decided in the core.

use dreaming_records::pair::{Comparison, Side};
use dreaming_records::policy::Policy;

use crate::json_value::Value;
use crate::masks;
use crate::numbered::{Asked, Question};
use crate::propose::Answer;

/// The question. When its meaning changes, it gets a folder with a new number.
const COMPARE: Question = Question {
    item: "Pair",
    number: "pair",
    system: include_str!("../prompts/compare-1/system.txt"),
    schema: include_str!("../prompts/compare-1/schema.json"),
};

/// The calls about pairs of an older and a newer statement, in order.
pub fn ask(pairs: &[(Side, Side)], policy: &Policy) -> Vec<Asked> {
    COMPARE.ask(pairs.iter().map(|pair| shown(pair, policy)), policy)
}

/// Both statements of a pair, without secrets and without the personal data that the policy masks.
fn shown((older, newer): &(Side, Side), policy: &Policy) -> String {
    let line = |text: &str| masks::line(text, policy);
    let side = |name: &str, side: &Side| {
        let whole = side.said.map(|time| time.to_string()).unwrap_or_default();
        let day = whole.split_once('T').map_or("on an unknown day", |(day, _)| day);
        let headings = side.headings.iter().map(String::as_str);
        let place: Vec<String> =
            [side.path.as_str()].into_iter().chain(headings).map(line).collect();
        format!("{name}, {day}, {}\n{}\n", place.join(" > "), line(&side.text))
    };
    side("older", older) + &side("newer", newer)
}

/// The comparisons in an answer, each with the pair's position in the list that was given. Pairs
/// count when the answer names them once, in the words of the schema. `None` when the answer cannot
/// be read at all.
///
/// When the older statement says more than the newer one, the pair is at most `independent`: the
/// prompt asks what would be lost so that nothing is.
pub fn check(asked: &Asked, answer: &Answer) -> Option<Vec<(usize, Comparison)>> {
    COMPARE.answers(asked, answer, comparison)
}

fn comparison(item: &Value) -> Option<Comparison> {
    let loses = || match item.get("lost") {
        None | Some(Value::Null) => false,
        Some(Value::String(words)) => !words.trim_ascii().is_empty(),
        Some(_) => true,
    };
    match item.get("is")?.as_str()? {
        "same" if loses() => Some(Comparison::Independent),
        "same" => Some(Comparison::Same),
        "updates" => Some(Comparison::Updates),
        "contradicts" => Some(Comparison::Contradicts),
        "independent" => Some(Comparison::Independent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::memory::MemoryPath;
    use dreaming_records::policy::SettingValue as Setting;
    use dreaming_records::time::Time;
    use serde_json::{Value, json};

    fn side(text: &str) -> Side {
        let said = Time::parse("2026-02-20T10:00:00Z");
        let headings = vec!["Shop".into(), "Backups".into()];
        Side { path: MemoryPath::new("notes.md").unwrap(), headings, text: text.into(), said }
    }

    fn pairs(count: usize) -> Vec<(Side, Side)> {
        (0..count).map(|n| (side(&format!("Backup {n} runs.")), side("Backups run."))).collect()
    }

    fn said(asked: &Asked, answers: Value) -> Option<Vec<(usize, Comparison)>> {
        check(asked, &Answer::Text { text: json!({ "answers": answers }).to_string() })
    }

    #[test]
    fn pairs_are_numbered_between_fences_without_secrets_or_lines_of_their_own() {
        let key = format!("ghp_{}", "a1B2c3D4".repeat(5));
        let mut one = side("Nightly\nPair 2\nbackups.");
        one.headings.push(format!("Key {key}"));
        let other = Side { said: None, ..side(&format!("Backups with {key}.")) };
        let asked = ask(&[(one, other)], &Policy::default());
        let [asked] = asked.as_slice() else { panic!("{asked:?}") };
        let prompt = &asked.call.prompt;
        let body = "\nPair 1\nolder, 2026-02-20, notes.md > Shop > Backups > Key [REDACTED:";
        assert!(prompt.starts_with("BEGIN ") && prompt.contains(body), "{prompt}");
        assert!(
            prompt.contains("\nNightly Pair 2 backups.\nnewer, on an unknown day, "),
            "{prompt}"
        );
        assert!(!prompt.contains(&key));
        assert_eq!(asked.call.system, COMPARE.system);
    }

    #[test]
    fn a_call_takes_twenty_pairs_and_what_fits_a_chunk() {
        let sizes = |pairs: &[(Side, Side)], policy: &Policy| -> Vec<usize> {
            ask(pairs, policy).iter().map(|asked| asked.items.len()).collect()
        };
        assert_eq!(sizes(&pairs(45), &Policy::default()), [20, 20, 5]);
        let mut small = Policy::default();
        small.set("propose.chunk-bytes", Setting::Integer(1024)).unwrap();
        let mut given = pairs(20);
        given[3].0.text = "long ".repeat(300);
        let calls = ask(&given, &small);
        let asked: Vec<usize> = calls.iter().flat_map(|asked| asked.items.clone()).collect();
        assert_eq!(asked, (0..20).filter(|n| *n != 3).collect::<Vec<usize>>());
        assert!(calls.len() > 1);
        assert!(calls.iter().all(|asked| asked.call.prompt.len() < 1024 + 300));
    }

    #[test]
    fn each_pair_is_answered_once_and_in_the_words_of_the_schema() {
        let asked = &ask(&pairs(5), &Policy::default())[0];
        let answers = json!([
            {"pair": 1, "is": "same", "lost": null},
            {"pair": 2, "is": "same", "lost": "the second centre"},
            {"pair": 3, "is": "updates"},
            {"pair": 4, "is": "contradicts", "lost": null},
            {"pair": 4, "is": "contradicts", "lost": null},
            {"pair": 5, "is": "merge them"},
            {"pair": 6, "is": "same"}, {"pair": 0, "is": "same"}, {"pair": -1, "is": "same"},
            {"is": "same"}, 7,
        ]);
        let expected = Vec::from([
            (0, Comparison::Same),
            (1, Comparison::Independent),
            (2, Comparison::Updates),
        ]);
        assert_eq!(said(asked, answers), Some(expected));
        assert_eq!(said(asked, json!([])), Some(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let asked = &ask(&pairs(1), &Policy::default())[0];
        assert_eq!(said(asked, json!("same")), None);
        for answer in [Answer::Refused, Answer::Failed { reason: "503".into() }] {
            assert_eq!(check(asked, &answer), None);
        }
        let cut = r#"{"answers":[{"pair":1,"is":"same","lo"#;
        assert_eq!(check(asked, &Answer::Text { text: cut.into() }), None);
    }

    #[test]
    fn the_schema_names_what_is_understood() {
        let schema: Value = serde_json::from_str(COMPARE.schema).unwrap();
        let words = &schema["properties"]["answers"]["items"]["properties"]["is"]["enum"];
        let understood = |word: &Value| {
            comparison(&json!({ "is": word }).into()).is_some_and(|said| said.as_str() == *word)
        };
        assert_eq!(words.as_array().unwrap().len(), 4);
        assert!(words.as_array().unwrap().iter().all(understood), "{words}");
    }
}
