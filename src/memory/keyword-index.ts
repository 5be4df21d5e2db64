import { type TermOptions, termsOf } from "../text/terms.ts";
import type { Ranked } from "./fusion.ts";
export class KeywordIndex {
  #docs = new Map<number, { ns: string; terms: Set<string> }>();
  constructor(_o?: TermOptions) {}
  get size() {
    return this.#docs.size;
  }
  add(id: number, ns: string, text: string): void {
    this.#docs.set(id, { ns, terms: new Set(termsOf(text)) });
  }
  remove(id: number): boolean {
    return this.#docs.delete(id);
  }
  search(ns: string, q: string, k: number, f: (id: number) => boolean = () => true): Ranked[] {
    const t = termsOf(q);
    const out: Ranked[] = [];
    for (const [id, d] of this.#docs) {
      if (d.ns !== ns) continue;
      const score = t.filter((x) => d.terms.has(x)).length;
      if (score > 0 && f(id)) out.push({ id, score });
    }
    return out.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, k);
  }
}
