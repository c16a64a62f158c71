//! Which memories a text links to. Links are read, never written or changed.

use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_text::markdown::front::FrontMatter;
use dreaming_text::unicode::lower;
use dreaming_text::{Groups, Set};

/// A link that may lead to a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// `[title](path.md)`: the path, without `./` and anchor.
    Path(String),
    /// `[[name]]` or `[[name|label]]`: the name, without anchor.
    Name(String),
    /// Anything else: a page, a file outside the store.
    Other,
}

/// The links of a text in order, Markdown and wiki; for a line that takes in a file (`@path.md`),
/// the link to that file.
pub(super) fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::from_iter(import(text));
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        rest = rest.get(at..).unwrap_or("");
        match next(rest) {
            Some((link, length)) => {
                found.push(link);
                rest = rest.get(length..).unwrap_or("");
            }
            None => rest = rest.get(1..).unwrap_or(""),
        }
    }
    found
}

/// Whether a statement is a line of an index: it begins with a link, or takes in a file.
pub(crate) fn is_line(text: &str) -> bool {
    next(text.trim_start_matches(['*', '_'])).is_some() || import(text).is_some()
}

/// The link of a line that takes in a file, `@path.md`.
pub(super) fn import(text: &str) -> Option<Link> {
    Some(of_target(text.strip_prefix('@')?)).filter(|link| *link != Link::Other)
}

/// Longest title, name or target of a link, in bytes. Chosen by us: a few lines. So a text of
/// brackets that close nowhere takes no time that grows with its square.
const LONGEST: usize = 1_000;

/// The link at the beginning of a text, and its length.
fn next(text: &str) -> Option<(Link, usize)> {
    if let Some(wiki) = text.strip_prefix("[[") {
        let inside = until(wiki, "]]")?;
        let name = inside.split(['|', '#']).next().unwrap_or("").trim_ascii();
        return Some((Link::Name(name.into()), inside.len() + 4));
    }
    let title = title(text.strip_prefix('[')?)?;
    let target = until(text.get(title.len() + 2..)?.strip_prefix('(')?, ")")?;
    Some((of_target(target), title.len() + target.len() + 4))
}

/// The title with which a text begins, up to the bracket that closes it.
fn title(text: &str) -> Option<&str> {
    let (mut depth, mut is_code) = (0_usize, false);
    let mut inside = text.char_indices().take_while(|(at, _)| *at <= LONGEST);
    while let Some((at, sign)) = inside.next() {
        match sign {
            '`' => is_code = !is_code,
            _ if is_code => {}
            '\\' => drop(inside.next()),
            '[' => depth += 1,
            ']' if depth == 0 => return text.get(..at),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A text up to `end`.
fn until<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let near = bytes.get(..LONGEST + end.len()).unwrap_or(bytes);
    let at = near.windows(end.len()).position(|here| here == end.as_bytes())?;
    text.get(..at)
}

/// The link with this target: a plain relative path of a Markdown file may be a memory, anything
/// else is [`Link::Other`].
fn of_target(target: &str) -> Link {
    let path = target.split([' ', '#']).next().unwrap_or("");
    let path = path.strip_prefix("./").unwrap_or(path);
    let odd = path.contains(['%', ':', '\\', '<', '?']) || path.starts_with('/');
    let outside = path.split('/').any(|part| part == "..");
    match path.ends_with(".md") && !odd && !outside {
        true => Link::Path(path.into()),
        false => Link::Other,
    }
}

/// The memories of a store by all names that links have for them.
pub(super) struct Names<'a> {
    names: Groups<String, &'a MemoryPath>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        memories: impl IntoIterator<Item = (&'a MemoryPath, Option<&'a Memory>)>,
    ) -> Self {
        let names = memories.into_iter().flat_map(|(path, memory)| {
            let whole = path.as_str().trim_end_matches(".md");
            let stem = whole.rsplit('/').next().unwrap_or(whole);
            let front = memory.and_then(|memory| FrontMatter::of(&memory.text));
            let named = front.and_then(|front| front.value("name"));
            let names = [Some(path.as_str()), Some(whole), Some(stem), named].into_iter().flatten();
            names.map(move |name| (alike(name), path))
        });
        Self { names: Groups::of(names) }
    }

    /// The memories that a link leads to; `None` when it leads elsewhere. A wiki link that matches
    /// no memory counts as leading elsewhere: people write such links ahead of the memory.
    pub(super) fn of(&self, link: &Link) -> Option<Set<&'a MemoryPath>> {
        let found = |name: &String| Set::of(self.names.get(&alike(name)).copied());
        match link {
            Link::Path(path) => Some(found(path)),
            Link::Name(name) => Some(found(name)).filter(|found| !found.is_empty()),
            Link::Other => None,
        }
    }
}

/// The form in which names are compared. It is as loose as in the most tolerant tool, so that a
/// line is called dangling only when no tool could follow it.
fn alike(name: &str) -> String {
    lower(name).replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_both_forms_are_found_in_order() {
        let text = "see [a](./x/a.md#top \"t\"), [[b_c|label]], [d](https://d.example/d.md), [[e#f]] [ ] [g] (h.md)";
        let expected = [
            Link::Path("x/a.md".into()),
            Link::Name("b_c".into()),
            Link::Other,
            Link::Name("e".into()),
        ];
        assert_eq!(links(text), expected);
        for other in ["../a.md", "/a.md", "a%20b.md", "a.txt", "#a", "mailto:a.md"] {
            assert_eq!(links(&format!("[a]({other})")), [Link::Other], "{other}");
        }
        assert_eq!(links("[[open and [half](closed"), []);
    }

    #[test]
    fn a_line_of_an_index_begins_with_a_link() {
        assert!(is_line("[a](a.md): b") && is_line("**[a](a.md)** b") && is_line("[[a]] b"));
        assert!(is_line("@a.md") && links("@./x/a.md") == [Link::Path("x/a.md".into())]);
        assert!(!is_line("@a.txt") && !is_line("@a/b is a package") && !is_line("mira@a.md"));
        assert!(!is_line("See [a](a.md).") && !is_line("[x] done") && !is_line(""));
        assert!(!is_line("[prod] The port is 1, see [a](a.md)."));
        for line in ["[the [old] notes](a.md)", r"[a \] b](a.md)", "[foo `]` bar](a.md)"] {
            assert!(is_line(line), "{line}");
        }
    }

    #[test]
    fn brackets_that_close_nowhere_are_no_links_and_take_no_time() {
        for part in ["[a", "[[", "[a]("] {
            assert_eq!(links(&part.repeat(50_000)), [], "{part}");
        }
        let long = format!("[{}](a.md)", "w".repeat(LONGEST + 1));
        assert_eq!(links(&long), []);
    }

    #[test]
    fn a_memory_is_found_by_path_stem_and_front_matter() {
        let memory = Memory::new("x/my_notes.md", "---\nname: The Notes\n---\nx\n", None).unwrap();
        let path = memory.path.clone();
        let names = Names::new([(&path, Some(&memory))]);
        for name in ["x/my_notes.md", "my-notes", "My_Notes", "x/my_notes", "the-notes"] {
            let found = names.of(&Link::Name(name.into())).unwrap();
            assert_eq!(found, Set::of([&path]), "{name}");
        }
        assert_eq!(names.of(&Link::Path("other.md".into())), Some(Set::of([])));
        assert_eq!(names.of(&Link::Name("other".into())), None);
        assert_eq!(names.of(&Link::Other), None);
    }
}
