import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { PROGRAMS } from "../runtimes/processes.ts";
import { ROOT, type Stage } from "../stage.ts";
import { LEASE_MS } from "./lease-time.ts";

/** Who asks: each in a process of its own, of another runtime. */
const RUNTIMES = ["node 22", "bun", "deno"];
/** Far more than a lease, for a busy machine: what is told is who computed, not how fast. */
const PATIENCE_MS = 60_000;

interface Answered {
  response: string;
  layer: string | null;
}

/** Processes of one store: one computes; when it is killed meanwhile, another takes over. */
export const leaseStage: Stage = {
  name: "lease",
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-lease-"));
    const report = await run({
      lease: (test) => {
        test("of three processes that ask the same one computes, and all have its answer", async () => {
          const asking = RUNTIMES.map((runtime) => new Asking(runtime, join(folder, "one.db"), runtime));
          const answers = await Promise.all(asking.map((one) => one.answer()));
          const computed = asking.filter((one) => one.told.includes("computing"));
          equal(computed.length, 1, asking.map((one) => one.told.join("; ")).join(" | "));
          equal(new Set(answers.map(({ response }) => response)).size, 1);
          equal(answers.filter(({ layer }) => layer === "exact").length, RUNTIMES.length - 1);
        });
        test("when the one that computes is killed another takes over, and the third waits for that", async () => {
          const path = join(folder, "two.db");
          const dying = new Asking("node 22", path, "dying", "hang");
          await dying.hears("computing");
          const others = RUNTIMES.slice(1).map((runtime) => new Asking(runtime, path, runtime));
          await Promise.all(others.map((one) => one.hears("asked")));
          await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
          ok(!others.some((one) => one.told.includes("computing")), "while it lives they wait");
          dying.kill();
          const answers = await Promise.all(others.map((one) => one.answer()));
          equal(others.filter((one) => one.told.includes("computing")).length, 1);
          equal(new Set(answers.map(({ response }) => response)).size, 1);
          ok(answers[0]!.response !== "dying", "it never answered");
        });
      },
    });
    await rm(folder, { recursive: true, force: true });
    tell("lease, three runtimes on one file", report);
  },
};

/** A process that asks, and what it has told so far. */
class Asking {
  readonly told: string[] = [];
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #heard: () => void = () => {};

  constructor(runtime: string, ...args: string[]) {
    const [command, ...program] = PROGRAMS[runtime]!;
    this.#child = spawn(command!, [...program, join(ROOT, "dist/test/chaos/lease-entry.js"), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NODE_NO_WARNINGS: "1" },
    });
    this.#child.stdout!.on("data", (data) => {
      this.told.push(...String(data).trim().split("\n"));
      this.#heard();
    });
    this.#gone = new Promise((resolve) => this.#child.once("close", resolve));
  }

  async hears(word: string): Promise<void> {
    const patience = setTimeout(() => this.kill(), PATIENCE_MS);
    const gone = this.#gone.then(() => true);
    while (!this.told.includes(word)) {
      const heard = new Promise<boolean>((resolve) => {
        this.#heard = () => resolve(false);
      });
      if (await Promise.race([heard, gone])) throw new Error(`it ended, and told only: ${this.told.join("; ")}`);
    }
    clearTimeout(patience);
  }

  async answer(): Promise<Answered> {
    const patience = setTimeout(() => this.kill(), PATIENCE_MS);
    await this.#gone;
    clearTimeout(patience);
    return JSON.parse(this.told.at(-1) ?? "null") as Answered;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
