//! The interface files consist mostly of documentation.
#![expect(clippy::disallowed_methods, reason = "a test reads the interface text")]

use std::fs;
use std::path::Path;

#[test]
fn files_stay_small_and_mostly_documentation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    let (mut comments, mut all) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|end| end != "wit") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter(|line| !line.trim_ascii().is_empty());
        for line in lines {
            all += 1;
            comments += usize::from(line.trim_ascii().starts_with("///"));
        }
    }
    assert!(comments * 100 >= all * 40, "{comments} of {all} lines are documentation");
}
