import { Worker } from "node:worker_threads";
import { answerInTime, ask, awaitAnswer, ENDED, openChannel, READY } from "../../adapters/embedders/sync-channel.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";

/** Calls out again and again, and answers only then. */
const CALLER = `
const { state } = require("node:worker_threads").workerData;
const end = performance.now() + 200;
while (performance.now() < end) Atomics.notify(state, 0);
Atomics.store(state, 0, ${READY});
Atomics.notify(state, 0);
`;

export const syncChannelTests: Suite = (test) => {
  for (const [name, wait] of Object.entries({ asleep: awaitAnswer, awake: answerInTime })) {
    test(`${name}: who is woken without an answer waits on`, async () => {
      for (let i = 0; i < 3; i++) {
        const channel = openChannel();
        const worker = new Worker(CALLER, { eval: true, workerData: channel });
        equal(await wait(channel, 60_000), READY);
        await worker.terminate();
      }
    });

    test(`${name}: where no answer comes there is none`, async () => {
      const start = performance.now();
      equal(await wait(openChannel(), 50), undefined);
      ok(performance.now() - start >= 45, "it waited");
    });
  }

  test("who has ended is not asked", () => {
    const channel = openChannel();
    ok(ask(channel), "it lives");
    Atomics.store(channel.state, 0, ENDED);
    ok(!ask(channel), "it has ended");
    equal(awaitAnswer(channel, 0), ENDED);
  });
};
