import { byBytes } from "./text.js";

/** Items by key, sorted at most once between two changes. */
export class Shelf<T> extends Map<string, T> {
  #sorted: [key: string, item: T][] | undefined;

  override set(key: string, item: T): this {
    this.#sorted = undefined;
    return super.set(key, item);
  }

  override delete(key: string): boolean {
    this.#sorted = undefined;
    return super.delete(key);
  }

  /** At most `limit` items after the key `after`, in the order of keys by bytes. */
  page(after?: string, limit = Infinity): T[] {
    this.#sorted ??= [...this].sort(([a], [b]) => byBytes(a, b));
    let [from, to] = [0, after === undefined ? 0 : this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (byBytes(this.#sorted[middle]?.[0] ?? "", after ?? "") > 0) to = middle;
      else from = middle + 1;
    }
    return this.#sorted.slice(from, from + limit).map(([, item]) => item);
  }
}
