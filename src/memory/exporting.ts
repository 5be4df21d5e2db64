import { argumentError } from "../error.ts";
import { checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";

export interface ExportOptions {
  /** Default: all. */
  namespace?: string | undefined;
  /** Whether what memories were before they changed goes along. Default true. */
  versions?: boolean | undefined;
  /** Told now and then how far it has come. Exceptions it throws are ignored. */
  onProgress?: ((progress: ExportProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface ExportProgress {
  /** Memories written so far. */
  memories: number;
  /** How many there were when it began. */
  total: number;
}

export interface CheckedExport {
  namespace: string | undefined;
  versions: boolean;
  onProgress: (progress: ExportProgress) => void;
}

/** The export of a memory, whose code is fetched when its first bytes are asked for. */
export function exportOf(engine: Engine, options: ExportOptions): ReadableStream<Uint8Array> {
  const { signal, ...checked } = checkExport(options);
  let lines: AsyncGenerator<Uint8Array, undefined> | undefined;
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal?.throwIfAborted();
        const leave = (): void => controller.error(signal!.reason);
        stop = () => signal?.removeEventListener("abort", leave);
        signal?.addEventListener("abort", leave, { once: true });
      },
      async pull(controller) {
        lines ??= (await import("./export.ts")).exported(engine, checked);
        const { done, value } = await lines.next();
        if (signal?.aborted) return;
        if (!done) return controller.enqueue(value);
        stop();
        controller.close();
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
}

function checkExport(options: ExportOptions): CheckedExport & { signal: AbortSignal | undefined } {
  const { namespace, versions = true, onProgress = () => {}, signal } = options;
  if (namespace !== undefined) checkNamespace(namespace);
  if (typeof versions !== "boolean") throw argumentError("versions", "a boolean", versions, "Or leave it out.");
  if (typeof onProgress !== "function") throw argumentError("onProgress", "a function", onProgress, "Or leave it out.");
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw argumentError("signal", "an AbortSignal", signal, "Or leave it out.");
  }
  return { namespace, versions, onProgress, signal };
}
