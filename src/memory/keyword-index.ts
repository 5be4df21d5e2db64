import { argumentError } from "../error.ts";
import { type TermOptions, termsOf } from "../text/terms.ts";
import type { Statistics, Weighting } from "./bm25.ts";
import { Corpus } from "./corpus.ts";
import type { Ranked } from "./fusion.ts";

export interface KeywordOptions extends TermOptions {
  /** How soon more of a word in a text counts no more: at 0 the first one is all. Default 1.2. */
  k1?: number | undefined;
  /** How much less a word counts in a longer text, 0…1. Default 0.75. */
  b?: number | undefined;
}

/** A namespace, and which of its texts are meant. */
export interface Searched {
  namespace: string;
  filter?: ((id: number) => boolean) | undefined;
}

export interface FoundTogether {
  found: Ranked[];
  also: Ranked[];
  /** Those of these that have at least this share of the query's words, by their rarity. */
  saying(ids: readonly number[], least: number): number[];
}

/**
 * Texts by their words, each namespace by itself: neither what is found nor how it is scored depends on other tenants' texts.
 * Scores are those of BM25. It keeps terms only, none of the texts.
 */
export class KeywordIndex {
  readonly #options: TermOptions;
  readonly #weighting: Weighting;
  readonly #corpora = new Map<string, Corpus>();
  /** By id. */
  readonly #owners = new Map<number, Corpus>();

  constructor({ k1 = 1.2, b = 0.75, ...options }: KeywordOptions = {}) {
    if (!(k1 >= 0 && k1 < Number.POSITIVE_INFINITY)) {
      throw argumentError("k1", "a number from 0 up", k1, "Leave it out for 1.2.");
    }
    if (!(b >= 0 && b <= 1)) throw argumentError("b", "a number from 0 to 1", b, "Leave it out for 0.75.");
    this.#options = options;
    this.#weighting = { k1, b };
  }

  get size(): number {
    return this.#owners.size;
  }

  /** What it takes, but for the terms themselves and the maps they and the ids are found by. */
  get bytes(): number {
    let bytes = 0;
    for (const corpus of this.#corpora.values()) bytes += corpus.bytes;
    return bytes;
  }

  /** A known id gets this text and namespace instead of its own. */
  add(id: number, namespace: string, text: string): void {
    const terms = termsOf(text, this.#options);
    this.remove(id);
    let corpus = this.#corpora.get(namespace);
    if (corpus === undefined) {
      corpus = new Corpus(namespace, this.#weighting);
      this.#corpora.set(namespace, corpus);
    }
    corpus.add(id, terms);
    this.#owners.set(id, corpus);
  }

  /** Whether there was one. */
  remove(id: number): boolean {
    const corpus = this.#owners.get(id);
    if (corpus === undefined) return false;
    this.#owners.delete(id);
    corpus.remove(id);
    if (corpus.size === 0) this.#corpora.delete(corpus.namespace);
    return true;
  }

  /** All of a namespace, or all. */
  clear(namespace?: string): void {
    if (namespace === undefined) {
      this.#corpora.clear();
      this.#owners.clear();
      return;
    }
    for (const id of this.#corpora.get(namespace)?.ids() ?? []) this.#owners.delete(id);
    this.#corpora.delete(namespace);
  }

  /**
   * The `k` best texts of a namespace with any of the query's words in them, of those whose ids the filter lets through. Best
   * first; of equal ones the lowest id. None where the query has no words.
   */
  search(namespace: string, query: string, k: number, filter?: (id: number) => boolean): Ranked[] {
    return this.#corpora.get(namespace)?.search(termsOf(query, this.#options), k, filter) ?? [];
  }

  /**
   * The same in several namespaces, as if their texts were of one: what a word is worth is the same in all of them. In any order;
   * up to `k` of each. And of those that are also asked about, what each is given that has any of the words.
   */
  searchTogether(places: readonly Searched[], query: string, k: number, also: readonly number[] = []): FoundTogether {
    const terms = termsOf(query, this.#options);
    const all: Statistics = { size: 0, length: 0, texts: new Map() };
    const searched = places.flatMap(({ namespace, filter }) => {
      const corpus = this.#corpora.get(namespace);
      if (corpus === undefined) return [];
      const own = corpus.statistics(terms);
      all.size += own.size;
      all.length += own.length;
      for (const [term, texts] of own.texts) all.texts.set(term, (all.texts.get(term) ?? 0) + texts);
      return [{ corpus, filter }];
    });
    // All are counted before the first is searched.
    return {
      found: searched.flatMap(({ corpus, filter }) => corpus.search(terms, k, filter, all)),
      also: searched.flatMap(({ corpus }) => corpus.scores(also, all)),
      saying: (ids, least) => searched.flatMap(({ corpus }) => corpus.saying(terms, ids, least, all)),
    };
  }
}
