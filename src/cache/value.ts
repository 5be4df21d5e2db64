import { MnemeError } from "../error.ts";

/** A response as JSON text. Refuses what JSON would lose or change: what goes in is what comes out. */
export function encodeValue(response: unknown): string {
  const problem = loss(response, "response", []);
  if (problem === undefined) return JSON.stringify(response);
  throw new MnemeError(
    "argument",
    problem,
    "Store JSON: strings, finite numbers, booleans, null, arrays, plain objects.",
  );
}

export function decodeValue<V>(value: string): V {
  return JSON.parse(value) as V;
}

/** A copy of a JSON value; any other is returned as it is. */
export function copyOf<V>(value: V): V {
  if (typeof value !== "object" || loss(value, "value", []) !== undefined) return value;
  return JSON.parse(JSON.stringify(value)) as V;
}

/** Why this value does not survive JSON, or undefined. `inside` are the objects it stands in. */
export function loss(value: unknown, path: string, inside: readonly object[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `"${path}" is ${value}, which JSON cannot hold.`;
    case "object":
      break;
    default:
      return `"${path}" is ${value === undefined ? "undefined" : `a ${typeof value}`}, which JSON cannot hold.`;
  }
  if (value === null) return undefined;
  if (inside.includes(value)) return `"${path}" contains itself.`;
  const within = [...inside, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const problem = loss(value[i], `${path}[${i}]`, within);
      if (problem) return problem;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of another realm (an iframe, a vm context) have another Object.prototype, but it too ends the chain.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return `"${path}" is a ${value.constructor?.name || "class instance"}, not a plain object.`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue; // as in JSON: an absent property
    const problem = loss(item, `${path}.${key}`, within);
    if (problem) return problem;
  }
  return undefined;
}
