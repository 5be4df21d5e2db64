import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { appendFile, copyFile, link, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { fileImage, sqliteStore, sqlJs } from "../../adapters/stores/sqlite-index.ts";
import { masked } from "../../src/cli/address.ts";
import type { Store } from "../../src/index.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { asked, OLD_IDENTITY, questions } from "../unit/reembed-fixtures.ts";
import { EMBEDDERS, type Ended, inFolder, type Meddling, mneme } from "./process.ts";

const SQL = initSqlJs();
/** By sql.js, whatever runs these tests; closed, its file is like any other engine's. */
async function fileWith(path: string, fill: (store: Store) => Promise<unknown>): Promise<void> {
  const store = sqliteStore(sqlJs(await SQL, fileImage(path)));
  await fill(store);
  store.close();
}

/** Twelve questions of three namespaces, of which those that expire have done so. */
const DOZEN = questions(12);
const EXPIRED = DOZEN.filter(({ expiresAt }) => expiresAt !== null).length;

const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\r\n\u009b31m\u202eevil\u2066\u200f\u0000\u007f\ud83d 日本 \ufeff";

async function hostile(store: Store): Promise<void> {
  await store.open(OLD_IDENTITY);
  const vector = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  const strings = { namespace: HOSTILE, key: HOSTILE, text: HOSTILE, value: JSON.stringify(HOSTILE) };
  await store.commit([
    { put: newEntry({ ...strings, vector, metadata: { [HOSTILE]: HOSTILE }, tags: [HOSTILE] }) },
    { put: newEntry({ ...strings, key: "broken", value: HOSTILE, vector }) },
  ]);
}

type Run = (args: string[], meddling?: Meddling) => Promise<Ended>;
type Json = Record<string, unknown>;

function define(
  runtime: string,
  test: Parameters<Suite>[0],
): (name: string, body: (run: Run, folder: string) => Promise<void>) => void {
  return (name, body) =>
    test(`${runtime}: ${name}`, () =>
      inFolder((folder) => body((args, meddling) => mneme(runtime, folder, args, meddling), folder)));
}

/** What it says when a command takes more than a second, as any may on a busy machine. */
const PROGRESS =
  /^\d+ (of \d+ (entries \(\d+ %\)|memories written)|entries read|lines read, \d+ memories imported)\n/gm;

const done = ({ code, stdout, stderr }: Ended): string => {
  equal([code, stderr.replace(PROGRESS, "")], [0, ""]);
  return stdout;
};
const json = (ended: Ended): Json => JSON.parse(ended.stdout) as Json;

/** In every runtime that has a command line. */
export const runtimeTests =
  (runtime: string): Suite =>
  (test) => {
    define(runtime, test)("stats, health, inspect, vacuum and reembed of a file", async (run, folder) => {
      await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
      const stats = JSON.parse(done(await run(["stats", "a.db", "--json"]))) as Json;
      equal(
        [stats.store, stats.entries, stats.expired, stats.withoutVector, stats.embedder],
        ["sqlite", 12, EXPIRED, 1, OLD_IDENTITY],
      );
      equal(
        (stats.namespaces as Json[]).map(({ namespace, entries }) => [namespace, entries]),
        [
          ["", 4],
          ["a|b", 4],
          ["default", 4],
        ],
      );
      ok((stats.bytes as number) >= 4096, `${stats.bytes} bytes`);
      ok(/default +4 /.test(done(await run(["stats", "sqlite:a.db"]))), "by its scheme, for people");
      ok(done(await run(["health", "sqlite://a.db"])).endsWith("\nhealthy\n"), "healthy");
      const { entries, next } = JSON.parse(
        done(await run(["inspect", "a.db", "--search", "ROUTER 1", "--limit", "2", "--json"])),
      ) as {
        entries: Json[];
        next: number;
      };
      equal([entries.map(({ id }) => id), next], [[2, 11], 11]);
      const { removed, entries: left } = JSON.parse(done(await run(["vacuum", "a.db", "--json"]))) as Json;
      equal([removed, left], [EXPIRED, 12 - EXPIRED]);
      const told = JSON.parse(done(await run(["reembed", "a.db", "b.db", "--embedder", EMBEDDERS, "--json"]))) as Json;
      equal([told.entries, told.embedded], [12 - EXPIRED, 12 - EXPIRED - 1]);
      equal(json(await run(["stats", "b.db", "--json"])).embedder, {
        fingerprint: "mneme-test:words:dim16",
        dimensions: 16,
      });
    });
  };

export const cliTests: Suite = (test) => {
  const cli = define("node 22", test);
  runtimeTests("node 22")(test);

  cli("the list, each command's help, and arguments that make no sense: exit code 2", async (run) => {
    for (const args of [[], ["help"], ["--help"]])
      ok(/vacuum +remove what is expired[\s\S]*\bredis:\/\//.test(done(await run(args))), "the list, and addresses");
    for (const command of ["demo", "reembed"]) {
      ok(done(await run([command, "--help"])).startsWith(`mneme ${command}: `), command);
    }
    const nonsense: [string[], RegExp][] = [
      [["nothing"], /no command "nothing"/],
      [["stats"], /ADDRESS is missing/],
      [["stats", ""], /empty address/],
      [["stats", "a", "b"], /"b" is one argument too many/],
      [["stats", "a", "--nonsense"], /'--nonsense'/],
      [["inspect", "a", "--limit", "0"], /whole number from 1, got "0"/],
      [["inspect", "a", "x"], /ID expected a number, got "x"/],
      [["reembed", "a", "b"], /--embedder is missing/],
      [["stats", "gopher://host/x"], /"gopher:" is no kind of store. There are: sqlite:, memory:/],
    ];
    for (const [args, expected] of nonsense) {
      const { code, stdout, stderr } = await run(args);
      equal([code, stdout], [2, ""], args.join(" "));
      ok(expected.test(stderr) && stderr.startsWith("mneme: "), stderr);
    }
    const { code, stdout } = await run(["stats", "--json"]);
    equal([code, (JSON.parse(stdout) as { error: Json }).error.code], [2, "usage"]);
  });

  cli("what is absent stays absent: exit code 1", async (run, folder) => {
    for (const args of [
      ["stats"],
      ["inspect"],
      ["vacuum"],
      ["health"],
      ["reembed", "to.db", "--embedder", EMBEDDERS],
    ]) {
      const [command, ...rest] = args;
      const { code, stdout } = await run([command!, "absent.db", ...rest, "--json"]);
      equal(
        [code, command === "health" ? json({ code, stdout, stderr: "" }).ok : "error" in JSON.parse(stdout)],
        [1, command !== "health"],
      );
    }
    equal((await run(["stats", "memory:"])).code, 1, "a new memory holds nothing");
    equal(await readdir(folder), []);
  });

  cli("health tells what is wrong, and looks at nothing else of a damaged file", async (run, folder) => {
    await fileWith(join(folder, "a.db"), async (store) => {
      await asked(DOZEN, store);
      await store.commit([{ put: newEntry({ key: "nan", vector: new Float32Array(8).fill(Number.NaN) }) }]);
    });
    await writeFile(join(folder, "text.db"), "no database ".repeat(1000));
    const faulty = await run(["health", "a.db"]);
    ok(faulty.code === 1 && faulty.stdout.includes("1 cannot: 13"), faulty.stdout);
    const damaged = await run(["health", "text.db", "--json"]);
    equal([damaged.code, json(damaged).ok, (json(damaged).checks as Json[]).length], [1, false, 1]);
    const stats = await run(["stats", "text.db", "--json"]);
    equal([stats.code, (json(stats).error as Json).code], [1, "corrupt"]);
  });

  cli("inspect pages through all, and shows all of one", async (run, folder) => {
    await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
    const ids: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = json(await run(["inspect", "a.db", "--limit", "5", "--after", `${after}`, "--json"]));
      ids.push(...(page.entries as { id: number }[]).map(({ id }) => id));
      after = page.next as number | null;
    }
    equal(
      ids,
      DOZEN.map((_, i) => i + 1),
    );
    const of = json(await run(["inspect", "a.db", "--namespace", "a|b", "--json"]));
    equal(
      (of.entries as Json[]).map(({ namespace }) => namespace),
      ["a|b", "a|b", "a|b", "a|b"],
    );
    const one = json(await run(["inspect", "a.db", "2", "--json", "--vector"]));
    equal(
      [one.id, one.text, one.response, one.tags, (one.vector as number[]).length, one.hits],
      [2, DOZEN[1]!.text!, "answer", ["a|b"], 8, 1],
    );
    ok(/question +How {2}do I reset router 1\?/.test(done(await run(["inspect", "a.db", "2"]))), "for people");
    equal((await run(["inspect", "a.db", "99"])).code, 1);
  });

  cli("whatever an entry holds, the terminal is not told what to do", async (run, folder) => {
    await fileWith(join(folder, "a.db"), hostile);
    for (const args of [["stats"], ["inspect"], ["inspect", "1"], ["inspect", "2"]]) {
      for (const flags of [[], ["--json"]]) {
        const [command, ...rest] = args;
        const { code, stdout, stderr } = await run([command!, "a.db", ...rest, ...flags]);
        equal([code, stderr], [0, ""]);
        const bad =
          /[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}|\ufffd/u.exec(stdout);
        equal(bad, null, `${args} ${flags}`);
        ok(flags.length === 0 || JSON.parse(stdout) !== undefined, "JSON");
      }
    }
    equal(json(await run(["inspect", "a.db", "1", "--json"])).response, HOSTILE, "and programs read what it is");
    const { stderr } = await run(["stats", "\u001b[31mred.db"]);
    ok(stderr.includes("\\u001b[31mred.db") && !stderr.includes("\u001b"), stderr);
  });

  cli("F31 a secret in an address, or in what an embedder says, is not printed", async (run, folder) => {
    await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
    const addresses = [
      "redis://user:hunter2@host/0",
      "postgres://:hun@ter2@h/d?password=hunter2",
      "sqlite:x?token=hunter2",
    ];
    const runs = [
      ...addresses.flatMap((address) => [
        ["stats", address],
        ["health", address],
      ]),
      ["reembed", addresses[0]!, addresses[1]!, "--embedder", EMBEDDERS],
      ["reembed", "a.db", "b.db", "--embedder", `${EMBEDDERS}:telling`, "--attempts", "1"],
    ];
    for (const args of runs) {
      const flags = args[0] === "reembed" ? ["--json"] : [];
      const { code, stdout, stderr } = await run([...args, ...flags]);
      ok(code !== 0, args.join(" "));
      ok(!/hunter2|ter2/.test(stdout + stderr), stdout + stderr);
      if (args[2] === "b.db") ok(stdout.includes("401 from https://***@models.test"), stdout);
    }
    equal(
      masked("a redis://u:p@ss@h:1/0?x=1&auth_token=a&token=b&sig=c end"),
      "a redis://***@h:1/0?x=1&auth_token=a&token=***&sig=*** end",
    );
  });

  cli(
    "--embedder takes an embedder, a function or a class, and says what is wrong with another",
    async (run, folder) => {
      await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
      await copyFile(EMBEDDERS, join(folder, "own.mjs"));
      await writeFile(join(folder, "own.mjs"), `export { Made as default } from ${JSON.stringify(EMBEDDERS)};`);
      done(await run(["reembed", "a.db", "1.db", "--embedder", "./own.mjs"]));
      done(
        await run([
          "reembed",
          "a.db",
          "2.db",
          "--embedder",
          `${EMBEDDERS}:Made`,
          "--namespace",
          "a|b",
          "--namespace",
          "",
        ]),
      );
      equal(
        json(await run(["stats", "2.db", "--json"])).entries,
        8 - DOZEN.filter((q) => q.expiresAt && q.namespace !== "default").length,
      );
      const bad = {
        "./none.mjs": "cannot be loaded",
        [`${EMBEDDERS}:none`]: 'no export "none"',
        [`${EMBEDDERS}:noEmbedder`]: "is no embedder",
      };
      for (const [embedder, expected] of Object.entries(bad)) {
        const { code, stderr } = await run(["reembed", "a.db", "3.db", "--embedder", embedder]);
        ok(code === 1 && stderr.includes(expected), stderr);
      }
      ok(!existsSync(join(folder, "3.db")), "nothing was made for it");
    },
  );

  cli(
    "F28 the source is not taken for a destination, under any name; nor is anything else that is there",
    async (run, folder) => {
      await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
      await fileWith(join(folder, "other.db"), hostile);
      await writeFile(join(folder, "text.db"), "no database ".repeat(1000));
      await symlink("a.db", join(folder, "symlink.db"));
      await link(join(folder, "a.db"), join(folder, "hardlink.db"));
      await symlink(folder, join(folder, "folder"));
      const names = (await readdir(folder)).sort();
      const contents = async (): Promise<string[]> =>
        Promise.all(
          ["a.db", "other.db", "text.db"].map(async (name) => (await readFile(join(folder, name))).toString("base64")),
        );
      await run(["health", "a.db"]);
      const before = await contents();
      const same = [
        "a.db",
        "./a.db",
        "sqlite:a.db",
        join(folder, "a.db"),
        "symlink.db",
        "hardlink.db",
        "folder/a.db",
        "a.db-wal",
        "a.db-log",
      ];
      for (const to of [...same, "other.db", "text.db"]) {
        const { code, stderr } = await run(["reembed", "a.db", to, "--embedder", EMBEDDERS]);
        equal(code, 1, `${to}: ${stderr}`);
        if (same.includes(to)) ok(stderr.includes("are one store"), stderr);
      }
      equal([await contents(), (await readdir(folder)).sort()], [before, names]);
    },
  );

  cli("a reader that has seen enough is no failure", async (run, folder) => {
    await fileWith(join(folder, "a.db"), (store) => asked(questions(3000), store));
    const { code, stdout, stderr } = await run(["inspect", "a.db", "--limit", "5000"], { closeStdout: true });
    equal([code, stderr], [0, ""]);
    ok(stdout.length < 400_000, `${stdout.length}`);
  });

  cli("Ctrl-C ends a reembed in order, and it goes on from there", async (run, folder) => {
    const embedded = join(folder, "embedded");
    await appendFile(embedded, "");
    await fileWith(join(folder, "a.db"), (store) =>
      asked(
        questions(400).map((q) => ({ ...q, expiresAt: null })),
        store,
      ),
    );
    const args = ["reembed", "a.db", "b.db", "--embedder", `${EMBEDDERS}:slow`, "--batch", "4", "--concurrency", "2"];
    const lines = (): number => readFileSync(embedded, "utf8").split("\n").length - 1;
    const env = { EMBEDDED: embedded };
    const cut = await run(args, { env, interrupt: () => lines() >= 40 });
    equal([cut.code, cut.stdout, cut.stderr.trim().split("\n").at(-1)], [130, "", "mneme: Interrupted."]);
    const unfinished = await run(["health", "b.db"]);
    ok(unfinished.code === 1 && unfinished.stdout.includes("has not ended"), unfinished.stdout);
    equal(json(await run(["stats", "b.db", "--json"])).unfinished, "reembed");
    const before = lines();
    const { stdout, code } = await run([...args, "--json"], { env });
    const result = JSON.parse(stdout) as Json;
    equal([code, result.entries], [0, 400]);
    // What was under way at that moment was not committed, and is all that may have been embedded for nothing.
    ok(lines() <= 400 + 8, `${before}, then ${lines()} texts`);
    equal(json(await run(["health", "b.db", "--json"])).ok, true);
  });

  cli(
    "a dump is restored, in another file or in place of one; what is no checkpoint, or is in the way, is told",
    async (run, folder) => {
      await fileWith(join(folder, "a.db"), (store) => asked(DOZEN, store));
      const dumped = json(await run(["dump", "a.db", "a.tgz", "--json"]));
      equal([dumped.entries, dumped.bytes], [12, statSync(join(folder, "a.tgz")).size]);
      equal(statSync(join(folder, "a.tgz")).mode & 0o777, 0o600);
      equal(json(await run(["restore", "a.tgz", "b.db", "--json"])).entries, 12);
      const entries = async (file: string): Promise<unknown> =>
        ((json(await run(["inspect", file, "--json"])).entries ?? []) as Json[]).map(
          ({ id: _id, hits: _hits, revision: _revision, ...rest }) => rest,
        );
      equal(await entries("b.db"), await entries("a.db"));
      await run(["vacuum", "b.db"]);
      const there = await run(["restore", "a.tgz", "b.db"]);
      ok(there.code === 1 && there.stderr.includes("replace"), there.stderr);
      ok(/^12 entries in b.db$/m.test(done(await run(["restore", "a.tgz", "b.db", "--replace"]))), "replaced");
      equal(await entries("b.db"), await entries("a.db"));
      const truncated = readFileSync(join(folder, "a.tgz")).subarray(0, -30);
      writeFileSync(join(folder, "cut.tgz"), truncated);
      for (const [file, expected] of [
        ["cut.tgz", "corrupt"],
        ["a.db", "corrupt"],
        ["none.tgz", "argument"],
        [".", "argument"],
      ]) {
        const { code, stdout } = await run(["restore", file!, "c.db", "--json"]);
        equal([code, (JSON.parse(stdout) as { error: Json }).error.code], [1, expected], file);
      }
      equal((await readdir(folder)).sort(), ["a.db", "a.tgz", "b.db", "cut.tgz"]);
      const { code, stderr } = await run(["dump", "a.db", "no/where.tgz"]);
      ok(code === 1 && stderr.startsWith("mneme: "), stderr);
    },
  );

  cli("memories are exported, and imported into another file; those of other systems are", async (run, folder) => {
    const embedder = testEmbedder({ dimensions: 16 });
    await fileWith(join(folder, "a.db"), async (store) => {
      const memory = await AgentMemory.open({ embedder, store });
      const old = await memory.remember({ namespace: "n", content: "The office is in Basel.", tier: "semantic" });
      const anew = await memory.remember({ namespace: "n", content: "The office is in Bern now.", tier: "semantic" });
      await memory.supersede("n", old.id, anew.id);
      await memory.remember({ namespace: "m", content: "The kettle is in the cellar.", tier: "semantic" });
      await memory.close();
    });
    const exported = json(await run(["export", "a.db", "a.jsonl", "--json"]));
    equal([exported.memories, exported.bytes], [3, statSync(join(folder, "a.jsonl")).size]);
    equal(statSync(join(folder, "a.jsonl")).mode & 0o777, 0o600);
    const lines = done(await run(["export", "a.db"]));
    equal(lines, readFileSync(join(folder, "a.jsonl"), "utf8"));
    const { imported, reembedded } = json(await run(["import", "a.jsonl", "b.db", "--json"]));
    equal([imported, reembedded], [3, 0]);
    equal(done(await run(["export", "b.db"])), lines, "nothing was lost on the way");
    equal(
      done(await run(["export", "a.db", "--namespace", "n", "--no-versions"]))
        .trimEnd()
        .split("\n").length,
      4,
    );
    ok(
      /^0 memories imported into b.db, 0 replaced, 3 there before, 0 refused$/m.test(
        done(await run(["import", "a.jsonl", "b.db"])),
      ),
      "again",
    );

    const mem0 = [
      { memory: "Alex is allergic to nuts.", user_id: "alex" },
      { memory: "ok\u001b[2J", user_id: "alex" },
    ];
    writeFileSync(join(folder, "mem0.json"), JSON.stringify({ results: mem0 }));
    for (const to of ["b.db", "new.db"]) {
      const { code, stderr } = await run(["import", "mem0.json", to]);
      ok(code === 2 && stderr.includes("--embedder is missing"), stderr);
    }
    const told = done(await run(["import", "mem0.json", "b.db", "--embedder", EMBEDDERS, "--tier", "semantic"]));
    ok(
      /^1 memories imported[\s\S]* 1 refused\n {2}2: it has fewer than 20 characters\ntagged import:mem0:/.test(told),
      told,
    );
    equal(json(await run(["import", "mem0.json", "b.db", "--embedder", EMBEDDERS, "--json"])).skipped, 1);

    writeFileSync(join(folder, "cut.jsonl"), lines.slice(0, -30));
    await fileWith(join(folder, "cache.db"), (store) => asked(DOZEN, store));
    for (const [args, expected] of [
      [["import", "cut.jsonl", "c.db"], "corrupt"],
      [["import", "none.jsonl", "c.db"], "argument"],
      [["import", "a.jsonl", "cache.db"], "fingerprint"],
      [["export", "cache.db"], "fingerprint"],
      [["import", "a.jsonl", "c.db", "--on-conflict", "merge"], "argument"],
      [["import", "a.jsonl", "b.db", "--on-conflict", "error"], "conflict"],
    ] as const) {
      const { code, stdout } = await run([...args, "--json"]);
      equal([code, (JSON.parse(stdout) as { error: Json }).error.code], [1, expected], args.join(" "));
    }
  });

  cli("bench measures a cache and leaves nothing behind", async (run) => {
    for (const more of [[], ["--sqlite"]]) {
      const result = json(await run(["bench", "--entries", "300", "--dimensions", "32", "--json", ...more]));
      const { milliseconds, hitsExact, hitsSemantic } = result as Json & { milliseconds: Record<string, Json> };
      equal(
        [hitsExact, (hitsSemantic as number) >= 1000, Object.keys(milliseconds)],
        [1000, true, ["exact hit", "semantic hit", "miss", "put"]],
      );
      ok(
        Object.values(milliseconds).every(({ p50, p99 }) => (p50 as number) > 0 && (p99 as number) >= (p50 as number)),
        "times",
      );
    }
  });
};
