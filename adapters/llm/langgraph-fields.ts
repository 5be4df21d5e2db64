/** Names, "[…]" and "{…}". */
const STEPS = /\[[^\]]*\]|\{[^}]*\}|[^.[{]+/g;

/**
 * The texts at a path of a value, as LangGraph's stores find them: "a.b", "a[0]", "a[-1].b", "a[*]", "*", "{a,b.c}"; "$" is the whole
 * as JSON, as are objects and arrays at its end.
 */
export function textsAt(value: unknown, path: string): string[] {
  const steps = stepsOf(path);
  return steps[0] === "$" ? [JSON.stringify(value)] : textsIn(value, steps);
}

function stepsOf(path: string): string[] {
  return path.match(STEPS) ?? [];
}

function textsIn(value: unknown, [step, ...rest]: readonly string[]): string[] {
  if (value === null || value === undefined) return [];
  if (step === undefined) return [typeof value === "object" ? JSON.stringify(value) : String(value)];
  if (typeof value !== "object") return [];
  if (step === "*") return Object.values(value).flatMap((item) => textsIn(item, rest));
  const inside = step.slice(1, -1);
  if (step.startsWith("{")) {
    return inside.split(",").flatMap((path) => textsIn(value, [...stepsOf(path.trim()), ...rest]));
  }
  if (!step.startsWith("[")) return Object.hasOwn(value, step) ? textsIn((value as never)[step], rest) : [];
  if (!Array.isArray(value)) return [];
  if (inside === "*") return value.flatMap((item) => textsIn(item, rest));
  const index = Number.parseInt(inside, 10);
  return Number.isNaN(index) ? [] : textsIn(value.at(index), rest);
}
