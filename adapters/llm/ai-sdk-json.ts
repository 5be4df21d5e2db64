import type { Json } from "../../src/index.ts";
import { fromBase64, toBase64 } from "./llm-base64.ts";

/** Marks what JSON has no form for. A field of that name in what is stored is marked too, so that nothing is mistaken. */
const MARK = "$mneme";

/** As JSON, with bytes, dates and addresses as they are; undefined fields are left out. */
export function toJson(value: unknown): Json {
  if (typeof value !== "object" || value === null) {
    return typeof value === "number" && !Number.isFinite(value) ? { [MARK]: `${value}` } : (value as Json);
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item ?? null));
  if (value instanceof Uint8Array) return { [MARK]: "bytes", of: toBase64(value) };
  if (value instanceof Date) return { [MARK]: "date", of: value.getTime() };
  if (value instanceof URL) return { [MARK]: "url", of: value.href };
  const fields = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== "function");
  const json = Object.fromEntries(fields.map(([key, item]) => [key, toJson(item)]));
  return MARK in json ? { [MARK]: "object", of: Object.entries(json) } : json;
}

export function fromJson(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const fields = json as { readonly [key: string]: Json };
  const { of } = fields;
  switch (fields[MARK]) {
    case undefined:
      return mapped(Object.entries(fields));
    case "bytes":
      return fromBase64(of as string);
    case "date":
      return new Date(of as number);
    case "url":
      return new URL(of as string);
    case "object":
      return mapped(of as [string, Json][]);
    default:
      return Number(fields[MARK]);
  }
}

function mapped(fields: [string, Json][]): object {
  return Object.fromEntries(fields.map(([key, item]) => [key, fromJson(item)]));
}
