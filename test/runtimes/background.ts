import { setTimeout as sleep } from "node:timers/promises";
import { equal } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { inWorker } from "./miniflare.ts";

/** Of the store's write, with room for a busy machine. */
const LATER_MS = 1500;

/** In real workerd the response is there first, and the write lands all the same. */
export const backgroundStage: Stage = {
  name: "workerd, writes after the response",
  async run(tell) {
    await inWorker("background-worker-entry.js", "background-worker", {}, async (ask) => {
      const report = await run({
        background: (test) => {
          for (const way of ["/found", "/passed"]) {
            for (const how of ["wrap", "stream", "left"]) {
              test(`${way}: ${how}`, async () => {
                equal(await ask<number>(`${way}?how=${how}`), 0, "it has answered before it is stored");
                await sleep(LATER_MS);
                equal(await ask<string | null>(`${way}?how=${how}&look=yes`), "stored");
              });
            }
          }
          test("when nobody waits it is lost, so the others prove something", async () => {
            await ask<number>("/nobody?how=wrap");
            await sleep(LATER_MS);
            equal(await ask<string | null>("/nobody?how=wrap&look=yes"), null);
          });
        },
      });
      tell("workerd, writes after the response", report);
    });
  },
};
