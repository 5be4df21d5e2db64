import { MnemeError } from "../error.ts";
import { drive } from "../store/steps.ts";
import { amendMeta } from "../store/swap-meta.ts";
import { checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import { META } from "./shelf.ts";

/** From each namespace to those whose durable memories are seen from it. */
type Links = Map<string, string[]>;

export async function linksOf(engine: Engine, namespace: string): Promise<readonly string[]> {
  return readLinks(await engine.store.getMeta(META.links)).get(namespace) ?? [];
}

export async function allLinks(engine: Engine): Promise<{ from: string; to: string }[]> {
  const links = readLinks(await engine.store.getMeta(META.links));
  return [...links].flatMap(([from, all]) => all.map((to) => ({ from, to })));
}

/** From now on what is durable in `to` is seen from `from`. */
export async function link(engine: Engine, from: string, to: string): Promise<void> {
  const [near, far] = [checkNamespace(from, "from"), checkNamespace(to, "to")];
  if (near === far) {
    throw new MnemeError(
      "argument",
      `"to" is the namespace itself, ${JSON.stringify(far)}.`,
      "Link it to another one.",
    );
  }
  await amend(engine, (links) => links.set(near, [...(links.get(near) ?? []), far]));
}

/** The same for many at once. */
export function linkAll(engine: Engine, all: readonly { from: string; to: string }[]): Promise<void> {
  return amend(engine, (links) => {
    for (const { from, to } of all) links.set(from, [...(links.get(from) ?? []), to]);
  });
}

export function unlink(engine: Engine, from: string, to: string): Promise<void> {
  return amend(engine, (links) =>
    links.set(
      from,
      (links.get(from) ?? []).filter((name) => name !== to),
    ),
  );
}

/** A namespace has gone: so have its links, to either side. */
export function dropLinks(engine: Engine, namespace: string): Promise<void> {
  return amend(engine, (links) => {
    links.delete(namespace);
    for (const [from, all] of links)
      links.set(
        from,
        all.filter((name) => name !== namespace),
      );
  });
}

/** All of a namespace is in another now, which keeps the links it had. One between the two is none any more. */
export function moveLinks(engine: Engine, from: string, to: string): Promise<void> {
  return amend(engine, (links) => {
    links.set(to, [...(links.get(to) ?? []), ...(links.get(from) ?? [])]);
    links.delete(from);
    for (const [name, all] of links)
      links.set(
        name,
        all.map((one) => (one === from ? to : one)),
      );
  });
}

async function amend(engine: Engine, change: (links: Links) => unknown): Promise<void> {
  await drive(
    amendMeta(engine.store, META.links, (before) => {
      const links = readLinks(before);
      change(links);
      // In one order, whoever writes it.
      const tidy = [...links]
        .map(([from, all]) => [from, [...new Set(all)].filter((to) => to !== from).sort()] as const)
        .filter(([, all]) => all.length > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const after = JSON.stringify(tidy);
      return after === (before ?? "[]") ? undefined : after;
    }),
  );
}

function readLinks(text: string | undefined): Links {
  return new Map(text === undefined ? [] : (JSON.parse(text) as [string, string[]][]));
}
