import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DynamoDBClient, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { equal, ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";
import { type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

interface Consumed {
  CapacityUnits: number;
}

/** What calls cost is on the page of the store, as the server counts it. */
export const dynamodbCapacityTests =
  (place: DynamoDBPlace): Suite =>
  (test) => {
    for (const dimensions of [384, 768, 1536]) {
      test(`what calls cost with vectors of ${dimensions} dimensions is what docs/stores/dynamodb.md says`, async () => {
        const stores = new Stores(place);
        const counted = counting(stores.client());
        const store = dynamodbStore(stores.options({ client: counted.client }));
        await store.open({ fingerprint: "capacity", dimensions });
        const put = (key: string) => ({
          put: newEntry({
            key,
            text: "t".repeat(100),
            value: JSON.stringify("a".repeat(1000)),
            vector: Float32Array.from({ length: dimensions }, (_, i) => i),
            expiresAt: 9e12,
          }),
        });
        await store.commit([put("another")]);
        const calls: (() => unknown)[] = [
          () => store.commit([put("k")]),
          () => store.commit([put("k")]),
          () => store.commit([{ touch: [2], at: 9000 }]),
          () => store.get("n", "k"),
          () => store.getMany([1, 2]),
          () => store.changesSince(2),
          () => store.version(),
          () => store.commit([{ remove: [2] }]),
        ];
        const costs: number[][] = [];
        for (const call of calls) costs.push(await counted.cost(call));
        const row = `| ${dimensions} | ${costs.map(([read, written]) => `${read} / ${written}`).join(" | ")} |`;
        const page = (await readFile(join(ROOT, "docs/stores/dynamodb.md"), "utf8")).replace(/ +/g, " ");
        ok(page.includes(row), `the page does not have ${row}`);
        equal((await store.changesSince(0))?.version, 4);
        await store.close();
      });
    }
  };

/** A client that asks what each command consumed: units read, and units written. */
function counting(client: DynamoDBClient): {
  client: DynamoDBClient;
  cost(call: () => unknown): Promise<number[]>;
} {
  let units = [0, 0];
  const send = async (command: { input: { ReturnConsumedCapacity?: string; TransactItems?: object } }) => {
    command.input.ReturnConsumedCapacity = "TOTAL";
    const answer = (await client.send(command as never)) as { ConsumedCapacity?: Consumed | Consumed[] };
    const writes = command.input.TransactItems !== undefined;
    for (const { CapacityUnits } of [answer.ConsumedCapacity ?? []].flat()) units[Number(writes)]! += CapacityUnits;
    return answer;
  };
  return {
    client: { send: send as DynamoDBClient["send"] },
    async cost(call) {
      units = [0, 0];
      await call();
      return units;
    },
  };
}
