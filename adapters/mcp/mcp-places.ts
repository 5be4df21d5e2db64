import { type AgentMemory, MnemeError } from "../../src/memory/index.ts";
import { jsonOf } from "./mcp-result.ts";
import type { Settings } from "./mcp-settings.ts";

/** So many names an error tells. */
const TOLD = 20;

/** Which namespaces a client may read and write, whatever it names. */
export class Places {
  readonly #memory: AgentMemory;
  readonly #settings: Settings;

  constructor(memory: AgentMemory, settings: Settings) {
    this.#memory = memory;
    this.#settings = settings;
  }

  /** What a client means by a name; an error if it is not for it. */
  async named(name: string | undefined): Promise<string> {
    const { namespace } = this.#settings;
    if (name === undefined || this.#isOpen(name)) return name ?? namespace;
    throw await this.#closed(name);
  }

  /** The same for looking at what a recall may have served: of other namespaces of the read set, only what is durable. */
  async seen(name: string | undefined): Promise<{ namespace: string; durableOnly: boolean }> {
    const { namespace, home, cascades } = this.#settings;
    if (name === undefined || this.#isOpen(name)) return { namespace: name ?? namespace, durableOnly: false };
    const places = cascades ? await this.#memory.readSet({ namespace, home, scope: "full" }) : [];
    const place = places.find((place) => place.namespace === name);
    if (place !== undefined) return place;
    throw await this.#closed(name);
  }

  /** Where what is written in a namespace is to lie. */
  target(namespace: string, visibility: string | undefined): string | undefined {
    if (visibility === undefined || visibility === "project") return visibility;
    const targets = this.targets(namespace);
    const meant = targets.filter((name) => name === visibility || name.endsWith(`/${visibility}`));
    const target = meant.includes(visibility) ? visibility : meant.length === 1 ? meant[0] : undefined;
    if (target !== undefined) return target;
    const problem = `"visibility" expected one of ${["project", ...targets].map(quoted).join(", ")}, got ${quoted(visibility)}.`;
    throw new MnemeError("argument", problem, 'Leave it out for "project".');
  }

  /** What `visibility` may be there besides "project". */
  targets(namespace: string): string[] {
    const above: string[] = [];
    for (let end = namespace.lastIndexOf("/"); end > 0; end = namespace.lastIndexOf("/", end - 1)) {
      above.push(namespace.slice(0, end));
    }
    return [...(this.#settings.home === undefined ? [] : ["personal"]), ...above.filter((name) => this.#isOpen(name))];
  }

  #isOpen(name: string): boolean {
    const { namespace, namespaces } = this.#settings;
    return namespaces === "any" || name === namespace || (namespaces === "below" && name.startsWith(`${namespace}/`));
  }

  async #closed(name: string): Promise<MnemeError> {
    const { namespace, namespaces } = this.#settings;
    const below = (await this.#memory.namespaces()).filter((name) => name !== namespace && this.#isOpen(name));
    const more = below.length > TOLD ? `, and ${below.length - TOLD} more` : "";
    const told = below.length === 0 ? "" : ` Below it there are ${below.slice(0, TOLD).map(quoted).join(", ")}${more}.`;
    const expected = namespaces === "below" ? `${quoted(namespace)} or one below it` : quoted(namespace);
    return new MnemeError(
      "argument",
      `"namespace" expected ${expected}, got ${quoted(name)}.`,
      `Leave it out for ${quoted(namespace)}.${told}`,
    );
  }
}

/** A name in a sentence of ours: it may be anybody's. */
export function quoted(name: string): string {
  return jsonOf(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
