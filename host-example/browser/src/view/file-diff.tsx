// The lines of one memory that differ before and after.

import { diffLines } from "diff";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { FileChange } from "../protocol.js";
import { clean } from "../words.js";

/** Unchanged lines shown around a change, as in `diff -u`. */
const AROUND = 3;

interface Row {
  sign: " " | "+" | "-" | "…";
  text: string;
}

/** The changed lines with some around them; longer unchanged stretches are left out. */
function rows({ before, after }: FileChange): Row[] {
  const all: Row[] = diffLines(before ?? "", after ?? "").flatMap(({ value, added, removed }) => {
    const sign = added ? "+" : removed ? "-" : " ";
    const lines = value.endsWith("\n") ? value.slice(0, -1).split("\n") : value.split("\n");
    return lines.map((text): Row => ({ sign, text }));
  });
  const isNear = all.map((_, at) =>
    all.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== " "),
  );
  return all.flatMap((row, at): Row[] => {
    if (isNear[at] === true) return [row];
    return at > 0 && isNear[at - 1] === true ? [{ sign: "…", text: "" }] : [];
  });
}

const SIGNS = { " ": "same", "+": "new", "-": "old", "…": "gap" } as const;

export function FileDiff({ file }: { file: FileChange }): JSX.Element {
  const lines = useMemo(() => rows(file), [file]);
  const number = (sign: string): number => lines.filter((row) => row.sign === sign).length;
  return (
    <section class="file" aria-label={clean(file.path)}>
      <h3>
        <code>{clean(file.path)}</code>{" "}
        {file.before === null ? (
          <span class="badge auto">new</span>
        ) : file.after === null ? (
          <span class="badge blocked">goes</span>
        ) : null}
        <span class="soft">
          +{number("+")} −{number("-")}
        </span>
      </h3>
      <pre tabIndex={0} aria-label={`Lines of ${clean(file.path)}`}>
        {lines.map(({ sign, text }, at) => {
          const Tag = sign === "+" ? "ins" : sign === "-" ? "del" : "span";
          return (
            <Tag key={at} class={`row ${SIGNS[sign]}`}>
              <span class="sign">{sign === "-" ? "−" : sign}</span>
              {clean(text)}
              {"\n"}
            </Tag>
          );
        })}
      </pre>
    </section>
  );
}
