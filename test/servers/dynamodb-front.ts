import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  endpoint: string;
  /** Requests since it was armed last. */
  readonly requests: number;
  /** From the request after so many more on, the fault strikes so many times. */
  arm(fault: FrontFault, after: number, times: number): void;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}
/** An answer instead of the server's, before the server has heard of it; undefined where it does not apply. */
type Instead = (operation: string, body: string) => { status: number; answer: object } | undefined;
/** What becomes of the server's own answer; undefined: the line is cut before it. */
type Afterwards = (answer: Answer) => Answer | undefined;

const PREFIX = "DynamoDB_20120810.";
const NAME = "com.amazonaws.dynamodb.v20120810#";

const refusal =
  (name: string, status = 400): Instead =>
  () => ({ status, answer: { __type: `${NAME}${name}`, message: "The front refused it." } });

const unprocessed: Instead = (operation, body) => {
  const { RequestItems } = JSON.parse(body) as { RequestItems?: object };
  if (operation === "BatchGetItem") return { status: 200, answer: { Responses: {}, UnprocessedKeys: RequestItems } };
  if (operation === "BatchWriteItem") return { status: 200, answer: { UnprocessedItems: RequestItems } };
  return undefined;
};

const cancelled =
  (Code: string): Instead =>
  (operation, body) => {
    if (operation !== "TransactWriteItems") return undefined;
    const { TransactItems } = JSON.parse(body) as { TransactItems: object[] };
    const CancellationReasons = TransactItems.map((_, i) => ({ Code: i === 0 ? Code : "None" }));
    const Message = "Transaction cancelled";
    return {
      status: 400,
      answer: { __type: `${NAME}TransactionCanceledException`, Message, CancellationReasons },
    };
  };

const INSTEAD = {
  throughput: refusal("ProvisionedThroughputExceededException"),
  throttling: refusal("ThrottlingException"),
  limit: refusal("RequestLimitExceeded"),
  failing: refusal("InternalServerError", 500),
  unprocessed,
  conflicting: cancelled("TransactionConflict"),
  cancelled: cancelled("ThrottlingError"),
} satisfies Record<string, Instead>;

const AFTERWARDS = {
  lost: () => undefined,
  "done, but failing": ({ headers }) => ({
    status: 500,
    headers,
    body: Buffer.from(JSON.stringify({ __type: `${NAME}InternalServerError` })),
  }),
  garbage: (answer) => ({ ...answer, body: Buffer.from(answer.body.map((byte) => byte ^ 0x55)) }),
  "cut short": (answer) => ({ ...answer, body: answer.body.subarray(0, answer.body.length / 2) }),
} satisfies Record<string, Afterwards>;

export type FrontFault = keyof typeof INSTEAD | keyof typeof AFTERWARDS;
export const FRONT_FAULTS = [...Object.keys(INSTEAD), ...Object.keys(AFTERWARDS)] as FrontFault[];

/**
 * DynamoDB behind a line on which things go wrong: on a bad one at every third request, by turns; on others when told to.
 * `GET /faults` tells how many requests went wrong. It tells pages of other origins that they may use it, which DynamoDB Local does not.
 */
export async function startFront(server: string, line: "bad" | "good" = "good"): Promise<Front> {
  const agent = new Agent({ keepAlive: true });
  let armed: { fault: FrontFault; after: number; times: number } | undefined;
  let requests = 0;
  let faults = 0;

  const faultNow = (): FrontFault | undefined => {
    requests++;
    if (line === "bad") return requests % 3 === 0 ? FRONT_FAULTS[(requests / 3) % FRONT_FAULTS.length] : undefined;
    if (armed === undefined || armed.after-- > 0 || armed.times-- <= 0) return undefined;
    return armed.fault;
  };

  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (asked.url === "/faults") {
      response.end(String(faults));
      return;
    }
    if (asked.method === "OPTIONS") {
      response.setHeader("Access-Control-Allow-Headers", asked.headers["access-control-request-headers"] ?? "*");
      response.setHeader("Access-Control-Max-Age", "7200");
      response.end();
      return;
    }
    const body = await bytesOf(asked);
    const operation = String(asked.headers["x-amz-target"] ?? "").replace(PREFIX, "");
    const fault = faultNow();
    if (fault !== undefined && fault in INSTEAD) {
      const instead = INSTEAD[fault as keyof typeof INSTEAD](operation, body.toString());
      if (instead !== undefined) {
        faults++;
        response.writeHead(instead.status, { "Content-Type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify(instead.answer));
        return;
      }
    }
    const told = await passed(server, agent, asked, body);
    if (fault !== undefined && fault in AFTERWARDS) {
      faults++;
      const changed = AFTERWARDS[fault as keyof typeof AFTERWARDS](told);
      if (changed === undefined) {
        asked.socket.destroy();
        return;
      }
      const cut = fault === "cut short" ? 1 : 0; // more is promised than comes
      response.writeHead(changed.status, { ...changed.headers, "Content-Length": changed.body.length + cut });
      response.write(changed.body, () => cut && asked.socket.destroy());
      if (!cut) response.end();
      return;
    }
    response.writeHead(told.status, told.headers);
    response.end(told.body);
  };

  const http = createServer((asked, response) => {
    answer(asked, response).catch(() => asked.socket.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    arm(fault, after, times) {
      armed = { fault, after, times };
      requests = 0;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function passed(server: string, agent: Agent, asked: IncomingMessage, body: Buffer): Promise<Answer> {
  const { host, connection, ...headers } = asked.headers;
  return new Promise((resolve, reject) => {
    const asking = request(server, { method: "POST", agent, headers }, async (told) => {
      const named = Object.entries(told.headers).filter(([name]) => /^(content-type|x-amz)/.test(name));
      const kept = Object.fromEntries(named) as Record<string, string>;
      resolve({ status: told.statusCode!, headers: kept, body: await bytesOf(told) });
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
