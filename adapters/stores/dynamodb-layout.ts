import { MnemeError } from "../../src/index.ts";

// Where everything stands in the table. Every item's key is two strings, `pk` and `sk`. All entries are one partition, as
// only the items of one partition can be read in an order other than the key's, consistently: by its local indexes.

export const SCHEMA = 1;

/** The local indexes: what they are for, and the attribute that orders them. Each answers strongly consistent queries. */
export const INDEXES = {
  key: "k",
  use: "u",
  namespace: "ni",
  namespaceUse: "nu",
  expiry: "x",
} as const;

export interface Key {
  pk: { S: string };
  sk: { S: string };
}

export class Layout {
  readonly entries: string;
  readonly feed: string;
  readonly log: string;
  readonly namespaces: string;
  readonly meta: string;
  readonly state: Key;
  readonly #parts: string;

  constructor(prefix: string) {
    this.entries = `${prefix}/entries`;
    this.feed = `${prefix}/feed`;
    this.log = `${prefix}/log`;
    this.namespaces = `${prefix}/namespaces`;
    this.meta = `${prefix}/meta`;
    this.#parts = `${prefix}/parts`;
    this.state = keyOf(`${prefix}/state`, "state");
  }

  entry(id: number): Key {
    return keyOf(this.entries, padded(id));
  }

  /** A part of what is too long for the entry's own item. Each revision has parts of its own: none is ever overwritten. */
  part(id: number, revision: number, n: number): Key {
    return keyOf(`${this.#parts}/${padded(id)}`, `${padded(revision)}/${padded(n)}`);
  }
}

export function keyOf(pk: string, sk: string): Key {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** A whole number, not negative, as a text that sorts like it. */
export function padded(n: number): string {
  return String(n).padStart(16, "0");
}

/** Any number but NaN as a text that sorts like it: the bits of the float64, of negative ones all turned over. */
export function ordered(n: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, n === 0 ? 0 : n); // -0 sorts like 0
  const bits = view.getBigUint64(0);
  const flipped = bits >> 63n === 1n ? bits ^ 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return flipped.toString(16).padStart(16, "0");
}

/** The number a text of `ordered` begins with. */
export function unordered(text: string): number {
  const flipped = BigInt(`0x${text.slice(0, 16)}`);
  const bits = flipped >> 63n === 1n ? flipped ^ (1n << 63n) : flipped ^ 0xffff_ffff_ffff_ffffn;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/**
 * SHA-256 of texts in hexadecimal: of their UTF-16 units, as UTF-8 has no lone surrogates; with their lengths, so that they
 * do not run together.
 */
export async function digest(...texts: readonly string[]): Promise<string> {
  const bytes = new Uint8Array(texts.reduce((length, text) => length + 8 + 2 * text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    view.setFloat64(at, text.length);
    at += 8;
    for (let i = 0; i < text.length; i++, at += 2) view.setUint16(at, text.charCodeAt(i));
  }
  if (globalThis.crypto?.subtle === undefined) {
    throw new MnemeError(
      "unsupported",
      "The dynamodb store needs crypto.subtle.",
      "Serve the page over https, or from localhost.",
    );
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What CreateTable is asked for; a table made by other means must have these keys and indexes. */
export const TABLE = {
  AttributeDefinitions: ["pk", "sk", ...Object.values(INDEXES)].map((AttributeName) => ({
    AttributeName,
    AttributeType: "S",
  })),
  KeySchema: schemaOf("sk"),
  LocalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, attribute]) => ({
    IndexName,
    KeySchema: schemaOf(attribute),
    Projection:
      IndexName === "expiry"
        ? { ProjectionType: "INCLUDE", NonKeyAttributes: [INDEXES.namespace] } // which namespace it is of
        : { ProjectionType: "KEYS_ONLY" },
  })),
};

function schemaOf(range: string): { AttributeName: string; KeyType: string }[] {
  return [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: range, KeyType: "RANGE" },
  ];
}
