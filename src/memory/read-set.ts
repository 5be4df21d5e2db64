import { argumentError } from "../error.ts";
import { checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import { linksOf } from "./links.ts";
import { ancestorsOf, isWithin } from "./namespace-path.ts";

/** A namespace that is searched, and why. */
export interface ReadPlace {
  namespace: string;
  /** Undefined: it is the one asked for. Else the namespace, after "link:" or "call:" where that is how it came in. */
  origin: string | undefined;
  /** Whether only what is durable is seen there. */
  durableOnly: boolean;
}

export interface ReadOptions {
  /** Default "default". */
  namespace?: string | undefined;
  /**
   * "project": the namespace alone. "full" (default, unless the memory was opened without `cascade`): also what is durable in those
   * above, in `home` and in those linked. "everywhere": also all that is below it.
   */
  scope?: "project" | "full" | "everywhere" | undefined;
  /** The user's own namespace. */
  home?: string | undefined;
  /** Searched beside the namespace instead of what `scope` would add; "name/*" is all below that. */
  namespaces?: readonly string[] | undefined;
}

const MOST_NAMED = 16;
const MOST = 64;

export async function readSetOf(
  engine: Engine,
  options: ReadOptions,
): Promise<{ places: ReadPlace[]; dropped: string[] }> {
  const namespace = checkNamespace(options.namespace);
  const home = options.home === undefined ? undefined : checkNamespace(options.home, "home");
  const scope = checkScope(options.scope) ?? (engine.settings.cascade ? "full" : "project");
  const found = new Map<string, ReadPlace>([[namespace, { namespace, origin: undefined, durableOnly: false }]]);
  const add = (name: string, origin: string, durableOnly = true): void => {
    const known = found.get(name);
    if (known === undefined) found.set(name, { namespace: name, origin, durableOnly });
    else known.durableOnly &&= durableOnly; // whoever sees more wins
  };
  if (options.namespaces !== undefined) {
    for (const name of namedIn(engine, options.namespaces)) add(name, `call:${name}`);
  } else if (scope !== "project") {
    for (const above of ancestorsOf(namespace)) add(above, above);
    if (home !== undefined) add(home, home);
    for (const name of await linksOf(engine, namespace)) add(name, `link:${name}`);
    if (scope === "everywhere") {
      for (const name of engine.catalogue.namespaces()) if (isWithin(name, namespace)) add(name, name, false);
    }
  }
  const all = [...found.values()];
  const isHome = (place: ReadPlace): boolean => place.namespace === home;
  const first = all.findIndex(isHome) < MOST ? MOST : MOST - 1; // the home has its place wherever it stands
  const isKept = (place: ReadPlace, i: number): boolean => i < first || isHome(place);
  return {
    places: all.filter(isKept),
    dropped: all.filter((place, i) => !isKept(place, i)).map((place) => place.namespace),
  };
}

function namedIn(engine: Engine, names: readonly string[]): string[] {
  if (!Array.isArray(names) || names.length > MOST_NAMED) {
    throw argumentError(
      "namespaces",
      `an array of at most ${MOST_NAMED} names`,
      names,
      'Use "name/*" for all below one.',
    );
  }
  return names.flatMap((name: string) => {
    if (typeof name !== "string" || !name.endsWith("/*")) return [checkNamespace(name, "namespaces")];
    const root = checkNamespace(name.slice(0, -2), "namespaces");
    return [root, ...engine.catalogue.namespaces().filter((one) => one !== root && isWithin(one, root))];
  });
}

function checkScope(scope: ReadOptions["scope"]): ReadOptions["scope"] {
  if (scope === undefined || scope === "project" || scope === "full" || scope === "everywhere") return scope;
  throw argumentError("scope", '"project", "full" or "everywhere"', scope, 'Leave it out for "full".');
}
