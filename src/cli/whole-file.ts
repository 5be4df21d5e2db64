import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Writable } from "node:stream";
import { MnemeError } from "mneme";

/** Under another name until it is whole; its owner's alone, as the store may be. */
export async function writeWhole(file: string, stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await stream.pipeTo(Writable.toWeb(createWriteStream(partial, { flags: "w", mode: 0o600 })), { signal });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const problem = `"${file}" cannot be written: ${(error as Error).message}.`;
    throw new MnemeError("argument", problem, "Name a file in a folder that is there.", { cause: error });
  }
}

/** The stream as it is, and how many bytes went through. */
export function counted(stream: ReadableStream<Uint8Array>, tell: (bytes: number) => void): ReadableStream<Uint8Array> {
  let bytes = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        tell(bytes);
        controller.enqueue(chunk);
      },
    }),
  );
}
