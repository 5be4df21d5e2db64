import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryServer } from "../../adapters/mcp/mcp.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";
import { contentsOf, remembered, type Shown, START, served } from "./bed.ts";
import { loadSdk } from "./sdk.ts";

const APP = { namespace: "acme/app" };
const DAY = 86_400_000;

/** What each tool does, by the SDK's own client. */
export const toolTests: Suite = (test) => {
  test("the tools, what they say of themselves, and of what the memory can", async () => {
    const names = async (options = {}, memoryOptions = {}): Promise<string[]> => {
      const { client } = await served(options, memoryOptions);
      return (await client.listTools()).tools.map(({ name }) => name.replace("memory_", ""));
    };
    const reading = ["briefing", "recall", "list", "get", "history"];
    equal(await names(), [...reading, "remember", "update", "forget"]);
    equal(await names({ readOnly: true }), reading);
    equal((await names({ readOnly: true }, { models: { answer: async () => "" } })).includes("answer"), true);
    const { client } = await served(APP, { models: { answer: async () => "" } });
    const { tools } = await client.listTools();
    for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
      ok(title.length > 2 && description.length > 50, name);
      equal([inputSchema.type, inputSchema.additionalProperties, outputSchema.type], ["object", false, "object"], name);
      for (const [field, { description }] of Object.entries(inputSchema.properties)) {
        ok((description ?? "").length > 10, `${name}: ${field}`);
      }
      const [writes, destroys] = [/remember|update|forget/.test(name), /update|forget/.test(name)];
      const expected = { readOnlyHint: !writes, destructiveHint: destroys, idempotentHint: true, openWorldHint: false };
      equal(annotations, expected, name);
    }
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    equal([client.getServerVersion().name, client.getServerVersion().version], ["mneme", version]);
  });

  test("the policy that a client is told when it connects", async () => {
    const said = (await served(APP)).client.getInstructions();
    for (const part of [
      /"acme\/app"/,
      /memory_briefing/,
      /Never follow an instruction/,
      /does not mean that nothing/,
    ]) {
      ok(part.test(said), `${part}`);
    }
    ok(/Save without being asked/.test(said), "to save");
    const reading = (await served({ readOnly: true })).client.getInstructions();
    ok(/reading only/.test(reading) && !/memory_remember/.test(reading), reading);
  });

  test("remember and recall", async () => {
    const { memory, call } = await served(APP);
    const content = "The deploy of the billing service needs a frozen schema.";
    const stored = await call("remember", { content, tier: "semantic", tags: ["deploy"], importance: 0.9 });
    const { id, ...rest } = stored.memory as Shown;
    equal([stored.outcome, rest], ["stored", { namespace: "acme/app", tier: "semantic" }]);
    const kept = (await memory.get("acme/app", id))!;
    equal([kept.content, kept.tags, kept.importance], [content, ["deploy"], 0.9]);
    const again = await call("remember", { content: ` ${content.toUpperCase()} `, tier: "semantic" });
    equal([again.outcome, (again.memory as Shown).id, (again.memory as Shown).content], ["reinforced", id, content]);
    const noise = await call("remember", { content: "ok, thanks", tier: "episodic" });
    equal([noise.outcome, noise.memory], ["noise", undefined]);
    ok(/not stored/.test(noise.text), noise.text);

    await remembered(memory, "The cafeteria serves soup on Mondays.");
    const found = await call("recall", { query: "What does the deploy of the billing service need?" });
    const [first] = found.memories as Shown[];
    equal([first!.id, first!.content, first!.created], [id, content, "2026-05-01T00:00:00Z"]);
    ok(/^Stored data/m.test(found.text) && String(found.note).startsWith("Stored data"), "how to take it");
    await memory.flush();
    equal((await memory.get("acme/app", id))!.accessCount, kept.accessCount + 2, "said again, and recalled");
    const none = await call("recall", { query: "zebra quagga okapi" });
    equal([none.memories, none.degraded, none.note], [[], undefined, undefined]);
    equal(none.text, 'No memories found for "acme/app".');
  });

  test("what is very like something known is told, and may replace it", async () => {
    const { memory, call, clock } = await served(APP);
    const old = await remembered(memory, "The office of the Basel team is on floor three of the tower.");
    const content = "The office of the Basel team is on floor nine of the tower.";
    clock.now += DAY;
    const hinted = await call("remember", { content, tier: "semantic" });
    const similar = hinted.similar as { id: string; preview: string };
    equal([hinted.outcome, similar.id], ["stored", old]);
    ok(/"replaces"/.test(hinted.text) && /^Stored data/m.test(hinted.text), hinted.text);
    const replacing = await call("remember", { content, tier: "semantic", replaces: old });
    equal([replacing.outcome, (replacing.memory as Shown).id], ["reinforced", (hinted.memory as Shown).id]);
    equal((await memory.get("acme/app", old))!.supersededBy, (hinted.memory as Shown).id);
    const { memories } = await call("recall", { query: "office of the Basel team" });
    equal(contentsOf(memories), [content]);
    const { lineage } = await call("history", { id: old.slice(0, 8) });
    equal(
      (lineage as Shown[]).map(({ id }) => id),
      [old, (hinted.memory as Shown).id],
    );
  });

  test("what is to be replaced has to be there, before anything is stored", async () => {
    const { memory, call, refused } = await served(APP);
    const id = await remembered(memory, "The wiki is at wiki.acme.example.");
    for (const replaces of ["nothing", id.slice(0, 8)]) {
      const text = await refused("remember", { content: "The wiki is gone.", tier: "semantic", replaces });
      ok(text.startsWith("not-found: There is no memory"), text);
      equal(text.includes(id), replaces !== "nothing", text);
    }
    equal(((await call("list")).memories as Shown[]).length, 1);
  });

  test("times, lifetimes and other fields of what is remembered", async () => {
    const { memory, call, refused } = await served(APP);
    const content = "Ada leads the platform team until autumn.";
    const fields = {
      level: "explicit",
      validFrom: "2026-01-01",
      validTo: "2026-09-30T00:00:00Z",
      summary: "Ada leads",
    };
    const { memory: shown } = await call("remember", {
      content,
      ...fields,
      tier: "semantic",
      metadata: { by: { n: 1 } },
    });
    const kept = (await memory.get("acme/app", (shown as Shown).id))!;
    equal([kept.level, kept.validFrom, kept.validTo], ["explicit", Date.UTC(2026, 0, 1), Date.UTC(2026, 8, 30)]);
    equal([kept.summary, kept.metadata], ["Ada leads", { by: { n: 1 } }]);
    await call("remember", { content: "Bea likes long walks.", tier: "semantic", subject: "bea" });
    equal(await memory.forget({ subject: "bea" }), 1);
    const short = await call("remember", { content: "The build is red since noon.", ttl: "12h" });
    equal((short.memory as Shown).expires, "2026-05-01T12:00:00Z");
    const ever = await call("remember", { content: "The build is green since one.", ttl: "never" });
    equal((await memory.get("acme/app", (ever.memory as Shown).id))!.expiresAt, null);
    ok(/"ttl" expected/.test(await refused("remember", { content: "The build is blue.", ttl: "soon" })), "a lifetime");
    ok(/"validFrom" expected/.test(await refused("remember", { content: "It is.", validFrom: "now" })), "a time");
  });

  test("recall heeds its filters, times and limits", async () => {
    const { memory, call, clock } = await served(APP);
    const rows = [
      { content: "alpha beta one", tags: ["x"], metadata: { source: "chat" } },
      { content: "alpha beta two", tags: ["x", "y"], tier: "working" },
      { content: "alpha beta three", tags: [], metadata: { source: "mail" }, validTo: START + DAY },
    ];
    for (const { content, ...more } of rows) {
      await remembered(memory, content, more);
      clock.now += 1000;
    }
    clock.now = START + 2 * DAY;
    const numbers = async (args: object): Promise<string[]> => {
      const { memories } = await call("recall", { query: "alpha beta", ...args });
      return contentsOf(memories)
        .map((content) => content!.split(" ")[2]!)
        .sort();
    };
    equal((await numbers({})).includes("three"), false, "it is no longer so");
    equal(await numbers({ tags: ["x", "y"] }), ["two"]);
    equal(await numbers({ tiers: ["semantic"] }), ["one"]);
    equal(await numbers({ metadata: { source: "chat" } }), ["one"]);
    equal(await numbers({ createdAfter: "2026-05-01T00:00:01Z" }), ["two"]);
    equal(await numbers({ asOf: "2026-05-01T12:00:00Z", metadata: { source: "mail" } }), ["three"]);
    equal((await numbers({ limit: 1 })).length, 1);
  });

  test("where there is no room for all, each is cut before any is left out; what is left out does not count as recalled", async () => {
    const { memory, call } = await served({ ...APP, maxTokens: 500 });
    const long = `The deploy of billing. ${"And then something happens, as it does. ".repeat(100)}`;
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await remembered(memory, `${long} ${i}`));
    const { memories, omitted } = await call("recall", { query: "And then something happens, as it does." });
    const shown = memories as (Shown & { contentLength: number })[];
    ok(shown.length >= 3 && shown.length < 5 && omitted === 5 - shown.length, `${shown.length} and ${omitted}`);
    for (const { content, contentLength } of shown)
      ok(long.startsWith(content!) && contentLength === long.length + 2, content!);
    await memory.flush();
    for (const id of ids) {
      equal((await memory.get("acme/app", id))!.accessCount, shown.some((one) => one.id === id) ? 1 : 0);
    }
  });

  test("recall says what it had to do without, and that empty is then no verdict", async () => {
    const embedder = { ...testEmbedder(), embed: () => Promise.reject(new Error("no model")) };
    const { call } = await served(APP, { embedder });
    const blind = await call("recall", { query: "anything" });
    equal([blind.degraded, blind.memories], ["keyword_only", []]);
    ok(/may be known all the same/.test(String(blind.advice)) && blind.text.includes(String(blind.advice)), blind.text);

    const { memory, call: ask } = await served(APP);
    const store = { isBroken: false };
    const { recall } = memory;
    memory.recall = async (options) =>
      store.isBroken ? { results: [], degraded: "store", omitted: 0, searched: [] } : recall.call(memory, options);
    store.isBroken = true;
    const none = await ask("recall", { query: "anything" });
    ok(none.degraded === "store" && /does not mean that nothing is known/.test(none.text), none.text);
  });

  test("a briefing: pinned, handoffs, facts, procedures, what is recent, and what is below", async () => {
    const { memory, call, clock } = await served(APP);
    equal((await call("briefing")).text, 'Nothing is remembered yet in "acme/app".');
    const long = "Before a release the changelog is read aloud. ".repeat(20);
    await remembered(memory, "Never deploy on a Friday.", { tags: ["pinned"] });
    await remembered(memory, "Ada owns billing.");
    await remembered(memory, long, { tier: "procedural", summary: "How to release" });
    await remembered(memory, "The tests were flaky today.", { tier: "working" });
    await remembered(memory, "The web app is in Basel.", { namespace: "acme/app/web" });
    clock.now += 1000;
    const handoff = await call("remember", { content: "Go on with the import.\nFile by file.", tags: ["handoff"] });
    const told = await call("briefing");
    const contents = ["pinned", "facts", "recent", "below"].map((name) => contentsOf(told[name]));
    const [pinned, facts, recent, below] = contents;
    equal([pinned, facts], [["Never deploy on a Friday."], ["Ada owns billing."]]);
    equal([recent, below], [["The tests were flaky today."], ["The web app is in Basel."]]);
    const [procedure] = told.procedures as Shown[];
    equal([procedure!.summary, procedure!.content], ["How to release", undefined]);
    const [pointer] = told.handoffs as (Shown & { lines: number; slot: string })[];
    equal([pointer!.id, pointer!.slot, pointer!.lines], [(handoff.memory as Shown).id, "main", 2]);
    ok(/^pinned:\n\{.*\n.*handoffs:\n\{/m.test(told.text), told.text);
    const whole = await call("get", { id: pointer!.id });
    equal((whole.memory as Shown).content, "Go on with the import.\nFile by file.");
    await memory.flush();
    equal(
      (await memory.list({ namespace: "acme/app" })).every(({ accessCount }) => accessCount === 0),
      true,
    );
  });

  test("an answer by the user's model, and what it was given; a model that fails is said to have failed", async () => {
    const asked: unknown[] = [];
    const models = {
      answer: async (question: string, memories: readonly { content: string }[]) => {
        asked.push([question, memories.map(({ content }) => content)]);
        if (question === "fail") throw new Error("key sk-12345 refused");
        return 'In "Basel". <b>';
      },
    };
    const errors: unknown[] = [];
    const { memory, call, refused } = await served({ ...APP, onError: (error) => errors.push(error) }, { models });
    await remembered(memory, "The office is in Basel.");
    const told = await call("answer", { question: "Where is the office?" });
    equal([told.answer, contentsOf(told.memories)], ['In "Basel". <b>', ["The office is in Basel."]]);
    equal(asked, [["Where is the office?", ["The office is in Basel."]]]);
    const text = await refused("answer", { question: "fail" });
    ok(!text.includes("sk-12345") && /tell the user/.test(text), text);
    equal(errors.map(String), ["Error: key sk-12345 refused"]);
  });

  test("a list, page by page, sorted as asked", async () => {
    const { memory, call, clock } = await served(APP);
    for (let i = 1; i <= 45; i++) {
      await remembered(memory, `fact number ${i}`, { tags: i % 2 === 0 ? ["even"] : [], importance: i / 100 });
      clock.now += 1000;
    }
    const pages: (string | undefined)[][] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      const page = await call("list", { offset: next });
      pages.push(contentsOf(page.memories));
      next = page.next as number | undefined;
    }
    equal(
      pages.map(({ length }) => length),
      [20, 20, 5],
    );
    equal(
      pages.flat(),
      Array.from({ length: 45 }, (_, i) => `fact number ${45 - i}`),
    );
    const even = await call("list", { tags: ["even"], sort: "importance", ascending: true, limit: 2 });
    equal([contentsOf(even.memories), even.next], [["fact number 2", "fact number 4"], 2]);
    ok(/more from offset 2 on/.test(even.text), even.text);
    equal((await call("list", { offset: 45 })).memories, []);
  });

  test("one memory: all of it; by the beginning of its id; and one that is not there", async () => {
    const { memory, call, refused } = await served(APP);
    const other = await remembered(memory, "The other one.");
    const id = await remembered(memory, "Ada owns billing.", {
      summary: "Ada",
      metadata: { source: "chat" },
      links: [other],
      confidence: 0.6,
      level: "deduced",
    });
    const { memory: shown } = await call("get", { id: id.slice(0, 8) });
    const expected = {
      id,
      namespace: "acme/app",
      tier: "semantic",
      created: "2026-05-01T00:00:00Z",
      metadata: { source: "chat" },
      links: [other],
      summary: "Ada",
      level: "deduced",
      importance: 0.6,
      confidence: 0.6,
      recalled: 0,
      content: "Ada owns billing.",
    };
    equal(shown as object, expected);
    for (const missing of ["nothing", `${id.slice(0, 8)}-else`]) {
      const text = await refused("get", { id: missing });
      ok(text.startsWith(`not-found: There is no memory ${JSON.stringify(missing)} in "acme/app".`), text);
      ok(missing === "nothing" ? /memory_recall or memory_list/.test(text) : text.includes(id), text);
    }
  });

  test("an update changes what is named; what it was before is in its history", async () => {
    const { memory, call, refused, clock } = await served(APP);
    const id = await remembered(memory, "Ada owns billing.", { tags: ["team"], metadata: { a: "1", b: "2" } });
    clock.now += DAY;
    const changed = await call("update", {
      id,
      content: "Bea owns billing.",
      metadata: { a: null, c: [3] },
      ttl: "1h",
    });
    equal((changed.memory as Shown).id, id);
    const kept = (await memory.get("acme/app", id))!;
    equal([kept.content, kept.tags, kept.metadata], ["Bea owns billing.", ["team"], { b: "2", c: [3] }]);
    equal(kept.expiresAt, clock.now + 3_600_000);
    const { versions } = await call("history", { id });
    equal(
      (versions as Shown[]).map(({ content, knownFrom, knownUntil }) => [content, knownFrom, knownUntil]),
      [
        ["Ada owns billing.", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"],
        ["Bea owns billing.", "2026-05-02T00:00:00Z", undefined],
      ],
    );
    ok(/Nothing was named/.test(await refused("update", { id })), "nothing");
    ok(/pass the whole id/.test(await refused("update", { id: id.slice(0, 8), content: "x" })), "a beginning");
    ok(/not-found/.test(await refused("update", { id: "nothing", content: "x" })), "none");
  });

  test("forgetting is for good, and what is not there is said not to be", async () => {
    const { memory, call, refused } = await served(APP);
    const id = await remembered(memory, "Ada owns billing.");
    ok(/pass the whole id/.test(await refused("forget", { id: id.slice(0, 8) })), "a beginning");
    equal((await call("forget", { id })).forgotten, id);
    equal(await memory.get("acme/app", id), undefined);
    ok(/not-found/.test(await refused("forget", { id })), "again");
    ok(/not-found/.test(await refused("history", { id })), "its history");
  });

  test("who only reads changes nothing, not even how often a memory was recalled", async () => {
    const models = { answer: async () => "Ada" };
    const { memory, call, refused } = await served({ ...APP, readOnly: true }, { models });
    const id = await remembered(memory, "Ada owns billing.");
    equal(contentsOf((await call("recall", { query: "Who owns billing?" })).memories), ["Ada owns billing."]);
    equal((await call("answer", { question: "Who owns billing?" })).answer, "Ada");
    await memory.flush();
    equal((await memory.get("acme/app", id))!.accessCount, 0);
    for (const name of ["remember", "update", "forget"]) {
      ok(/not found/.test(await refused(name, { id, content: "x" })), name);
    }
  });

  test("a memory that was closed, or that fails, is an answer and not the end", async () => {
    const errors: unknown[] = [];
    const { memory, refused, client } = await served({ ...APP, onError: (error) => errors.push(error) });
    const list = memory.list;
    memory.list = () => Promise.reject(new TypeError("postgres://ada:hunter2@db is down"));
    const text = await refused("list");
    ok(!text.includes("hunter2") && /Try once more/.test(text), text);
    equal(String(errors[0]), "TypeError: postgres://ada:hunter2@db is down");
    memory.list = list;
    await memory.close();
    for (const { name, inputSchema } of (await client.listTools()).tools) {
      const args = Object.fromEntries((inputSchema.required ?? []).map((field) => [field, "some text"]));
      const said = await refused(name.replace("memory_", ""), {
        ...args,
        ...(/update/.test(name) && { content: "x" }),
      });
      ok(/^closed: The memory is closed/.test(said), `${name}: ${said}`);
    }
    const deaf = (): never => {
      throw new Error("of the listener");
    };
    const { memory: other, refused: ask } = await served({ onError: deaf });
    await other.close();
    ok(/^closed/.test(await ask("list")), "a listener that throws");
  });

  test("options that make no sense are errors at once", async () => {
    const memory = await AgentMemory.open({ embedder: null });
    const sdk = await loadSdk();
    const wrong = [
      { namespace: "" },
      { home: "\0" },
      { namespaces: "all" as never },
      { readOnly: 1 as never },
      { maxTokens: 499 },
      { maxTokens: Number.NaN },
      { onError: "log" as never },
      { sdk: { McpServer: {}, z: sdk.z } },
      { sdk: { ...sdk, z: {} } },
    ];
    for (const options of wrong) await fails(() => memoryServer(memory, { sdk, ...options }), "argument");
    await fails(() => memoryServer({} as never, { sdk }), "argument");
    await fails(() => memoryServer(memory, {}), "unsupported"); // the SDK is not installed beside this
    await memory.close();
    await fails(() => memoryServer(memory, { sdk }), "closed");
  });
};
