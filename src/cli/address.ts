import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Identity, MnemeError, memoryStore, type Store } from "mneme";
import { UsageError } from "./command.ts";

/** A store that someone named on the command line. */
export interface Named {
  /** As it may be shown: without secrets. */
  address: string;
  store: Store;
  /** The files it lies in, where it lies in files; some may be absent. The first is the store itself. */
  files: string[];
  /** On which server it is, and where there; without secrets. */
  place?: string;
}

type Open = (rest: string, address: string) => Promise<Omit<Named, "address">>;

/** How the part behind a scheme's colon names a store. */
const SCHEMES: Record<string, Open> = {
  sqlite: async (rest) => {
    const path = rest.replace(/^\/\//, ""); // sqlite://answers.db, sqlite:///var/answers.db
    if (path === "") throw new UsageError('"sqlite:" expected a path behind it.');
    const { openPath } = await import("#path-store"); // by this runtime's own engine, or sql.js
    return { store: openPath(path), files: SIDECARS.map((suffix) => path + suffix) };
  },
  memory: async () => ({ store: memoryStore(), files: [] }),
  redis: async (_, address) => (await servers()).redis(address),
  rediss: async (_, address) => (await servers()).redis(address),
  upstash: async (rest) => (await servers()).upstash(rest),
  postgres: async (_, address) => (await servers()).postgres(address),
  postgresql: async (_, address) => (await servers()).postgres(address),
  dynamodb: async (rest) => (await servers()).dynamodb(rest),
};
const servers = (): Promise<typeof import("./server-address.ts")> => import("./server-address.ts");
/** What engines keep beside a file. */
const SIDECARS = ["", "-wal", "-shm", "-log", "-lock"];

/** Not opened yet. A bare path is a SQLite file. */
export async function named(address: string): Promise<Named> {
  if (address === "") throw new UsageError("An empty address names no store.");
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(address) ?? [];
  const open = scheme === undefined ? SCHEMES.sqlite! : SCHEMES[scheme.toLowerCase()];
  if (open === undefined) {
    const known = Object.keys(SCHEMES).map((name) => `${name}:`);
    throw new UsageError(
      `"${scheme}:" is no kind of store. There are: ${known.join(", ")}, or the path of a SQLite file.`,
    );
  }
  return { address: masked(address), ...(await open(rest ?? address, address)) };
}

/** Opened by what it says of itself. A tool that only looks must not make what is absent. */
export async function opened(address: string): Promise<Named & { identity: Identity }> {
  const { store, ...rest } = await named(address);
  try {
    const identity = await store.identify?.();
    if (identity === undefined) {
      const problem = `There is no store at ${rest.address}.`;
      throw new MnemeError("store", problem, "A cache makes it when it is opened there.");
    }
    await store.open(identity);
    return { store, ...rest, identity };
  } catch (error) {
    await store.close(); // a connection would keep the process
    throw error;
  }
}

/** How many bytes it takes on disk; undefined where it lies in no files. */
export function bytesOf({ files }: Named): number | undefined {
  if (files.length === 0) return undefined;
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Whether two addresses name one store, by whatever path or link; or one what an engine keeps beside the other. */
export function overlap(a: Named, b: Named): boolean {
  if (a.place !== undefined && a.place === b.place) return true;
  const identities = (named: Named): string[] =>
    named.files.flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return [resolve(file), ...(stat ? [`${stat.dev}:${stat.ino}`] : [])];
    });
  const all = new Set(identities(a));
  return identities(b).some((identity) => all.has(identity));
}

const SECRET_NAMES = "password|passwd|pwd|pass|token|secret|key|apikey|api_key|access_key|auth|authtoken|signature|sig";

/** A text in which addresses may stand, without what they keep secret: the user's part of a URL, and telling parameters. */
export function masked(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"'`]*@/gi, "$1***@")
    .replace(new RegExp(`([?&;](?:${SECRET_NAMES})=)[^&;\\s"'\`]*`, "gi"), "$1***");
}
