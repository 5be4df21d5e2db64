import { MnemeError } from "../error.ts";
import type { Identity } from "./store.ts";

/** Refuses to mix embedders in one store. `stamped` is what the store was filled with. */
export function checkIdentity(store: string, stamped: Identity, given: Identity): void {
  if (stamped.fingerprint === given.fingerprint && stamped.dimensions === given.dimensions) return;
  const show = (identity: Identity): string => `"${identity.fingerprint}" with ${identity.dimensions} dimensions`;
  throw new MnemeError(
    stamped.fingerprint === given.fingerprint ? "dimension" : "fingerprint",
    `The ${store} store was filled by the embedder ${show(stamped)}, not by ${show(given)}.`,
    "Open it with the embedder that filled it, or use a new store.",
  );
}
