import type { Embedder } from "mneme";
import { moduleExport } from "./module-export.ts";

/** The user's own embedder: the export is an Embedder, or a function or class that makes one without arguments. */
export function embedderOf(specifier: string): Promise<Embedder> {
  return moduleExport(specifier, {
    option: "--embedder",
    is: isEmbedder,
    noun: "an embedder",
    not: "is no embedder: it has no fingerprint, dimensions and embed(texts)",
  });
}

function isEmbedder(value: unknown): value is Embedder {
  const { fingerprint, dimensions, embed } = (value ?? {}) as Partial<Embedder>;
  return typeof fingerprint === "string" && typeof dimensions === "number" && typeof embed === "function";
}
