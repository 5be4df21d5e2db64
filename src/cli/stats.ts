import { bytesOf, opened } from "./address.ts";
import { type Command, parsed } from "./command.ts";
import { keptIn } from "./kept.ts";
import { printJson, printTable, size, time } from "./output.ts";
import { reading } from "./reading.ts";

export const stats: Command = {
  what: "what a store holds, by namespace",
  usage: `ADDRESS [--namespace NAME]

  --namespace NAME   this one only
  --json             one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["ADDRESS"], { namespace: { type: "string" } });
    const place = await opened(positionals[0]!);
    const { store, identity } = place;
    try {
      const only = values.namespace as string | undefined;
      const now = Date.now();
      const counts = new Map<string, { entries: number; expired: number; withoutVector: number }>();
      const options = { fields: "vectors", ...(only === undefined ? {} : { namespace: only }) } as const;
      for await (const { namespace, expiresAt, vector } of reading(store, signal, options)) {
        const count = counts.get(namespace) ?? { entries: 0, expired: 0, withoutVector: 0 };
        counts.set(namespace, count);
        count.entries++;
        if (expiresAt !== null && expiresAt <= now) count.expired++;
        if (vector === null) count.withoutVector++;
      }
      const kept = await keptIn(store);
      const namespaces = [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, count]) => {
          const { hitsExact = 0, hitsSemantic = 0, misses = 0 } = kept.counts.get(name) ?? {};
          return { namespace: name, ...count, hitsExact, hitsSemantic, misses };
        });
      const sum = (of: Exclude<keyof (typeof namespaces)[number], "namespace">): number =>
        namespaces.reduce((all, row) => all + row[of], 0);
      const [leastRecent] = await store.getMany(await store.oldest(1, only));
      const result = {
        address: place.address,
        store: store.name,
        embedder: identity,
        version: await store.version(),
        bytes: bytesOf(place) ?? null,
        unfinished: kept.unfinished,
        policy: kept.policy,
        entries: sum("entries"),
        expired: sum("expired"),
        withoutVector: sum("withoutVector"),
        hitsExact: sum("hitsExact"),
        hitsSemantic: sum("hitsSemantic"),
        misses: sum("misses"),
        leastRecentlyUsed: leastRecent?.accessedAt ?? null,
        namespaces,
      };
      if (json) {
        printJson(result);
        return 0;
      }
      printTable([
        ["store", `${result.address} (${result.store})`],
        ...(result.unfinished ? [["state", `the destination of a ${result.unfinished} that has not ended`]] : []),
        ["embedder", `${identity.fingerprint}, ${identity.dimensions} dimensions`],
        ["entries", `${result.entries}, ${result.expired} of them expired`],
        ["lookups", `${result.hitsExact} exact hits, ${result.hitsSemantic} semantic hits, ${result.misses} misses`],
        ...(result.bytes === null ? [] : [["on disk", size(result.bytes)]]),
        ["least recently used", result.leastRecentlyUsed === null ? "–" : time(result.leastRecentlyUsed)],
      ]);
      if (namespaces.length > 0) process.stdout.write("\n");
      const rows = namespaces.map((row) => [
        row.namespace,
        row.entries,
        row.expired,
        row.withoutVector,
        row.hitsExact,
        row.hitsSemantic,
        row.misses,
      ]);
      if (rows.length > 0)
        printTable(rows, [
          "namespace",
          "entries",
          "expired",
          "without vector",
          "exact hits",
          "semantic hits",
          "misses",
        ]);
      return 0;
    } finally {
      await store.close();
    }
  },
};
