// Where on the page a person is: the part of the address behind `#`. It holds ids and names of views, so that nothing that
// somebody wrote, and no key, is ever in an address or in the history of a browser.

/** The views of a store. */
export const VIEWS = ["memories", "history", "dreams", "schedule", "dream"] as const;
export type View = (typeof VIEWS)[number];

export type Place =
  | { at: "stores" }
  | { at: "store"; id: string; view: View }
  | { at: "dreams" }
  | { at: "dream"; id: string }
  | { at: "webhooks" };

const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The place of an address. What is no place leads to the first page. */
export function placeOf(hash: string): Place {
  const [first, id, view, ...rest] = hash.replace(/^#\/?/, "").split("/");
  if (rest.length > 0 || (id !== undefined && !ID.test(id))) return { at: "stores" };
  if (first === "stores" && id !== undefined) {
    return { at: "store", id, view: VIEWS.find((known) => known === view) ?? "memories" };
  }
  if (first === "dreams") return id === undefined ? { at: "dreams" } : { at: "dream", id };
  return first === "webhooks" ? { at: "webhooks" } : { at: "stores" };
}

/** The address of a place. */
export function address(place: Place): string {
  if (place.at === "store") return `#/stores/${place.id}${place.view === "memories" ? "" : `/${place.view}`}`;
  return place.at === "dream" ? `#/dreams/${place.id}` : `#/${place.at}`;
}

/** Goes to a place, so that the browser's own button leads back. */
export function go(place: Place): void {
  location.hash = address(place);
}
