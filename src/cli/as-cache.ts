import { type Embedder, type Identity, type IndexFactory, MnemeError } from "mneme";

/** Stands in for the embedder that filled a store, for commands that embed nothing. */
export function sameAs({ fingerprint, dimensions }: Identity): Embedder {
  return {
    fingerprint,
    dimensions,
    embed: () => {
      throw new MnemeError("unsupported", "This command embeds nothing.", "Use the library.");
    },
  };
}

/** Holds nothing, for commands that search nothing. */
export const noIndex: IndexFactory = ({ dimensions }) => ({
  dimensions,
  size: 0,
  bytes: 0,
  exact: false,
  add: () => {},
  remove: () => false,
  ids: () => [],
  clear: () => {},
  search: () => [],
});
