// The part of the address behind `#`: `#sample` opens the sample,
// `#sample&tab=pictures&at=cf8d4bf2&accept=safe` opens it in a state. Nothing of a person's own
// files is ever in it.

/** The views of a plan. */
export const TABS = ["changes", "memory", "pictures", "down", "settings"] as const;
export type Tab = (typeof TABS)[number];

/** The state that a link describes. */
export interface Link {
  sample: boolean;
  tab: Tab;
  /** The beginning of the id of a change. */
  at: string;
  /** `all`, `safe`, or beginnings of ids. */
  accept: string[];
  reject: string[];
}

/** Reads a link. */
export function read(hash: string): Link {
  const [first = "", ...rest] = hash.replace(/^#/, "").split("&");
  const values = new Map(rest.map((part) => part.split("=") as [string, string | undefined]));
  const ids = (name: string): string[] => (values.get(name) ?? "").split(",").filter((id) => /^[a-z0-9]+$/.test(id));
  const tab = TABS.find((known) => known === values.get("tab")) ?? "changes";
  return { sample: first === "sample", tab, at: ids("at")[0] ?? "", accept: ids("accept"), reject: ids("reject") };
}

/** Writes the link of a state of the sample. */
export function write({ tab, at, accept, reject }: Omit<Link, "sample">): string {
  const parts = [
    "#sample",
    tab === "changes" ? "" : `tab=${tab}`,
    at === "" ? "" : `at=${at}`,
    accept.length === 0 ? "" : `accept=${accept.join(",")}`,
    reject.length === 0 ? "" : `reject=${reject.join(",")}`,
  ];
  return parts.filter((part) => part !== "").join("&");
}
