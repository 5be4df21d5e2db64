import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { testEmbedder } from "../conformance/embedder.ts";

/** Speaks OpenAI's protocol as far as examples use it. Its embedder knows words only; its model answers with the question. */
export interface ModelServer {
  /** For OPENAI_BASE_URL. */
  readonly url: string;
  readonly key: string;
  /** The questions the model was asked. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface Asked {
  input: string[];
  dimensions: number;
  messages: { content: string }[];
}

const KEY = "key-0123456789";

export async function startModelServer(): Promise<ModelServer> {
  const asked: string[] = [];
  const answers: Record<string, (body: Asked) => object> = {
    "/v1/embeddings": ({ input, dimensions }) => {
      const vectors = testEmbedder({ dimensions }).embed(input);
      return { data: vectors.map((vector) => ({ embedding: [...vector] })) };
    },
    "/v1/chat/completions": ({ messages: [message] }) => {
      asked.push(message!.content);
      return { choices: [{ message: { content: `The answer to: ${message!.content}` } }] };
    },
  };
  const server = createServer(async (request, response) => {
    const answer = answers[request.url!];
    if (answer === undefined || request.headers.authorization !== `Bearer ${KEY}`) response.writeHead(401).end();
    else response.end(JSON.stringify(answer(await bodyOf(request))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    key: KEY,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Asked> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return JSON.parse(body) as Asked;
}
