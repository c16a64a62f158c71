// Ids and times. An id begins with what it names and then grows with time, so that lists are in the order in which things
// were made. Times are microseconds since 1970.

/** What ids begin with, by what they name. */
const PREFIXES = {
  store: "memstore",
  memory: "mem",
  version: "memver",
  session: "sesn",
  event: "sevt",
  dream: "drm",
  request: "req",
} as const;

/** Letters of an id: digits and lower-case letters without those that look alike, in the order of their bytes. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
/** Letters behind the prefix: 130 bits, of which 64 are random. */
const LENGTH = 26;

/** The time of the newest id of this process. */
let last = 0;

/** The time now. No two times are the same, so no two things were made at once, and an earlier clock puts nothing before what is there. */
export function now(): number {
  last = Math.max(Date.now() * 1_000, last + 1);
  return last;
}

/** A new id of something that was made at `time`, a result of {@link now}. */
export function id(of: keyof typeof PREFIXES, time: number): string {
  const [random = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  const digits = ((BigInt(time) << 64n) | random).toString(32).padStart(LENGTH, "0");
  const letters = [...digits].map((digit) => LETTERS[Number.parseInt(digit, 32)]);
  return `${PREFIXES[of]}_${letters.join("")}`;
}

/** So many random bytes in hexadecimal digits. */
export function secret(bytes: number): string {
  return hexadecimal(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Bytes in hexadecimal digits. */
export function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A time as the API writes it. */
export function written(time: number): string {
  const micros = ((time % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = new Date((time - micros) / 1_000).toISOString().slice(0, -5);
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0").replace(/0+$/, "")}`;
  return `${seconds}${fraction}Z`;
}

/** Year to minute, seconds with a fraction, and a zone; only the date has to be there. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** A time as a client writes it; one without a zone is in UTC, because the SDKs send such times. */
export function read(text: string): number | undefined {
  const [, day, minute = "00:00", second = "00", fraction = "", zone = "Z"] = TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  const offset = zone.length > 1 && !zone.includes(":") ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  // A leap second is the one before it.
  const millis = Date.parse(`${day}T${minute}:${second === "60" ? "59" : second}${offset}`);
  // The 30th of February is no day, though dates are lenient about it.
  const isDay = !Number.isNaN(millis) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isDay ? millis * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6)) : undefined;
}
