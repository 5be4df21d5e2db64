import { MnemeError } from "mneme";
import { reembed as migrate } from "mneme/migrate";
import { named, overlap } from "./address.ts";
import { type Command, parsed, UsageError, wholeNumber } from "./command.ts";
import { embedderOf } from "./embedder-module.ts";
import { printJson } from "./output.ts";
import { Shown } from "./progress.ts";

export const reembed: Command = {
  what: "fill a new store with what another holds, embedded anew",
  usage: `FROM TO --embedder MODULE:EXPORT

  FROM                       is only read
  TO                         is new, or what this command left unfinished: then it goes on
  --embedder MODULE:EXPORT   an Embedder, or a function that makes one: ./embedder.js:name, package:name
  --namespace NAME           only this one; may be given again
  --batch N                  texts that are embedded by one call (64)
  --concurrency N            calls at a time (8)
  --attempts N               how often a call that fails is tried, with longer and longer waits (5)
  --no-normalise             FROM does not say, and was opened with normalise: false
  --json                     one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["FROM", "TO"], {
      embedder: { type: "string" },
      namespace: { type: "string", multiple: true },
      batch: { type: "string" },
      concurrency: { type: "string" },
      attempts: { type: "string" },
      "no-normalise": { type: "boolean" },
    });
    const batch = wholeNumber(values, "batch", 1);
    const concurrency = wholeNumber(values, "concurrency", 1);
    const attempts = wholeNumber(values, "attempts", 1);
    if (values.embedder === undefined) throw new UsageError("--embedder is missing.");
    const [from, to] = [await named(positionals[0]!), await named(positionals[1]!)];
    if (overlap(from, to)) {
      const problem = `${from.address} and ${to.address} are one store.`;
      throw new MnemeError("argument", problem, "Give a new destination: embedding in place could leave neither.");
    }
    const shown = new Shown();
    try {
      const result = await migrate({
        from: from.store,
        to: to.store,
        embedder: await embedderOf(values.embedder as string),
        namespaces: values.namespace as string[] | undefined,
        batch,
        concurrency,
        attempts,
        normalise: values["no-normalise"] === true ? false : undefined,
        signal,
        onProgress: ({ done, total }) =>
          shown.tell(() => `${done} of ${total} entries (${Math.floor((100 * done) / Math.max(1, total))} %)`),
      });
      shown.end();
      if (json) printJson({ from: from.address, to: to.address, ...result });
      else {
        const { entries, embedded, kept, skipped, removed } = result;
        process.stdout.write(
          `${entries} entries in ${to.address}: ${embedded} texts embedded, ${kept} entries there before, ${skipped} expired, ${removed} removed again\n`,
        );
      }
      return 0;
    } finally {
      shown.end();
      await from.store.close();
      await to.store.close();
    }
  },
};
