import { argumentError } from "../error.ts";
import type { Engine } from "./engine.ts";

export interface DumpOptions {
  signal?: AbortSignal | undefined;
}

/** The dump of a cache, whose code is fetched when its first bytes are asked for. */
export function dumpOf(engine: Engine, { signal }: DumpOptions): ReadableStream<Uint8Array> {
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw argumentError("signal", "an AbortSignal", signal, "Or leave it out.");
  }
  let opening: Promise<ReadableStreamDefaultReader<Uint8Array>> | undefined;
  const open = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> =>
    (await import("./dump.ts")).dump(engine).getReader();
  const stop = async (reason: unknown): Promise<void> => {
    signal?.removeEventListener("abort", leave);
    await (await opening)?.cancel(reason);
  };
  let leave = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal?.throwIfAborted();
        leave = () => {
          controller.error(signal!.reason);
          stop(signal!.reason).catch(() => {}); // who reads has been told why
        };
        signal?.addEventListener("abort", leave, { once: true });
      },
      async pull(controller) {
        opening ??= open();
        const { done, value } = await (await opening).read();
        if (signal?.aborted) return;
        if (!done) return controller.enqueue(value);
        signal?.removeEventListener("abort", leave);
        controller.close();
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}
