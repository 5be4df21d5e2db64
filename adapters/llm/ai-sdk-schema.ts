type Schema = Record<string, unknown>;

const TYPES: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Whether a text is JSON of a schema, as far as the common words of JSON Schema say: what it does not know it lets pass. */
export function fits(text: string, schema: unknown): boolean {
  try {
    return isOf(JSON.parse(text), schema);
  } catch {
    return false;
  }
}

function isOf(value: unknown, given: unknown): boolean {
  if (typeof given !== "object" || given === null) return given !== false;
  const schema = given as Schema;
  const { type, enum: values, const: only, properties, required, items, additionalProperties, anyOf, allOf } = schema;
  const types = typeof type === "string" ? [type] : Array.isArray(type) ? (type as string[]) : [];
  if (types.length > 0 && !types.some((name) => TYPES[name]?.(value) ?? true)) return false;
  if (Array.isArray(values) && !values.some((one) => isSame(one, value))) return false;
  if ("const" in schema && !isSame(only, value)) return false;
  if (Array.isArray(anyOf) && !anyOf.some((one) => isOf(value, one))) return false;
  if (Array.isArray(allOf) && !allOf.every((one) => isOf(value, one))) return false;
  if (Array.isArray(value)) return items === undefined || value.every((item) => isOf(item, items));
  if (!TYPES.object!(value)) return true;
  const fields = value as Record<string, unknown>;
  const known = (properties ?? {}) as Record<string, unknown>;
  if (Array.isArray(required) && !required.every((name: string) => Object.hasOwn(fields, name))) return false;
  return Object.entries(fields).every(([name, field]) =>
    Object.hasOwn(known, name) ? isOf(field, known[name]) : isOf(field, additionalProperties),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
