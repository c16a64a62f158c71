// Documents against `wit/documents.schema.json`, both ways.

import { readFileSync } from "node:fs";

import Ajv from "ajv";

import { changes } from "../dist/node.js";
import { sealed } from "./seal.mjs";
import { over } from "./world.mjs";

const SCHEMA = JSON.parse(readFileSync(new URL("../../../wit/documents.schema.json", import.meta.url), "utf8"));
const { definitions } = SCHEMA;
const ajv = new Ajv({ allowUnionTypes: true });
const isDocument = ajv.compile(SCHEMA);

/** A value of each type; `absent` when there is none. */
const SAMPLES = {
  absent: undefined, null: null, boolean: true, integer: 7, fraction: 0.5, text: "other words", list: [], object: {},
};

/** A field that no document has. */
const MORE = "surprise";

/** Has the engine read a document of a type, as text and parsed; throws when it refuses. The other types it only writes. */
const READ = {
  Plan: (_, plan) => changes(sealed(plan)),
  RevisionRecord: (text) => over({ head: text }, () => {}),
  EntryRecord: (text, { id }) => row(`entry/${id}`, text),
  Distilled: (text, { key }) => row(`distilled/${key}`, text),
  MemoryRecord: (text, { path }) => row(`memory/${path}`, text),
  PairRecord: (text, { key }) => row(`pair/${key}`, text),
  SessionRecord: (text, { id }) => row(`session/${id}`, text),
};

function row(key, value) {
  return over({ ledger: [{ key, value }] }, () => {});
}

/** What the engine never writes and yet reads: for it absent and `null` are one, and this object may have any field. */
const ALSO_READ = { types: ["absent", "null"], name: `SessionOutcome.${MORE}` };

/** Validators of parts of the schema. */
const validators = new Map();

function validator(part) {
  if (!validators.has(part)) validators.set(part, ajv.compile({ ...part, definitions }));
  return validators.get(part);
}

function typeOf(value) {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "fraction";
  return typeof value === "string" ? "text" : typeof value;
}

/** The part of the schema that says what `value` is, with its name: references followed, of several forms the one that fits. */
function resolve(name, part, value) {
  if (part.$ref) {
    const target = part.$ref.split("/").pop();
    return resolve(target, definitions[target], value);
  }
  return part.anyOf ? resolve(name, part.anyOf.find((form) => validator(form)(value)), value) : [name, part];
}

/** What is in a list or object, by key, as `[name, key, part]`; what else an object may have stands under {@link MORE}. */
function inside([name, part], value) {
  if (Array.isArray(value)) return value.map((_, key) => [`${name}[]`, key, [part.items].flat()[key] ?? part.items]);
  if (part.properties === undefined) return Object.keys(value).map((key) => [`${name}[]`, key, part.additionalProperties]);
  return [...Object.entries(part.properties), [MORE, {}]].map(([key, of]) => [`${name}.${key}`, key, of]);
}

/**
 * Each place of a document: its name in the schema, the list or object that holds it, and its key there. A word of a list of
 * words is a name alone.
 */
function* placesOf(value, [name, part] = resolve("", SCHEMA, value)) {
  if (wordsOf(part).includes(value)) yield { name: `${name}=${value}` };
  if (value === null || typeof value !== "object") return;
  for (const [place, key, of] of inside([name, part], value)) {
    yield { name: place, holder: value, key };
    if (key in value) yield* placesOf(value[key], resolve(place, of, value[key]));
  }
}

/** The names of all places of which a part of the schema speaks. */
function names(name, part) {
  const fields = Object.entries(part.properties ?? {}).map(([key, of]) => [`${name}.${key}`, of]);
  const values = typeof part.additionalProperties === "object" ? [part.additionalProperties] : [];
  const items = [part.items ?? [], values].flat().map((of) => [`${name}[]`, of]);
  const forms = (part.anyOf ?? []).map((of) => [name, of]);
  const own = [...fields, ...items].map(([place]) => place);
  const words = wordsOf(part).map((word) => `${name}=${word}`);
  return [...own, ...words, ...[...fields, ...items, ...forms].flatMap(([place, of]) => names(place, of))];
}

function wordsOf(part) {
  return part.enum ?? ("const" in part ? [part.const] : []);
}

/** Of documents, given as `[type, value]`, what makes one invalid as what it is. */
export function invalid(documents) {
  return documents.flatMap(([type, value]) => {
    const validate = validator(definitions[nameOf(type)]);
    return validate(value) && isDocument(value) ? [] : [`${type}: ${ajv.errorsText(validate.errors)}`];
  });
}

/**
 * Where the schema takes more than these valid documents show, as lines. Each place and word of which it speaks has to be in
 * one of them; and a value of a type that none of them has at a place, nothing at all included, or a field more has to make
 * one invalid, and unreadable for the engine.
 */
export function loose(documents) {
  const places = new Map();
  for (const [type, document] of documents) {
    for (const { name, holder, key } of placesOf(document)) {
      const place = places.get(name) ?? { types: new Set() };
      places.set(name, place);
      if (holder === undefined) continue;
      place.types.add(typeOf(holder[key]));
      if (place.holder === undefined || key in holder) Object.assign(place, { type, document, holder, key });
    }
  }
  const all = new Set(Object.entries(definitions).flatMap(([name, part]) => names(name, part)));
  const missing = [...all].filter((name) => !places.has(name));
  return [...missing.map((name) => `no document has ${name}`), ...[...places].flatMap(([name, place]) => taken(name, place))];
}

/** The types that no document has at a place, and with which a document is taken. A list with an item less is one still. */
function taken(name, { type, document, holder, key, types }) {
  if (holder === undefined) return [];
  if (nameOf(type) in READ && !isRead(type, document)) return [`the engine does not read a document with ${name}`];
  const was = holder[key];
  const others = Object.keys(SAMPLES).filter((other) => !types.has(other) && !(other === "absent" && name.endsWith("[]")));
  const lines = others.flatMap((other) => {
    put(holder, key, SAMPLES[other]);
    if (isDocument(document)) return [`${name} may be ${other}`];
    const also = ALSO_READ.types.includes(other) || ALSO_READ.name === name;
    return !also && isRead(type, document) ? [`the engine reads a document with ${name} ${other}`] : [];
  });
  put(holder, key, was);
  return lines;
}

function put(holder, key, value) {
  if (value === undefined) delete holder[key];
  else holder[key] = value;
}

function isRead(type, document) {
  const read = READ[nameOf(type)];
  try {
    read?.(JSON.stringify(document), document);
    return read !== undefined;
  } catch {
    return false;
  }
}

function nameOf(type) {
  return type.replace("d.", "");
}
