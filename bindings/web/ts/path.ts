/**
 * Names that file systems may take for `.git`: in upper or lower case, its short name on Windows,
 * or with endings that Windows ignores.
 */
const GIT = /^(\.git|git~1)[. ]*(:|$)/i;

/** The name of a memory: a Markdown file that is not hidden. */
const NAME = /^[^.].*\.mdc?$/s;

/** Characters that no path may have: they mean another path on other systems, or are invisible. */
const CONTROL = /[\\\u0000-\u001f\u007f-\u009f]/;

/**
 * Whether a file may safely be written at `path`: below its folder, `.md` or `.mdc`, not hidden,
 * not through `.git`. For code that writes the memories of a store to files; the engine asks for
 * more, see `path` of `Memory`.
 */
export function isMemoryPath(path: string): boolean {
  const segments = path.split("/");
  const strange = segments.some((segment) => ["", ".", ".."].includes(segment) || GIT.test(segment));
  return !strange && NAME.test(segments.at(-1) ?? "") && !CONTROL.test(path);
}
