// The place of a quote in a transcript, as a person reads it.

import type { Passage } from "../protocol.js";
import { pieces, streamOf } from "./bytes.js";

/** Lines that are shown before and after the one of the quote. */
const AROUND = 4;
/** Most lines that one record may take. Chosen by us. */
const RECORD = 200;
/** Characters shown of the text of a line. */
const LONGEST = 600;
/** Characters shown of the line with the quote. */
const LONGEST_QUOTED = 6_000;

/**
 * The lines around line `line` of a file, counted from 1. Only these are held in memory; earlier
 * lines are read and dropped.
 */
export async function passage(file: Blob, name: string, line: number, quote: string): Promise<Passage> {
  const place = await lineOf(file, name, line, quote);
  const first = Math.max(1, place - AROUND);
  const raw = await linesOf(file, name, first, place + AROUND);
  let found = false;
  const lines = raw.map((text, at) => {
    const number = first + at;
    const { who, said } = readable(text);
    const isQuoted = number === place;
    const start = isQuoted ? placeOf(said, quote) : -1;
    if (start >= 0) found = true;
    const most = isQuoted ? LONGEST_QUOTED : LONGEST;
    const from = start > most / 2 ? start - most / 2 : 0;
    const shown = said.slice(from, from + most);
    return { number, who, text: shown, cut: shown.length < said.length, isQuoted };
  });
  return { lines, found };
}

/**
 * The line that has the quote: the first line of its record or, for a record over several lines,
 * the first one that has the words as JSON writes them.
 */
async function lineOf(file: Blob, name: string, line: number, quote: string): Promise<number> {
  const [first = "", ...rest] = await linesOf(file, name, line, line + RECORD);
  if (placeOf(readable(first).said, quote) >= 0) return line;
  const written = JSON.stringify(quote.trim()).slice(1, -1);
  const at = rest.findIndex((text) => text.includes(written));
  return at < 0 ? line : line + 1 + at;
}

async function linesOf(file: Blob, name: string, first: number, last: number): Promise<string[]> {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let number = 1;
  let text = "";
  for await (const piece of pieces(streamOf(file, name))) {
    let from = 0;
    while (from < piece.length && number <= last) {
      const end = piece.indexOf(10, from);
      const to = end < 0 ? piece.length : end;
      if (number >= first) text += decoder.decode(piece.subarray(from, to), { stream: end < 0 });
      if (end < 0) break;
      if (number >= first) lines.push(text);
      text = "";
      number += 1;
      from = end + 1;
    }
    if (number > last) return lines;
  }
  if (number >= first && text !== "") lines.push(text);
  return lines;
}

/** The position of a quote in a text, or -1; any white space equals any other. */
function placeOf(text: string, quote: string): number {
  const words = quote
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return words[0] === "" ? -1 : text.search(new RegExp(words.join("\\s+")));
}

/** Who speaks on a line of a transcript, and all words of the line, in their order. */
function readable(line: string): { who: string; said: string } {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/,\s*$/, ""));
  } catch {
    return { who: "", said: line };
  }
  const top = value as { type?: unknown; role?: unknown; message?: { role?: unknown; content?: unknown } } | null;
  if (typeof top !== "object" || top === null) return { who: "", said: line };
  const who = [top.message?.role, top.role, top.type].find((name) => typeof name === "string") as string | undefined;
  const body = top.message?.content ?? top.message ?? top;
  const said = texts(body).join("\n");
  return { who: who ?? "", said: said === "" ? line : said };
}

/** Fields of records that link them together and hold nothing that was said. */
const PLUMBING = new Set([
  "type",
  "id",
  "uuid",
  "parentUuid",
  "sessionId",
  "tool_use_id",
  "role",
  "signature",
  "timestamp",
  "version",
]);

function texts(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (PLUMBING.has(key) ? [] : texts(inner)));
}
