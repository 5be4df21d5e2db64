import { argumentError } from "../error.ts";
import { checkNamespace } from "./check.ts";
import { isDurable, type Tier } from "./tier.ts";

/** Those above it, nearest first: "a/b" and "a" of "a/b/c". */
export function ancestorsOf(namespace: string): string[] {
  const found: string[] = [];
  for (let end = namespace.lastIndexOf("/"); end > 0; end = namespace.lastIndexOf("/", end - 1)) {
    found.push(namespace.slice(0, end));
  }
  return found;
}

export function isWithin(namespace: string, root: string): boolean {
  return namespace === root || namespace.startsWith(`${root}/`);
}

/**
 * Where a memory is to lie. "project": where it is written; "personal": the home; else a namespace above, by its whole name or its
 * last part. What is not durable stays where it is written.
 */
export function targetOf(
  namespace: string,
  tier: Tier,
  visibility: string | undefined,
  home: string | undefined,
): string {
  if (!isDurable(tier) || visibility === undefined || visibility === "project") return namespace;
  if (visibility === "personal" && home !== undefined) return checkNamespace(home, "home");
  const above = ancestorsOf(namespace);
  const meant = above.filter((name) => name === visibility || name.slice(name.lastIndexOf("/") + 1) === visibility);
  const exact = meant.find((name) => name === visibility);
  if (exact !== undefined) return exact;
  if (meant.length === 1) return meant[0]!;
  const targets = ["project", ...(home === undefined ? [] : ["personal"]), ...above].map((name) =>
    JSON.stringify(name),
  );
  throw argumentError("visibility", `one of ${targets.join(", ")}`, visibility, 'Leave it out for "project".');
}
