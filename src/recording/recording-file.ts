import { argumentError, MnemeError } from "../error.ts";
import type { Awaitable } from "../store/store.ts";

/** Where a recording lies. */
export interface RecordingFile {
  /** Undefined: there is none yet. */
  read(): Awaitable<string | undefined>;
  write(text: string): Awaitable<void>;
}

export function fileAt(path: string): RecordingFile {
  if (typeof path !== "string" || path === "") {
    throw argumentError(
      "path",
      "a file's path",
      path,
      'For example "test/answers.json"; or give { file: { read, write } }.',
    );
  }
  // Not imported: bundles for browsers have no such module.
  const fs = globalThis.process?.getBuiltinModule?.("node:fs")?.promises;
  if (fs === undefined) {
    throw new MnemeError(
      "unsupported",
      "This runtime has no files.",
      "Give { file: { read, write } } instead of a path.",
    );
  }
  return {
    async read() {
      try {
        return await fs.readFile(path, "utf8");
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return undefined;
        throw new MnemeError("store", `${path} cannot be read.`, "See the cause.", { cause: error });
      }
    },
    /** All of it or nothing: a process that ends meanwhile leaves what was there. */
    async write(text) {
      const own = `${path}.${Math.random().toString(36).slice(2)}.tmp`;
      try {
        await fs.mkdir(folderOf(path), { recursive: true });
        await fs.writeFile(own, text);
        await fs.rename(own, path);
      } catch (cause) {
        await fs.rm(own, { force: true });
        throw new MnemeError("store", `${path} cannot be written.`, "See the cause.", { cause });
      }
    },
  };
}

function folderOf(path: string): string {
  return /^(.*)[/\\][^/\\]*$/.exec(path)?.[1] || (path.startsWith("/") ? "/" : ".");
}
