import { Console } from "node:console";
import type { Message, Transport } from "./mcp-modules.ts";

/** How long calls that are under way are waited for at the end. Clients kill after some seconds. */
const GRACE_MS = 3000;

/** Stdout is the protocol's from now on: whatever else would be written there, by anybody's module, goes to stderr. */
export function reservedStdout(): { write(text: string): boolean; once(event: string, listener: () => void): unknown } {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout) as (text: string) => boolean;
  stdout.write = stderr.write.bind(stderr);
  globalThis.console = new Console(stderr);
  return { write, once: stdout.once.bind(stdout) };
}

/** Serves until the client has gone or `signal` says so, and then until the calls under way are answered. */
export async function serveStdio(
  server: { connect(transport: Transport): Promise<void>; close(): Promise<void> },
  transport: Transport,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, stdout } = process;
  const gone = new Promise<void>((resolve) => {
    const end = (): void => resolve();
    stdin.once("end", end);
    stdin.once("close", end);
    // Not an end at once, as for other commands: what was remembered is to be kept.
    stdout.removeAllListeners("error");
    stdout.on("error", end);
    transport.onclose = end;
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
  await server.connect(transport);
  const idle = watched(transport);
  await gone;
  await Promise.race([idle(), new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref())]);
  await server.close();
}

/** Waits until every call that came has its answer. */
function watched(transport: Transport): () => Promise<void> {
  const calls = new Set<string | number | undefined>();
  const waiting: (() => void)[] = [];
  const over = (id: Message["id"]): void => {
    calls.delete(id);
    if (calls.size === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  const { onmessage, send } = transport;
  transport.onmessage = (message, extra) => {
    if (message.method !== undefined && message.id !== undefined) calls.add(message.id);
    onmessage?.(message, extra);
    if (message.method === "notifications/cancelled") over(message.params?.requestId);
  };
  transport.send = async (message, options) => {
    try {
      await send.call(transport, message, options);
    } finally {
      if (message.method === undefined) over(message.id);
    }
  };
  return () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)));
}
