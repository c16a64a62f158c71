//! The lines of a memory as prompts list them.

/// Lists lines of a memory with numbers from 1, those of one place below their headings: `Under Shop > Payments`.
/// `lines`: the headings of each, outermost first, and its words. `shown` makes one line of words.
pub(crate) fn below_headings<'l>(
    lines: impl Iterator<Item = (&'l [String], &'l str)>,
    shown: impl Fn(&str) -> String,
) -> String {
    let mut list = String::new();
    let mut under: &[String] = &[];
    for (n, (headings, text)) in (1u64..).zip(lines) {
        if headings != under {
            under = headings;
            let headings: Vec<String> = headings.iter().map(|heading| shown(heading)).collect();
            list += &match &*headings {
                [] => "Under no heading\n".to_owned(),
                headings => format!("Under {}\n", headings.join(" > ")),
            };
        }
        list += &format!("{n}. {}\n", shown(text));
    }
    list
}
