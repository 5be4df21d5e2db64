import { scopeIn } from "../text/key.ts";
import type { Filter } from "../vectors/vector-index.ts";

/** The entries of one scope in a namespace. */
interface Scope {
  readonly namespace: string;
  readonly name: string;
  readonly ids: Set<number>;
}

/** Which entries have which scope. Those without one are not known here, so that who uses none pays nothing. */
export class Scopes {
  readonly #of = new Map<number, Scope>();
  readonly #scopes = new Map<string, Map<string, Scope>>();

  add(id: number, namespace: string, key: string): void {
    this.remove(id);
    const name = scopeIn(key);
    if (name !== "") this.#put(namespace, name, [id]);
  }

  remove(id: number): void {
    const scope = this.#of.get(id);
    if (scope === undefined) return;
    this.#of.delete(id);
    scope.ids.delete(id);
    if (scope.ids.size > 0) return;
    const others = this.#scopes.get(scope.namespace)!;
    others.delete(scope.name);
    if (others.size === 0) this.#scopes.delete(scope.namespace);
  }

  clear(namespace?: string): void {
    for (const scope of this.#all()) {
      if (namespace === undefined || scope.namespace === namespace) for (const id of [...scope.ids]) this.remove(id);
    }
  }

  /** What lets entries of one scope pass; undefined where that is all of them. */
  filter(namespace: string, scope: string): Filter | undefined {
    const scopes = this.#scopes.get(namespace);
    if (scope !== "") return scopes?.get(scope)?.ids ?? new Set();
    return scopes === undefined ? undefined : (id) => !this.#of.has(id);
  }

  /** As text, to be kept. */
  pack(): string {
    return JSON.stringify(this.#all().map(({ namespace, name, ids }) => [namespace, name, [...ids]]));
  }

  /** Takes up what was kept. */
  unpack(text: string): void {
    for (const [namespace, name, ids] of JSON.parse(text) as [string, string, number[]][])
      this.#put(namespace, name, ids);
  }

  #put(namespace: string, name: string, ids: readonly number[]): void {
    const scopes = this.#scopes.get(namespace) ?? new Map<string, Scope>();
    const scope = scopes.get(name) ?? { namespace, name, ids: new Set() };
    this.#scopes.set(namespace, scopes.set(name, scope));
    for (const id of ids) {
      scope.ids.add(id);
      this.#of.set(id, scope);
    }
  }

  #all(): Scope[] {
    return [...this.#scopes.values()].flatMap((scopes) => [...scopes.values()]);
  }
}
