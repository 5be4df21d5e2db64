import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  endpoint: string;
  close(): Promise<void>;
}

/** What goes wrong at a request: the server is busy, does a part of it only, or does it and the answer is lost. */
type Fault = (operation: string, body: string) => { status: number; answer: object } | "lost" | undefined;

const PREFIX = "DynamoDB_20120810.";

const busy: Fault = () => ({
  status: 400,
  answer: {
    __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.",
  },
});

const unprocessed: Fault = (operation, body) => {
  const { RequestItems } = JSON.parse(body) as { RequestItems?: object };
  if (operation === "BatchGetItem") return { status: 200, answer: { Responses: {}, UnprocessedKeys: RequestItems } };
  if (operation === "BatchWriteItem") return { status: 200, answer: { UnprocessedItems: RequestItems } };
  return undefined;
};

const conflicting: Fault = (operation, body) => {
  if (operation !== "TransactWriteItems") return undefined;
  const { TransactItems } = JSON.parse(body) as { TransactItems: object[] };
  const reasons = TransactItems.map((_, i) => ({ Code: i === 0 ? "TransactionConflict" : "None" }));
  return {
    status: 400,
    answer: {
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      Message: "Transaction cancelled",
      CancellationReasons: reasons,
    },
  };
};

const lost: Fault = (operation) => (operation === "TransactWriteItems" ? "lost" : undefined);

/** In turn, at every third request: what does not apply to the request lets it pass. */
const FAULTS = [busy, unprocessed, conflicting, lost];

/**
 * DynamoDB behind a line, on which things go wrong unless it is a good one. `GET /faults` tells how many requests went wrong.
 * It tells pages of other origins that they may use it, which DynamoDB Local does not.
 */
export async function startFront(server: string, line: "bad" | "good" = "bad"): Promise<Front> {
  let requests = 0;
  let faults = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (request.url === "/faults") {
      response.end(String(faults));
      return;
    }
    const body = await bodyOf(request);
    const operation = String(request.headers["x-amz-target"] ?? "").replace(PREFIX, "");
    const turn = operation === "" ? 1 : ++requests; // a browser's question before a request has no operation
    const fault = line === "bad" && turn % 3 === 0 ? FAULTS[(turn / 3) % FAULTS.length]!(operation, body) : undefined;
    if (fault !== undefined) faults++;
    if (typeof fault === "object") {
      response.writeHead(fault.status, { "Content-Type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(fault.answer));
      return;
    }
    const { method = "POST", headers } = request;
    const { host, connection, "content-length": length, ...passed } = headers;
    const options = method === "POST" ? { body } : {};
    const told = await fetch(server, { method, headers: passed as Record<string, string>, ...options });
    const text = await told.text();
    if (fault === "lost") {
      request.socket.destroy();
      return;
    }
    const named = [...told.headers].filter(([name]) => /^(access-control-|content-type|x-amz)/.test(name));
    response.writeHead(told.status, Object.fromEntries(named));
    response.end(text);
  };
  const http = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
