import { bytesOf, opened } from "./address.ts";
import { type Command, parsed } from "./command.ts";
import { printJson } from "./output.ts";

export const vacuum: Command = {
  what: "remove what is expired",
  usage: `ADDRESS [--namespace NAME]

  --namespace NAME   of this one only
  --json             one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["ADDRESS"], { namespace: { type: "string" } });
    const place = await opened(positionals[0]!);
    const { store, address } = place;
    try {
      signal.throwIfAborted();
      const removed = (await store.removeExpired(Date.now(), values.namespace as string | undefined)).length;
      const entries = await store.count();
      if (json) printJson({ address, removed, entries, bytes: bytesOf(place) ?? null });
      else process.stdout.write(`${removed} expired ${removed === 1 ? "entry" : "entries"} removed, ${entries} left\n`);
      return 0;
    } finally {
      await store.close();
    }
  },
};
