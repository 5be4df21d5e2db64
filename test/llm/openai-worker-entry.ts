// Runs the tests that need no SDK in a Cloudflare Worker.
import { run } from "../harness.ts";
import { openaiTests } from "./openai.test.ts";

export default {
  async fetch(_request: Request, { URL: url }: { URL: string }): Promise<Response> {
    return Response.json(await run({ openai: openaiTests(url) }));
  },
};
