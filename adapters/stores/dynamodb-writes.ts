import type { Attribute, Item } from "./dynamodb-client.ts";
import { expiryOf, itemsOf, orderOf } from "./dynamodb-items.ts";
import { INDEXES, type Key, keyOf, type Layout, padded } from "./dynamodb-layout.ts";
import type { Plan, Row } from "./dynamodb-plan.ts";

/** One action of a transaction: the input of TransactWriteItems has a list of them. */
export interface Write {
  Put?: { TableName: string; Item: Item } & Condition;
  Delete?: { TableName: string; Key: Key } & Condition;
  Update?: { TableName: string; Key: Key; UpdateExpression: string } & Condition;
}
interface Condition {
  ConditionExpression?: string;
  ExpressionAttributeValues?: Item;
  ExpressionAttributeNames?: Record<string, string>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD";
}

/** Longer lists of ids do not fit into an item of the feed: readers then scan again. */
const FEED_CHARACTERS = 300_000;

/** What a plan writes to the entries themselves. */
export function entryWrites(table: string, layout: Layout, { rows }: Plan): Write[] {
  return rows.flatMap((row) => {
    const { before, put } = row;
    const oldParts = Array.from({ length: before?.parts ?? 0 }, (_, n) => ({
      Delete: { TableName: table, Key: layout.part(row.id, before!.revision, n) },
    }));
    if (row.gone) return before === undefined ? [] : [removal(table, layout, row), ...oldParts];
    if (put !== undefined) {
      const { id, digests, revision, hits, accessedAt, expiresAt } = row;
      const placed = { ...digests, id, revision, hits, accessedAt: accessedAt!, expiresAt };
      return [...itemsOf(layout, put, placed).map((Item) => ({ Put: { TableName: table, Item } })), ...oldParts];
    }
    return row.hits > 0 ? [use(table, layout, row)] : [];
  });
}

function removal(table: string, layout: Layout, { id, before, guarded }: Row): Write {
  const Key = layout.entry(id);
  if (!guarded) return { Delete: { TableName: table, Key } };
  const ExpressionAttributeValues = { ":read": { S: before!.expiry! } };
  return {
    Delete: { TableName: table, Key, ConditionExpression: `${INDEXES.expiry} = :read`, ExpressionAttributeValues },
  };
}

/** Hits are added, not set: what others touch at the same time counts, too. */
function use(table: string, layout: Layout, { id, digests, hits, accessedAt, expiresAt, moved }: Row): Write {
  const order = orderOf(id, digests.namespaceDigest, accessedAt!);
  const values: Item = { ":n": { N: String(hits) } };
  const sets = Object.entries(order).map(([name, value]) => {
    values[`:${name}`] = value;
    return `${name} = :${name}`;
  });
  if (moved && expiresAt !== null) {
    sets.push(`${INDEXES.expiry} = :x`);
    values[":x"] = { S: expiryOf(id, expiresAt) };
  }
  const never = moved && expiresAt === null ? ` REMOVE ${INDEXES.expiry}` : "";
  return {
    Update: {
      TableName: table,
      Key: layout.entry(id),
      UpdateExpression: `SET ${sets.join(", ")}${never} ADD hits :n`,
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: values,
    },
  };
}

/** How many entries more each namespace has afterwards, by its digest, with its name where it may be new. */
export function growth({ rows }: Plan): Map<string, { by: number; name: string | undefined }> {
  const growth = new Map<string, { by: number; name: string | undefined }>();
  for (const { before, put, gone, digests } of rows) {
    const by = Number(!gone && put !== undefined) - Number(before !== undefined && (gone || put !== undefined));
    if (by === 0) continue;
    const known = growth.get(digests.namespaceDigest);
    growth.set(digests.namespaceDigest, { by: by + (known?.by ?? 0), name: known?.name ?? put?.namespace });
  }
  return growth;
}

/** A namespace's count as it will be; one without entries goes. */
export function namespaceWrite(table: string, layout: Layout, digest: string, count: number, name: Attribute): Write {
  const key = keyOf(layout.namespaces, digest);
  if (count === 0) return { Delete: { TableName: table, Key: key } };
  return { Put: { TableName: table, Item: { ...key, n: { N: String(count) }, name } } };
}

export function feedWrite(table: string, layout: Layout, { rows }: Plan, version: number): Write {
  const put = rows.filter((row) => row.put !== undefined && !row.gone).map(({ id }) => id);
  const removed = rows.filter((row) => row.gone).map(({ id }) => id);
  const lists = { put: { S: put.join() }, removed: { S: removed.join() } };
  const told = lists.put.S.length + lists.removed.S.length <= FEED_CHARACTERS ? lists : { lost: { BOOL: true } };
  return { Put: { TableName: table, Item: { ...keyOf(layout.feed, padded(version)), ...told } } };
}
