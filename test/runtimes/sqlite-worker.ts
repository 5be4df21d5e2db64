import type { Stage } from "../stage.ts";
import { SQL_JS_MODULE, sqlJsModule } from "./bundle.ts";
import { inWorker } from "./miniflare.ts";

/** D1 and Durable Objects as Cloudflare's own local platform has them, and sql.js beside them. */
export const sqliteWorkerStage: Stage = {
  name: "sqlite in workers",
  async run(tell) {
    const options = {
      wasm: { [SQL_JS_MODULE]: await sqlJsModule() },
      platform: {
        d1Databases: ["DB"],
        durableObjects: { OBJECT: { className: "Suite", useSQLite: true } },
      },
    };
    await inWorker("sqlite-worker-entry.js", "sqlite-worker", options, async (report) => {
      for (const [place, path] of Object.entries({ D1: "/d1", "Durable Object": "/object", "sql.js": "/sqljs" })) {
        tell(`workerd, ${place}`, await report(path));
      }
    });
  },
};
