import { Writable } from "node:stream";
import { SemanticCache } from "mneme";
import { opened } from "./address.ts";
import { noIndex, sameAs } from "./as-cache.ts";
import { type Command, parsed } from "./command.ts";
import { printJson, size } from "./output.ts";
import { Shown } from "./progress.ts";
import { counted, writeWhole } from "./whole-file.ts";

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
      const stream = counted(cache.dump({ signal }), (sum) => {
        bytes = sum;
        shown.tell(() => `${size(bytes)} written`);
      });
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
