import { MnemeError } from "../../src/index.ts";
import { COUNTERS, GAUGES, HISTOGRAMS, type Labels } from "./metric.ts";

export interface MetricsOptions {
  /** What all names begin with. Default "mneme". */
  prefix?: string | undefined;
  /** Besides the usual ones, on every metric: what tells this cache apart from others on the same registry or meter. */
  labels?: Labels | undefined;
  /** What stands at the label `namespace`; undefined: "_other". Default: the namespace itself. */
  namespaceLabel?: ((namespace: string) => string | undefined) | undefined;
  /** So many namespaces, those met first, get a label of their own; the rest are "_other". Default 100. */
  maxNamespaces?: number | undefined;
}

export const TOTAL = "_total";
export const OTHER = "_other";
const MAX_NAMESPACES = 100;
/** UTF-16 code units: what is longer is no name. */
const MAX_LENGTH = 128;
/** Half a pair: systems of metrics replace each by the same sign, and two names would become one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Both systems accept such names. */
const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,99}$/;
const OWN = new Set(
  [COUNTERS, HISTOGRAMS, GAUGES].flatMap((kind) => Object.values(kind).flatMap(({ labels }) => labels)),
);
/** Prometheus puts these on histograms and summaries. */
const RESERVED = new Set([...OWN, "le", "quantile"]);

export function checkPrefix(prefix = "mneme"): string {
  if (typeof prefix === "string" && NAME.test(prefix)) return prefix;
  throw argumentError("prefix", "letters, digits and underscores, a letter first");
}

/** Returns a copy, in an order of its own. */
export function checkLabels(labels: Labels = {}): Labels {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, value] of entries) {
    if (!NAME.test(name) || RESERVED.has(name)) {
      throw argumentError(
        "labels",
        `names of letters, digits and underscores, but none of ${[...RESERVED].join(", ")}`,
      );
    }
    if (typeof value !== "string") throw argumentError("labels", "texts as values");
  }
  return Object.fromEntries(entries);
}

/**
 * Which label a namespace gets. Namespaces may be very many and anybody's texts, and each label costs memory here and in
 * whatever collects them: so only so many are told apart.
 */
export class NamespaceLabels {
  readonly #label: (namespace: string) => string | undefined;
  readonly #max: number;
  /** Those given out so far. */
  readonly #known = new Set<string>();
  #others = false;

  constructor({ namespaceLabel = (namespace) => namespace, maxNamespaces = MAX_NAMESPACES }: MetricsOptions) {
    if (typeof namespaceLabel !== "function") throw argumentError("namespaceLabel", "a function");
    if (!Number.isInteger(maxNamespaces) || maxNamespaces < 0) throw argumentError("maxNamespaces", "a whole number");
    this.#label = namespaceLabel;
    this.#max = maxNamespaces;
  }

  of(namespace: string): string {
    const label = this.#label(namespace);
    if (typeof label === "string" && (this.#known.has(label) || this.#isNew(label))) return label;
    this.#others = true;
    return OTHER;
  }

  /** Every label that was given out. */
  get all(): string[] {
    return this.#others ? [...this.#known, OTHER] : [...this.#known];
  }

  #isNew(label: string): boolean {
    if (this.#known.size >= this.#max || label.length > MAX_LENGTH) return false;
    if (label === TOTAL || label === OTHER || LONE_SURROGATE.test(label)) return false;
    this.#known.add(label);
    return true;
  }
}

function argumentError(name: string, expected: string): MnemeError {
  return new MnemeError("argument", `"${name}" expected ${expected}.`, "Correct it, or leave it out for the default.");
}
