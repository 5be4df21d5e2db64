import { sdk } from "../llm/ai-sdk-models.ts";

interface Wrapping {
  doGenerate(): Promise<unknown>;
  doStream(): Promise<{ stream: ReadableStream<unknown> }>;
  params: unknown;
}

/** Milliseconds from chunk to chunk of a replay, as the pattern has it. */
const CHUNK_DELAY_MS = 10;

/**
 * The middleware that the AI SDK's documentation describes for caching, written anew with a map in place of its database: keyed by
 * all parameters as JSON, a stream's parts gathered while they pass, and replayed with a delay between them.
 */
export function recipe(): object {
  const kept = new Map<string, unknown>();
  return {
    specificationVersion: "v4",
    async wrapGenerate({ doGenerate, params }: Wrapping) {
      const key = JSON.stringify(params);
      if (kept.has(key)) return kept.get(key);
      const result = await doGenerate();
      kept.set(key, result);
      return result;
    },
    async wrapStream({ doStream, params }: Wrapping) {
      const key = JSON.stringify(params);
      const known = kept.get(key) as unknown[] | undefined;
      if (known !== undefined) return { stream: await replayed(known) };
      const { stream, ...others } = await doStream();
      const parts: unknown[] = [];
      const gather = new TransformStream({
        transform(part, controller) {
          parts.push(part);
          controller.enqueue(part);
        },
        flush() {
          kept.set(key, parts);
        },
      });
      return { stream: stream.pipeThrough(gather), ...others };
    },
  };
}

async function replayed(chunks: unknown[]): Promise<ReadableStream<unknown>> {
  const { simulateReadableStream } = (await sdk("ai7")) as unknown as {
    simulateReadableStream(options: object): ReadableStream<unknown>;
  };
  return simulateReadableStream({ initialDelayInMs: 0, chunkDelayInMs: CHUNK_DELAY_MS, chunks });
}
