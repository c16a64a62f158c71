//! The causes of changes with their titles, as code of the hosts that show them to people.

use std::fmt::Write as _;

const ABOUT: &str = "Every cause of a change with its title, in the order in which a person should see them: first what may \
    do harm, then what tidies, last what no more than a model speaks for.";

/// An item for a host in Rust.
pub fn rust(causes: &[(String, String)]) -> String {
    let mut out = String::from("\n");
    for line in textwrap::wrap(
        ABOUT,
        textwrap::Options::new(116).initial_indent("/// ").subsequent_indent("/// "),
    ) {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "pub const CAUSES: [(&str, &str); {}] = [", causes.len());
    for (cause, title) in causes {
        let _ = writeln!(out, "    ({cause:?}, {title:?}),");
    }
    out + "];\n"
}

/// A file for the memory preview page.
pub fn script(causes: &[(String, String)]) -> String {
    let mut out = format!(
        "// Written by `cargo xtask documents` from the types of the engine.\n\nimport type {{ Cause }} from \"dreaming\";\n\n\
         /** {ABOUT} */\nexport const CAUSES: readonly (readonly [cause: Cause, title: string])[] = [\n"
    );
    for (cause, title) in causes {
        let _ = writeln!(out, "  [{cause:?}, {title:?}],");
    }
    out + "];\n"
}
