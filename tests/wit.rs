//! The interface text: every item says what it means and since when.

use std::fs;
use std::path::Path;

/// Whether a line declares something that a host or guest names.
fn declares(line: &str) -> bool {
    const WORDS: [&str; 8] =
        ["interface ", "world ", "record ", "variant ", "enum ", "resource ", "type ", "constructor("];
    WORDS.iter().any(|word| line.starts_with(word))
        || line.contains(": func(")
        || line.contains(": static func(")
}

#[test]
fn every_item_is_documented_and_says_since_when() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    let mut items = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wit") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim_ascii).collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| declares(line)) {
            items += 1;
            let place = format!("{}:{}: {line}", path.display(), at + 1);
            assert!(lines[at - 1].starts_with("@since(version = "), "no @since: {place}");
            assert!(lines[at - 2].starts_with("///"), "no documentation: {place}");
        }
    }
    assert!(items > 60, "only {items} items were found");
}

#[test]
fn files_stay_small_and_mostly_documentation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    let (mut comments, mut all) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let lines = text.lines().filter(|line| !line.trim_ascii().is_empty());
        for line in lines {
            all += 1;
            comments += usize::from(line.trim_ascii().starts_with("///"));
        }
    }
    assert!(comments * 100 >= all * 40, "{comments} of {all} lines are documentation");
}
