import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Writable } from "node:stream";
import { MnemeError, SemanticCache } from "mneme";
import { opened } from "./address.ts";
import { noIndex, sameAs } from "./as-cache.ts";
import { type Command, parsed } from "./command.ts";
import { printJson, size } from "./output.ts";
import { Shown } from "./progress.ts";

export const dump: Command = {
  what: "write a checkpoint of a store",
  usage: `ADDRESS [FILE]

  FILE     the checkpoint, a gzipped tar; it appears under this name when it is whole. Default: stdout
  --json   one JSON document, when there is a FILE`,

  async run(args, signal) {
    const { positionals, json } = parsed(args, ["ADDRESS", "[FILE]"]);
    const { address, store, identity } = await opened(positionals[0]!);
    const shown = new Shown();
    try {
      const cache = await SemanticCache.open({ embedder: sameAs(identity), store, index: noIndex });
      let bytes = 0;
      const counted = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.length;
          shown.tell(() => `${size(bytes)} written`);
          controller.enqueue(chunk);
        },
      });
      const stream = cache.dump({ signal }).pipeThrough(counted);
      const file = positionals[1];
      if (file === undefined) await stream.pipeTo(Writable.toWeb(process.stdout), { preventClose: true, signal });
      else await writeWhole(file, stream, signal);
      shown.end();
      const { entries } = await cache.stats();
      await cache.close();
      if (file !== undefined && json) printJson({ address, file, entries, bytes });
      else if (file !== undefined) process.stdout.write(`${entries} entries in ${file}, ${size(bytes)}\n`);
      return 0;
    } finally {
      shown.end();
      await store.close();
    }
  },
};

/** Under another name until it is whole; its owner's alone, as the store may be. */
async function writeWhole(file: string, stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await stream.pipeTo(Writable.toWeb(createWriteStream(partial, { flags: "w", mode: 0o600 })), { signal });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const problem = `"${file}" cannot be written: ${(error as Error).message}.`;
    throw new MnemeError("argument", problem, "Name a file in a folder that is there.", { cause: error });
  }
}
