// `/v1/x/sessions/{session}/parts/{name}`: transcripts as an agent wrote them, in every format that the engine reads.

import { detect, looksLike } from "dreaming";

import * as parts from "../db/parts.js";
import { now } from "../ids.js";
import { bounded } from "../wire/body.js";
import { invalid } from "../wire/errors.js";
import { messageOf } from "../wire/message.js";
import type { Asked } from "./asked.js";
import { isImport, known } from "./sessions.js";

export async function put({ request, db, limits, ids: [id = "", name = ""] }: Asked): Promise<object> {
  const { metadata } = known(db, id);
  if (!isImport(metadata)) throw invalid("session_id", "takes parts only with the metadata `x_import`: `true`");
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(name)) {
    throw invalid("name", "must have from 1 to 128 letters, digits, `.`, `_` and `-`; the first file is `main`");
  }
  parts.mayPut(db, id);
  const upload = parts.begin(db, now());
  let [pieces, bytes] = [0, 0];
  let format: string | undefined;
  try {
    for await (const piece of pieced(bounded(request, limits.part))) {
      if (pieces === 0) format = formatOf(piece);
      parts.add(db, upload, pieces, piece);
      pieces += 1;
      bytes += piece.length;
    }
    format ??= formatOf(new Uint8Array());
    parts.place(db, id, name, upload, bytes, limits.parts, messageOf(request));
  } catch (error) {
    db.transaction(() => parts.end(db, upload));
    throw error;
  }
  return { type: "x_part", session_id: id, name, size_bytes: bytes, format };
}

/** The format of a transcript by its first bytes. */
function formatOf(head: Uint8Array): string {
  const format = detect(head);
  if (format !== undefined) return format;
  const like = looksLike(head);
  throw invalid("body", `has no format that dreams read (docs/transcripts.md)${like === undefined ? "" : `; it looks like ${like}`}`);
}

/** Chunks of any size as pieces of one size; the last one may be shorter. */
async function* pieced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let piece = new Uint8Array(parts.PIECE);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + parts.PIECE - filled);
      piece.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled < parts.PIECE) continue;
      yield piece;
      piece = new Uint8Array(parts.PIECE);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}
