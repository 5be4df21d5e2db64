import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "./traces.ts";

/** Every file in a folder, and in those in it, byte by byte. */
export async function filesIn(folder: string): Promise<Files> {
  const files: [string, Uint8Array][] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await lstat(path)).isFile()) files.push([name, await readFile(path)]);
  }
  return files;
}
