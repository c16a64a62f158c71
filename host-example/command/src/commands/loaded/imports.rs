//! Which files a text brings in: `@path` outside of code.

/// The files that a text names, each with its line.
pub fn of(text: &str) -> Vec<(u64, &str)> {
    let mut all = Vec::new();
    let mut is_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        // What stands between two backticks is code too.
        for plain in line.split('`').step_by(2) {
            let words = plain.split_whitespace().filter_map(|word| word.strip_prefix('@'));
            let is_path = |word: &&str| {
                word.starts_with(|c: char| c.is_ascii_alphanumeric() || "./~_".contains(c))
            };
            all.extend(words.filter(is_path).map(|word| (number, word)));
        }
    }
    all
}

/// Whether a word is meant for a file, so that it is a mistake when there is none: `@ada` may be a person, and
/// `@types/node` a package.
pub fn is_meant(target: &str) -> bool {
    let begins = ["./", "../", "~/", "/"].iter().any(|begin| target.starts_with(begin));
    let word = target.trim_end_matches(['.', ',', ';', ':', ')']);
    begins || [".md", ".mdc", ".txt"].iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_addresses_bring_in_nothing() {
        let text = "See @README and @docs/a.md.\n`@b.md` a@c.md\n```\n@d.md\n```\n- @~/e.md @( `x` @f.md\n";
        assert_eq!(of(text), [(1, "README"), (1, "docs/a.md."), (6, "~/e.md"), (6, "f.md")]);
    }

    #[test]
    fn a_person_and_a_package_are_no_files() {
        for (target, is_file) in
            [("ada", false), ("types/node", false), ("./x", true), ("a.md", true), ("a.md,", true)]
        {
            assert_eq!(is_meant(target), is_file, "{target}");
        }
    }
}
