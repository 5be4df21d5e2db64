import { Writable } from "node:stream";
import { AgentMemory } from "mneme/memory";
import { opened } from "./address.ts";
import { memoriesOf } from "./as-memory.ts";
import { type Command, parsed } from "./command.ts";
import { printJson, size } from "./output.ts";
import { Shown } from "./progress.ts";
import { counted, writeWhole } from "./whole-file.ts";

export const exporting: Command = {
  what: "write the memories of a store, one a line",
  usage: `ADDRESS [FILE] [--namespace NAME] [--no-versions]

  FILE               lines of JSON; it appears under this name when it is whole. Default: stdout
  --namespace NAME   only this one
  --no-versions      without what memories were before they changed
  --json             one JSON document, when there is a FILE`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["ADDRESS", "[FILE]"], {
      namespace: { type: "string" },
      "no-versions": { type: "boolean" },
    });
    const { address, store, identity } = await opened(positionals[0]!);
    const shown = new Shown();
    try {
      const memory = await AgentMemory.open({ embedder: memoriesOf(identity, address), store });
      let memories = 0;
      let bytes = 0;
      const lines = memory.export({
        namespace: values.namespace as string | undefined,
        versions: values["no-versions"] !== true,
        signal,
        onProgress: (progress) => {
          memories = progress.memories;
          shown.tell(() => `${memories} of ${progress.total} memories written`);
        },
      });
      const stream = counted(lines, (sum) => {
        bytes = sum;
      });
      const file = positionals[1];
      if (file === undefined) await stream.pipeTo(Writable.toWeb(process.stdout), { preventClose: true, signal });
      else await writeWhole(file, stream, signal);
      shown.end();
      await memory.close();
      if (file !== undefined && json) printJson({ address, file, memories, bytes });
      else if (file !== undefined) process.stdout.write(`${memories} memories in ${file}, ${size(bytes)}\n`);
      return 0;
    } finally {
      shown.end();
      await store.close();
    }
  },
};
