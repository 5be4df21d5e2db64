import { MnemeError } from "../error.ts";

/** As it stands in the store. */
export interface LedgerText {
  /** Pairs of questions, a hash each: the second's answer is none to the first. */
  rejected: string[];
  /** By namespace, and by tag: the store's version up to which all entries are invalid. */
  namespaces: [name: string, version: number][];
  tags: [name: string, version: number][];
}

export function parseLedger(text = "{}"): LedgerText {
  let given: Partial<LedgerText> | undefined;
  let cause: unknown;
  try {
    given = JSON.parse(text) as Partial<LedgerText>;
  } catch (error) {
    cause = error;
  }
  const { rejected = [], namespaces = [], tags = [] } = given ?? {};
  if (
    typeof given === "object" &&
    given !== null &&
    isList(rejected, isName) &&
    isList(namespaces, isSaid) &&
    isList(tags, isSaid)
  ) {
    return { rejected, namespaces, tags };
  }
  const problem = "What the store says of rejected and invalid entries is damaged.";
  const remedy = "What is said from now on is heeded; reject and invalidate again what matters.";
  throw new MnemeError("corrupt", problem, remedy, { cause });
}

/** What another store may take over: versions of this one say nothing there. Undefined where it cannot be read, or there is none. */
export function portable(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.stringify({ ...parseLedger(text), namespaces: [], tags: [] } satisfies LedgerText);
  } catch {
    return undefined;
  }
}

function isList(list: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(list) && list.every(isItem);
}

function isName(name: unknown): boolean {
  return typeof name === "string";
}

function isSaid(said: unknown): boolean {
  return Array.isArray(said) && isName(said[0]) && Number.isFinite(said[1]);
}
