import { argumentError, MnemeError } from "../error.ts";

/** The most UTF-8 bytes of each. Checked before an embedding is paid for. */
export interface Limits {
  /** Default 32 KiB. */
  queryBytes: number;
  /** Of the response as JSON text. Default 4 MiB. */
  responseBytes: number;
  /** Of the metadata as JSON text. Default 64 KiB. */
  metadataBytes: number;
}

const DEFAULTS: Readonly<Limits> = { queryBytes: 2 ** 15, responseBytes: 2 ** 22, metadataBytes: 2 ** 16 };

export function checkLimits(given: Partial<Limits> = {}): Limits {
  const remedy = "Use Infinity for no limit.";
  if (typeof given !== "object" || given === null) throw argumentError("limits", "an object", given, remedy);
  const limits = { ...DEFAULTS };
  for (const [name, limit = DEFAULTS[name as keyof Limits]] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw argumentError("limits", `some of ${Object.keys(DEFAULTS).join(", ")}`, name, "Leave it out.");
    }
    if (!(typeof limit === "number" && limit > 0)) {
      throw argumentError(`limits.${name}`, "a positive number of bytes", limit, remedy);
    }
    limits[name as keyof Limits] = limit;
  }
  return limits;
}

export function checkSize(text: string, limits: Limits, name: keyof Limits): void {
  const problem = sizeProblem(text, limits, name);
  if (problem !== undefined) throw problem;
}

export function sizeProblem(text: string, limits: Limits, name: keyof Limits): MnemeError | undefined {
  const limit = limits[name];
  if (3 * text.length <= limit) return undefined; // a UTF-16 unit takes three bytes at most
  const bytes = utf8Bytes(text);
  if (bytes <= limit) return undefined;
  const what = name.replace("Bytes", "");
  const problem = `The ${what} has ${bytes} bytes, more than the ${limit} allowed.`;
  return new MnemeError("argument", problem, `Shorten it, or open the cache with limits: { ${name}: ${bytes} }.`);
}

/** Without encoding it: it may be very long. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isHalf(unit) ? 2 : 3;
  }
  return bytes;
}

/** Half of a surrogate pair, whose four bytes are shared. One that stands alone counts less than what it is written as. */
function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
