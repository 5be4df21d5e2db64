import { argumentError } from "../error.ts";
import type { KernelLevel } from "../kernel/kernel.ts";
import type { ShardOptions } from "./shard.ts";

/** How the numbers of rows are kept. What is searched is what they say. */
type Dtype = "float32" | "float16" | "int8";

export interface ExactIndexOptions {
  /** Default "float32". */
  dtype?: Dtype | undefined;
  /** "codes": 140 bytes a row are kept, and the rows themselves are asked for. Default "rows". */
  resident?: "rows" | "codes" | undefined;
  /** So many threads search together where there are very many rows, if this runtime has threads. Default 1. */
  threads?: number | undefined;
  /** Fewer rows of a namespace are searched alone. Default: 200,000, below which sharing costs more than it saves. */
  helpFrom?: number | undefined;
  /** Readers in other threads may search it: its rows stay in one memory, which is shared where there is such. Default false. */
  readers?: boolean | undefined;
  /** The best kernel wanted. Default "simd"; "simd-shared" with threads or readers. */
  level?: KernelLevel | undefined;
  /** One memory never grows past so many bytes; rows that would need more go into another. Default: 4 GiB. */
  most?: number | undefined;
}

const WIDTHS = { float32: 4, float16: 2, int8: 1 } as const;
const HELP_FROM = 200_000;
const MOST_THREADS = 64;

/** What the memories of an index with these options are opened with. */
export function checkOptions(options: ExactIndexOptions): ShardOptions {
  const { dtype = "float32", resident = "rows", threads = 1, helpFrom = HELP_FROM, readers = false, most } = options;
  if (!(dtype in WIDTHS)) {
    throw argumentError("dtype", '"float32", "float16" or "int8"', dtype, "Leave it out for float32.");
  }
  if (resident !== "rows" && resident !== "codes") {
    throw argumentError("resident", '"rows" or "codes"', resident, "Leave it out to keep rows in memory.");
  }
  if (resident === "codes" && dtype !== "float32") {
    const remedy = "The rows are the store's, which are float32.";
    throw argumentError("dtype", 'float32 with resident: "codes"', dtype, remedy);
  }
  if (resident === "codes" && readers) {
    const remedy = "Readers find vectors in shared memory alone.";
    throw argumentError("resident", '"rows" where other threads read', resident, remedy);
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw argumentError("threads", `a whole number from 1 to ${MOST_THREADS}`, threads, "Leave it out for one.");
  }
  const level = options.level ?? (threads > 1 || readers ? "simd-shared" : "simd");
  return { level, most, width: WIDTHS[dtype], helpers: threads - 1, helpFrom };
}
