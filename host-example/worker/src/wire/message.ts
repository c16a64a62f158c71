// The message of a queue that a request is made for. A queue brings a message once or more, and in any order, so what it
// brings is kept with it: one that came already, or is older than what is there, changes nothing.

/** The header in which an edge with a queue names the message. It replaces what a client writes into it. */
export const MESSAGE = "x-dreaming-message";

/** When a message was sent, and its id: of two texts the later message has the greater one. */
export function messageText(sentAt: number, id = ""): string {
  return `${String(sentAt).padStart(15, "0")} ${id}`;
}

/** The message of a request; `undefined` when a client asks. */
export function messageOf({ headers }: Request): string | undefined {
  return headers.get(MESSAGE) ?? undefined;
}
