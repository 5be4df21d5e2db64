import { type Command, parsed, UsageError, wholeNumber } from "./command.ts";

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;
const SERVED = ["fixed", "below", "any"] as const;

export const mcp: Command = {
  what: "serve a memory to agents, by the Model Context Protocol",
  usage: `ADDRESS --embedder MODULE:EXPORT [--http PORT]

  --embedder MODULE:EXPORT   an Embedder, or a function that makes one: ./embedder.js:name, package:name
  --no-embedder              memories are found by their words alone
  --namespace NAME           what clients read and write where they name no other ("default")
  --namespaces WHICH         others that they may name: fixed (none), below (those below it), any (below)
  --home NAME                the user's own namespace, whose lasting memories are recalled too
  --no-cascade               those of namespaces above, of the home and of linked ones are not
  --read-only                clients change nothing
  --max-tokens N             about so many a result has at most (4000)
  --models MODULE:EXPORT     models of yours, such as { answer }, with which there is memory_answer
  --http PORT                by streamable HTTP, at http://127.0.0.1:PORT/mcp; 0: any port that is free. Else by stdio
  --host NAME                where it listens (127.0.0.1); elsewhere a token is needed: MNEME_MCP_TOKEN in the environment
  --allow-origin ORIGIN      pages that may call it; may be given again
  --json                     with --http: one JSON document that tells the address`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["ADDRESS"], {
      embedder: { type: "string" },
      "no-embedder": { type: "boolean" },
      namespace: { type: "string" },
      namespaces: { type: "string" },
      home: { type: "string" },
      "no-cascade": { type: "boolean" },
      "read-only": { type: "boolean" },
      "max-tokens": { type: "string" },
      models: { type: "string" },
      http: { type: "string" },
      host: { type: "string" },
      "allow-origin": { type: "string", multiple: true },
    });
    const port = wholeNumber(values, "http", 0);
    const maxTokens = wholeNumber(values, "max-tokens", 500);
    const { host = "127.0.0.1", namespaces } = values as { host?: string; namespaces?: (typeof SERVED)[number] };
    const token = process.env.MNEME_MCP_TOKEN || undefined;
    if ((values.embedder === undefined) === (values["no-embedder"] !== true)) {
      throw new UsageError("One of --embedder and --no-embedder is needed.");
    }
    if (namespaces !== undefined && !SERVED.includes(namespaces)) {
      throw new UsageError(`--namespaces expected ${SERVED.join(", ")}, got "${namespaces}".`);
    }
    if (port !== undefined && !LOOPBACK.test(host) && token === undefined) {
      throw new UsageError(`--host ${host} expected a token in MNEME_MCP_TOKEN: others could read the memory there.`);
    }
    const { serve } = await import("./mcp-serve.ts");
    await serve({
      address: positionals[0]!,
      embedder: values.embedder as string | undefined,
      models: values.models as string | undefined,
      cascade: values["no-cascade"] !== true,
      options: {
        namespace: values.namespace as string | undefined,
        namespaces,
        home: values.home as string | undefined,
        readOnly: values["read-only"] === true,
        maxTokens,
      },
      http: port === undefined ? undefined : { port, host, token, origins: values["allow-origin"] as string[], json },
      interrupt: signal,
    });
    return 0;
  },
};
