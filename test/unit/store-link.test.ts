import { Link, type Patience } from "../../adapters/stores/store-link.ts";
import { MnemeError } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";

const SOON = 20;

/** A server that answers by a script: a value, an error, or nothing at all. The last line stays. */
function server(...script: unknown[]): { attempt: (signal: AbortSignal) => Promise<unknown>; asked: AbortSignal[] } {
  const asked: AbortSignal[] = [];
  return {
    asked,
    attempt: (signal) => {
      asked.push(signal);
      const line = script.length > 1 ? script.shift() : script[0];
      if (line === undefined) return new Promise(() => {});
      return line instanceof Error ? Promise.reject(line) : Promise.resolve(line);
    },
  };
}

const down = new MnemeError("store", "It is down.", "Wait.");
const link = (patience?: Patience): Link => new Link("test", patience);

/** With a clock that stands still until it is told to go on. */
function stopped(patience: Patience): { one: Link; pass: (ms: number) => void } {
  let now = 0;
  return {
    one: new Link("test", patience, () => now),
    pass: (ms) => {
      now += ms;
    },
  };
}

export const storeLinkTests: Suite = (test) => {
  test("reading is tried again, writing is not", async () => {
    const reading = server(down, new TypeError("fetch failed"), "read");
    equal(await link().read(reading.attempt), "read");
    equal(reading.asked.length, 3);
    const writing = server(down, "written");
    equal(await rejection(() => link().write(writing.attempt)), down);
    equal(writing.asked.length, 1);
  });

  test("what a busy server refused is tried again, writing too, while there is time", async () => {
    const busy = new Error("busy");
    const verdictOf = (error: unknown) => (error === busy ? "busy" : "unanswered");
    const one = (patience: Patience): Link => new Link("test", patience, undefined, verdictOf);
    const writing = server(busy, busy, busy, "written");
    equal(await one({ retries: 0, breaker: { failures: 1 } }).write(writing.attempt), "written");
    equal(writing.asked.length, 4);
    const impatient = one({ timeout: SOON, breaker: { failures: 2 } });
    for (let call = 0; call < 2; call++) equal(await rejection(() => impatient.write(server(busy).attempt)), busy);
    const error = await fails(() => impatient.write(server("no").attempt), "store");
    ok(error.message.includes("not asked"), error.message);
  });

  test("it is not tried for ever", async () => {
    const { attempt, asked } = server(down);
    equal(await rejection(() => link({ retries: 1 }).read(attempt)), down);
    equal(asked.length, 2);
  });

  test("answers are not tried again, and do not count as failures", async () => {
    const conflict = new MnemeError("conflict", "Somebody was first.", "Read again.");
    const { attempt, asked } = server(conflict);
    const one = link({ breaker: { failures: 1 } });
    for (let call = 1; call <= 3; call++) {
      equal(await rejection(() => one.read(attempt)), conflict);
      equal(asked.length, call);
    }
  });

  test("who does not answer is given up, and told so; with all attempts it is one timeout", async () => {
    const { attempt, asked } = server(undefined);
    const error = await fails(() => link({ timeout: SOON }).read(attempt), "store");
    ok(error.message.includes(`${SOON} ms`), error.message);
    equal([asked.length, asked[0]!.aborted], [1, true]);
    const failing = server(down);
    await fails(() => link({ timeout: SOON, retries: 1e9 }).read(failing.attempt), "store");
    ok(failing.asked.length < 3, "the pause between two attempts would be longer than what is left");
  });

  test("after failures in a row nobody is asked for a while; then one, whose answer decides", async () => {
    const { one, pass } = stopped({ retries: 0, breaker: { failures: 2, rest: 100 } });
    const { attempt, asked } = server(down, down, down, "back");
    for (let call = 0; call < 2; call++) await fails(() => one.read(attempt), "store");
    const error = await fails(() => one.write(attempt), "store");
    ok(error.message.includes("not asked"), error.message);
    equal(asked.length, 2);
    pass(100);
    equal(await rejection(() => one.read(attempt)), down);
    equal(asked.length, 3);
    ok((await fails(() => one.read(attempt), "store")).message.includes("not asked"), "it failed again");
    pass(100);
    equal(await one.read(attempt), "back");
    equal(await one.read(attempt), "back");
  });

  test("while one tries, the others are not let through", async () => {
    const { one, pass } = stopped({ retries: 0, breaker: { failures: 1, rest: 100 } });
    let answer: (value: string) => void = () => {};
    await fails(() => one.read(server(down).attempt), "store");
    pass(100);
    const trying = one.read(() => new Promise<string>((resolve) => (answer = resolve)));
    await fails(() => one.read(server("no").attempt), "store");
    answer("yes");
    equal(await trying, "yes");
    equal(await one.read(server("all").attempt), "all");
  });

  test("without a breaker every call asks", async () => {
    const { attempt, asked } = server(down);
    const one = link({ breaker: false, retries: 0 });
    for (let call = 0; call < 20; call++) await fails(() => one.read(attempt), "store");
    equal(asked.length, 20);
  });

  test("bad options are refused", async () => {
    const bad: object[] = [
      { timeout: 0 },
      { timeout: "1s" },
      { retries: -1 },
      { breaker: { failures: 0 } },
      { breaker: { rest: Number.NaN } },
    ];
    for (const patience of bad) await fails(() => link(patience as Patience), "argument");
  });
};
