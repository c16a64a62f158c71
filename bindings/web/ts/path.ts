/** What a file system may take for `.git`: in any case, by its short name, with what Windows ignores at its end. */
const GIT = /^(\.git|git~1)[. ]*(:|$)/i;

/** The name of a memory: a Markdown file that is not hidden. */
const NAME = /^[^.].*\.mdc?$/s;

/** What no path has: it would be another path elsewhere, or not be seen. */
const CONTROL = /[\\\u0000-\u001f\u007f-\u009f]/;

/**
 * Whether `path` may be that of a memory, as far as files are in danger: below its folder, `.md` or `.mdc`, not hidden,
 * not through `.git`. The engine asks for more, see `path` of `Memory`; this is for who writes what comes out of a store.
 */
export function isMemoryPath(path: string): boolean {
  const segments = path.split("/");
  const strange = segments.some((segment) => ["", ".", ".."].includes(segment) || GIT.test(segment));
  return !strange && NAME.test(segments.at(-1) ?? "") && !CONTROL.test(path);
}
