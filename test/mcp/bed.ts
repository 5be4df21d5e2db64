import { type MemoryServerOptions, memoryServer } from "../../adapters/mcp/mcp.ts";
import { AgentMemory, type MemoryOptions } from "../../src/memory/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { type Client, linkedPair, loadSdk, newClient, type ToolResult } from "./sdk.ts";

/** A memory and a client of it, with a clock that stands still. */
export interface Bed {
  memory: AgentMemory;
  client: Client;
  clock: { now: number };
  /** What a tool answers; an error is a failure of the test. */
  call(name: string, args?: object): Promise<Told>;
  /** The text of the error it answers. */
  refused(name: string, args?: object): Promise<string>;
}

/** An answer as a model sees it, and as a program does. */
export interface Told {
  text: string;
  [name: string]: unknown;
}

export type Shown = Record<string, unknown> & { id: string; namespace: string; content?: string };

export const START = Date.UTC(2026, 4, 1);

export async function served(
  options: MemoryServerOptions = {},
  memoryOptions: Partial<MemoryOptions> = {},
): Promise<Bed> {
  const clock = { now: START };
  const memory = await AgentMemory.open({ embedder: testEmbedder(), clock: () => clock.now, ...memoryOptions });
  return { ...(await connected(memory, options)), clock };
}

export async function connected(memory: AgentMemory, options: MemoryServerOptions = {}): Promise<Omit<Bed, "clock">> {
  const server = await memoryServer(memory, { sdk: await loadSdk(), ...options });
  const client = await newClient();
  const [near, far] = await linkedPair();
  await Promise.all([server.connect(near), client.connect(far)]);
  return { memory, client, ...callsOf(client) };
}

export function callsOf(client: Client): Pick<Bed, "call" | "refused"> {
  return {
    call: async (name, args = {}) => told(await client.callTool({ name: `memory_${name}`, arguments: args })),
    refused: async (name, args = {}) => {
      const { isError, content } = await client.callTool({ name: `memory_${name}`, arguments: args });
      equal(isError, true, content[0]!.text);
      return content[0]!.text;
    },
  };
}

/** Both forms have to say the same: every memory of the object is a line of the text, as JSON. */
export function told({ content, structuredContent = {}, isError }: ToolResult): Told {
  equal([content.length, content[0]!.type, isError], [1, "text", undefined], JSON.stringify(content));
  const { text } = content[0]!;
  ok(!text.includes("<"), text);
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  const stored = Object.values(structuredContent).flatMap((value) =>
    Array.isArray(value) ? value : typeof value === "object" ? [value] : [],
  );
  const isAck = lines.length === 1 && JSON.stringify(JSON.parse(lines[0]!)) === JSON.stringify(structuredContent);
  if (!isAck)
    equal(
      lines.map((line) => JSON.parse(line) as unknown),
      stored,
      text,
    );
  return { text, ...structuredContent };
}

export async function remembered(memory: AgentMemory, content: string, more: object = {}): Promise<string> {
  const { id } = await memory.remember({
    content,
    namespace: "acme/app",
    tier: "semantic",
    duplicates: "off",
    ...more,
  });
  return id;
}

export const contentsOf = (items: unknown): (string | undefined)[] => (items as Shown[]).map(({ content }) => content);
