import { type Identity, MnemeError, SemanticCache } from "mneme";
import { pythonImporter } from "mneme/sqlite";
import { named } from "./address.ts";
import { noIndex, sameAs } from "./as-cache.ts";
import { blobOf } from "./blob.ts";
import { type Command, parsed } from "./command.ts";
import { printJson } from "./output.ts";
import { Shown } from "./progress.ts";

const BLOCK = 512;
/** A manifest is short; more is not read to find it. */
const HEAD = 2 ** 20;

export const restore: Command = {
  what: "fill a store from a checkpoint, of the Python reference too",
  usage: `FILE ADDRESS [--replace]

  --replace   give up what is there; without it there must be nothing
  --json      one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["FILE", "ADDRESS"], { replace: { type: "boolean" } });
    const [file, to] = positionals as [string, string];
    const checkpoint = await blobOf(file, "Name a checkpoint that `mneme dump` or cache.dump() wrote.");
    const embedder = sameAs(await identityIn(checkpoint, file));
    const { address, store, files } = await named(to);
    const shown = new Shown();
    try {
      const cache = await SemanticCache.restore(checkpoint.stream(), {
        embedder,
        index: noIndex,
        ...(files[0] === undefined ? { store } : { path: files[0] }),
        replace: values.replace === true,
        importer: pythonImporter(),
        signal,
        onProgress: ({ entries, total }) => shown.tell(() => `${entries}${total ? ` of ${total}` : ""} entries read`),
      });
      shown.end();
      const { entries } = await cache.stats();
      await cache.close();
      if (json) printJson({ file, address, entries });
      else process.stdout.write(`${entries} entries in ${address}\n`);
      return 0;
    } finally {
      shown.end();
      await store.close();
    }
  },
};

/** Whose vectors a checkpoint holds, by the manifest that is its first member. Whether it is whole, the restore finds out. */
async function identityIn(checkpoint: Blob, file: string): Promise<Identity> {
  try {
    const head = await firstBytes(checkpoint.stream().pipeThrough(new DecompressionStream("gzip")), HEAD);
    const text = new TextDecoder();
    const length = Number.parseInt(text.decode(head.subarray(124, 136)), 8);
    const manifest = JSON.parse(text.decode(head.subarray(BLOCK, BLOCK + length))) as Record<string, unknown>;
    const fingerprint = manifest.fingerprint ?? manifest.embedder_fingerprint;
    const dimensions = manifest.dimensions ?? manifest.embedder_dim;
    if (typeof fingerprint === "string" && typeof dimensions === "number") return { fingerprint, dimensions };
    throw new Error("it names no embedder");
  } catch (cause) {
    throw new MnemeError("corrupt", `"${file}" does not begin as a checkpoint does.`, "Take a fresh copy.", { cause });
  }
}

async function firstBytes(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(most);
  let length = 0;
  const reader = stream.getReader();
  while (length < most) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value.subarray(0, most - length), length);
    length += value.length;
  }
  await reader.cancel().catch(() => {});
  return bytes.subarray(0, Math.min(length, most));
}
