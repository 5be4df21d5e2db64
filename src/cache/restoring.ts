import { argumentError } from "../error.ts";
import type { CheckpointEntry } from "./checkpoint.ts";

/** What a restore takes besides the options of the cache to open. */
export interface RestoreSettings {
  /** What is in the store or file is given up for what the checkpoint holds. Default false: there must be nothing. */
  replace?: boolean | undefined;
  /** Reads checkpoints of the Python reference: `pythonImporter()` of mneme/sqlite. */
  importer?: CheckpointImporter | undefined;
  /** Told now and then how far it has come. Exceptions it throws are ignored. */
  onProgress?: ((progress: RestoreProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A checkpoint that is larger is refused. In doubt about where it comes from, lower them. */
export interface RestoreLimits {
  /** Of the whole archive, unpacked. Default 16 GiB. */
  bytes: number;
  /** Default 10 million. */
  entries: number;
  /** Of one entry as it stands in the archive, where a vector takes 5.4 bytes a dimension. Default 16 MiB. */
  entryBytes: number;
}

export interface RestoreProgress {
  /** Entries read so far. */
  entries: number;
  /** How many there were when the checkpoint was begun, if it says so. */
  total: number | undefined;
  /** Bytes unpacked so far. */
  bytes: number;
}

/** Reads the entries out of a store's image, as another product's checkpoint holds it. What it gives is checked. */
export interface CheckpointImporter {
  entries(image: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncIterable<CheckpointEntry>;
}

export interface CheckedRestore {
  source: ReadableStream<Uint8Array>;
  replace: boolean;
  limits: RestoreLimits;
  importer: CheckpointImporter | undefined;
  onProgress: (progress: RestoreProgress) => void;
  signal: AbortSignal | undefined;
}

const LIMITS: RestoreLimits = { bytes: 16 * 2 ** 30, entries: 10_000_000, entryBytes: 16 * 2 ** 20 };

export function checkRestore(
  source: ReadableStream<Uint8Array>,
  settings: RestoreSettings,
  limits: Partial<RestoreLimits>,
): CheckedRestore {
  const { replace = false, importer, onProgress = () => {}, signal } = settings;
  if (typeof source?.getReader !== "function" || source.locked) {
    const remedy = "Pass what dump() returned, a Response's body or a Blob's stream(), which nobody reads yet.";
    throw argumentError("stream", "a ReadableStream of bytes that is not locked", source, remedy);
  }
  if (typeof replace !== "boolean") throw argumentError("replace", "a boolean", replace, "Or leave it out.");
  if (typeof onProgress !== "function") throw argumentError("onProgress", "a function", onProgress, "Or leave it out.");
  if (importer !== undefined && typeof importer?.entries !== "function") {
    throw argumentError("importer", "a CheckpointImporter", importer, "For example pythonImporter() of mneme/sqlite.");
  }
  const checked = { ...LIMITS };
  for (const name of Object.keys(LIMITS) as (keyof RestoreLimits)[]) {
    const limit = limits[name] ?? LIMITS[name];
    if (!(typeof limit === "number" && limit >= 0)) {
      throw argumentError(`limits.${name}`, "a number from 0", limit, "Infinity is no limit.");
    }
    checked[name] = limit;
  }
  return { source, replace, limits: checked, importer, onProgress, signal };
}
