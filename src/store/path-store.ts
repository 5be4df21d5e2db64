import { MnemeError } from "../error.ts";
import type { Store } from "./store.ts";

/** Stands where no file engine does; package.json's "#path-store" puts the runtime's own in its place. */
export function openPath(_path: string): Store {
  throw new MnemeError(
    "unsupported",
    'This runtime has no store for the option "path".',
    'Leave "path" out to keep entries in memory, or pass a "store".',
  );
}

/** No file, so none beside it to restore into: what opening says goes. */
export function stagePath(_path: string, _replace: boolean): undefined {
  return undefined;
}
