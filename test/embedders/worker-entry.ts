// Runs what asks by fetch, and Workers AI, in a Worker; the request's address says where the front is.
import type { WorkersAi } from "../../adapters/embedders/workers-ai.ts";
import { runSideBySide } from "../servers/side-by-side.ts";
import { everywhere } from "./everywhere.ts";
import { workersAiTests } from "./workers-ai.test.ts";

export default {
  async fetch(request: Request, { AI }: { AI: WorkersAi }): Promise<Response> {
    const origin = new URL(request.url).searchParams.get("origin")!;
    const suites = { ...everywhere(origin), "workers ai": workersAiTests(origin, AI) };
    return Response.json(await runSideBySide(suites, 2));
  },
};
