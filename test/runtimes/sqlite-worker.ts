import { readFile } from "node:fs/promises";
import type { Report } from "../harness.ts";
import { installed, type Stage } from "../stage.ts";
import { bundle, KERNELS, kernelBytes, SQL_JS_MODULE, sqlJsModule, wasmBesideScript } from "./bundle.ts";

interface MiniflarePackage {
  Miniflare: new (
    options: object,
  ) => {
    dispatchFetch(url: string): Promise<Response>;
    dispose(): Promise<void>;
  };
}

/** D1 and Durable Objects as Cloudflare's own local platform has them, and sql.js beside them. */
export const sqliteWorkerStage: Stage = {
  name: "sqlite in workers",
  async run(tell) {
    const { Miniflare } = await installed<MiniflarePackage>("miniflare");
    const conditions = ["workerd", "worker", "browser"];
    const script = await bundle("sqlite-worker-entry.js", "sqlite-worker/worker.js", {
      conditions,
      plugins: [wasmBesideScript],
    });
    const miniflare = new Miniflare({
      host: "127.0.0.1",
      port: 0,
      compatibilityDate: "2026-07-01",
      modules: [
        { type: "ESModule", path: "worker.js", contents: await readFile(script, "utf8") },
        ...(await Promise.all(
          KERNELS.map(async (path) => ({ type: "CompiledWasm", path, contents: await kernelBytes(path) })),
        )),
        { type: "CompiledWasm", path: SQL_JS_MODULE, contents: await sqlJsModule() },
      ],
      d1Databases: ["DB"],
      durableObjects: { OBJECT: { className: "Suite", useSQLite: true } },
    });
    try {
      for (const [place, path] of Object.entries({ D1: "/d1", "Durable Object": "/object", "sql.js": "/sqljs" })) {
        const answer = await miniflare.dispatchFetch(`http://worker.test${path}`);
        const body = await answer.text();
        if (!answer.ok) throw new Error(body);
        tell(`workerd, ${place}`, JSON.parse(body) as Report);
      }
    } finally {
      await miniflare.dispose();
    }
  },
};
