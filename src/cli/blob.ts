import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { MnemeError } from "mneme";

/** A file that is read as it is needed. `remedy`: what to name instead, if it cannot be read. */
export async function blobOf(file: string, remedy: string): Promise<Blob> {
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is no file");
    return await openAsBlob(file);
  } catch (cause) {
    const problem = `"${file}" cannot be read: ${(cause as Error).message}.`;
    throw new MnemeError("argument", problem, remedy, { cause });
  }
}
