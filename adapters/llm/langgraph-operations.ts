import { MnemeError } from "../../src/index.ts";

// What a store of LangGraph is asked, and what it answers, as LangGraph describes it.

// biome-ignore-start lint/suspicious/noExplicitAny: as LangGraph has it
export interface StoreItem {
  value: Record<string, any>;
  key: string;
  namespace: string[];
  createdAt: Date;
  updatedAt: Date;
}

export interface StoreSearchItem extends StoreItem {
  /** Left out of what the query did not find. */
  score?: number;
}

export interface GetOperation {
  namespace: string[];
  key: string;
}

export interface SearchOperation {
  namespacePrefix: string[];
  filter?: Record<string, any>;
  limit?: number;
  offset?: number;
  query?: string;
}

/** A value of null removes the item. `index`: the paths that are embedded; false: none. */
export interface WriteOperation {
  namespace: string[];
  key: string;
  value: Record<string, any> | null;
  index?: false | string[];
}
// biome-ignore-end lint/suspicious/noExplicitAny: as LangGraph has it

interface MatchCondition {
  matchType: "prefix" | "suffix";
  /** "*" is any label. */
  path: string[];
}

export interface ListNamespacesOperation {
  matchConditions?: MatchCondition[];
  maxDepth?: number;
  limit: number;
  offset: number;
}

export type Operation = GetOperation | SearchOperation | WriteOperation | ListNamespacesOperation;

export type OperationResults<Operations extends readonly Operation[]> = {
  [K in keyof Operations]: Operations[K] extends WriteOperation
    ? // biome-ignore lint/suspicious/noConfusingVoidType: as LangGraph has it
      void
    : Operations[K] extends SearchOperation
      ? StoreSearchItem[]
      : Operations[K] extends GetOperation
        ? StoreItem | null
        : Operations[K] extends ListNamespacesOperation
          ? string[][]
          : never;
};

/** What is longer is no id of a memory, with the "#" between the two. */
const LONGEST = 511;

/** What no store of LangGraph takes is not taken here either. (Of reading nothing is asked: a program may have written there.) */
export function checkPut({ namespace, key, value }: WriteOperation): void {
  if (!Array.isArray(namespace) || namespace.length === 0) throw badPath("it has none");
  for (const label of namespace as unknown[]) {
    if (typeof label !== "string" || label === "") throw badPath("one is no text, or an empty one");
    if (/[.:]/.test(label)) throw badPath(`${JSON.stringify(label)} has one of those in it`);
  }
  const remedy = "LangGraph gives items such names.";
  if (typeof key !== "string") throw new MnemeError("argument", `"key" expected a text, got ${typeof key}.`, remedy);
  if (namespace.join("/").length + key.length > LONGEST) {
    const problem = `"key" and the namespace have more than the ${LONGEST} characters that they may have together.`;
    throw new MnemeError("argument", problem, "Choose shorter ones.");
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new MnemeError("argument", '"value" expected an object, or null.', "Pass what is to be stored.");
  }
  try {
    JSON.stringify(value);
  } catch (cause) {
    throw new MnemeError("argument", '"value" cannot be written as JSON.', "Pass an object of JSON values.", { cause });
  }
}

/** LangGraph keeps this root to itself, but for batches. */
export function checkRoot([root]: readonly string[]): void {
  if (root === "langgraph")
    throw new MnemeError("argument", 'The namespace begins with "langgraph".', "Choose another.");
}

function badPath(came: string): MnemeError {
  const expected = 'labels without "." and ":"';
  return new MnemeError("argument", `"namespace" expected ${expected}; ${came}.`, 'Such as ["users", "ada"].');
}

export function matches(path: readonly string[], { matchType, path: wanted }: MatchCondition): boolean {
  if (matchType !== "prefix" && matchType !== "suffix") {
    throw new MnemeError("argument", '"matchType" expected "prefix" or "suffix".', "Correct it.");
  }
  const start = matchType === "prefix" ? 0 : path.length - wanted.length;
  return path.length >= wanted.length && wanted.every((label, i) => label === "*" || label === path[start + i]);
}
