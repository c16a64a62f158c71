// Pages of lists. The place where a page ends is its last key, so a list that changes meanwhile repeats nothing and leaves
// nothing out.

import { invalid } from "./errors.js";
import type { Query } from "./query.js";

/** How the texts for `page` begin. */
const PREFIX = "page_";

/** A page of a list, as the API shows it. */
export interface Page {
  data: unknown[];
  next_page: string | null;
}

/**
 * The key after which the wanted page begins; `undefined` for the first page. Nobody gains anything by making one up: a
 * list holds what its caller may see, wherever it begins.
 */
export function after(query: Query): string | undefined {
  const page = query.get("page") ?? "";
  if (page === "") return undefined;
  try {
    if (!page.startsWith(PREFIX)) throw new Error("no page");
    const bytes = Uint8Array.from(atob(page.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const key = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (key.includes("\0")) throw new Error("no key");
    return key === "" ? undefined : key;
  } catch {
    throw wrong();
  }
}

/** As {@link after}, for lists whose keys are numbers. */
export function afterNumber(query: Query): number | undefined {
  const key = after(query);
  if (key === undefined) return undefined;
  if (!/^\d{1,15}$/.test(key)) throw wrong();
  return Number(key);
}

/** A page; `next` is the key of its last item when there are more. */
export function page(data: unknown[], next: string | undefined): Page {
  if (next === undefined) return { data, next_page: null };
  const letters = String.fromCharCode(...new TextEncoder().encode(next));
  return { data, next_page: PREFIX + btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") };
}

/** Cuts items, of which one more than `limit` was asked for, to a page. */
export function cut<T>(items: readonly T[], limit: number, key: (item: T) => string, show: (item: T) => unknown): Page {
  const kept = items.slice(0, limit);
  const last = kept.at(-1);
  return page(kept.map(show), items.length > limit && last !== undefined ? key(last) : undefined);
}

function wrong(): Error {
  return invalid("page", "must be the `next_page` of an answer");
}
