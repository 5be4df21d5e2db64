import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { filesIn } from "../folder.ts";
import type { Suite } from "../harness.ts";
import { ENGINES } from "./sqlite-engines.test.ts";

const DAY = 86_400_000;

/** A word for each place where something about somebody may lie: it is in no other text. */
const GONE = {
  content: "quillback",
  "what it said before": "zephyrwort",
  summary: "mandolinfish",
  tag: "cobblerwing",
  metadata: "thistledowner",
  namespace: "larkspurton",
  id: "brindlewick",
  "what was made of it": "gossamerite",
  "what another memory took up": "nettlemarsh",
  handoff: "peregrineau",
  slot: "wolframby",
};
const KEPT = "marigoldine";

/** Nothing about somebody is in the files of any engine, read byte by byte, once they are forgotten. */
export const memoryErasureTests =
  (engines: readonly string[]): Suite =>
  (test) => {
    for (const name of engines) {
      test(`${name}: of a forgotten subject no byte is left`, async () => {
        const folder = await mkdtemp(join(tmpdir(), "mneme-erasure-"));
        const { open, close } = (await ENGINES[name]!())(join(folder, "memory.db"));
        try {
          await erase(folder, () => sqliteStore(open));
        } finally {
          close?.();
          await rm(folder, { recursive: true, force: true });
        }
      });
    }
  };

async function erase(folder: string, storeOf: () => ReturnType<typeof sqliteStore>): Promise<void> {
  let now = Date.UTC(2026, 0, 1);
  const memory = await AgentMemory.open({
    embedder: testEmbedder(),
    store: storeOf(),
    clock: () => now,
    leastSignal: 0,
    models: { distil: async () => [`the user bought a ${GONE["what was made of it"]}`] },
  });
  const subject = "user:42";
  const namespace = `tenants/${GONE.namespace}`;
  await memory.remember({ namespace: "kept", content: `a note about a ${KEPT}`, tier: "semantic", subject: "user:7" });
  await memory.remember({
    namespace,
    id: GONE.id,
    content: `the user keeps a ${GONE["what it said before"]}`,
    summary: GONE.summary,
    tags: [GONE.tag],
    metadata: { pet: GONE.metadata },
    tier: "semantic",
    subject,
  });
  now += DAY;
  await memory.update(namespace, GONE.id, { content: `the user keeps a ${GONE.content}`, tags: [] });
  const said = `the user told about a ${GONE["what another memory took up"]}`;
  await memory.remember({ namespace: "kept", content: said, tier: "episodic", metadata: { author: subject } });
  const metadata = { handoff_slot: GONE.slot };
  await memory.remember({
    namespace,
    content: `next: ask about the ${GONE.handoff}`,
    tags: ["handoff"],
    metadata,
    subject,
  });
  now += 2 * DAY;
  for (let i = 0; i < 3; i++) {
    await memory.recall({ namespace: "kept", query: said, tiers: ["episodic"] });
    await memory.flush();
  }
  equal((await memory.promote()).facts, 1);
  const words = [...Object.entries(GONE), ["kept", KEPT] as const];
  const seen = async (): Promise<string[]> => {
    const files = [...(await filesIn(folder))].map(([, bytes]) => Buffer.from(bytes).toString("latin1"));
    return words.filter(([, word]) => files.some((text) => text.includes(word))).map(([what]) => what);
  };
  equal(await seen(), [...Object.keys(GONE), "kept"], "what the scan sees before");
  equal(await memory.forget({ subject }), 4);
  equal(await seen(), ["kept"]);
  await memory.close();
  equal(await seen(), ["kept"], "once it is closed");
  const again = await AgentMemory.open({ embedder: testEmbedder(), store: storeOf(), clock: () => now });
  equal((await again.list({ namespace: "kept" })).length, 1, "what stays is there");
  await again.close();
}
