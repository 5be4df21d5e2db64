import { parseArgs } from "node:util";

/** One word behind `mneme`. To add one: a file like those beside this, and a line in commands.ts. */
export interface Command {
  /** One line for the list of commands. */
  what: string;
  /** Printed by --help: the arguments, then what each option does. */
  usage: string;
  /** The exit code: 0 ok, 1 not. Throws what goes wrong. Ctrl-C aborts the signal. */
  run(args: readonly string[], signal: AbortSignal): Promise<number>;
}

/** Arguments that make no sense: told with the way to --help, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Option {
  type: "string" | "boolean";
  multiple?: boolean;
}
type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** The positional arguments, of which there are `names.length`, those in brackets optional; and the options, with --json. */
export function parsed(
  args: readonly string[],
  names: readonly string[],
  options: Record<string, Option> = {},
): { positionals: string[]; values: Values; json: boolean } {
  let result: { positionals: string[]; values: Values };
  try {
    const all: Record<string, Option> = { ...options, json: { type: "boolean" } };
    result = parseArgs({ args: [...args], options: all, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/ To specify .*$/, ""));
  }
  const { positionals, values } = result;
  const missing = names.filter((name, i) => positionals[i] === undefined && !name.startsWith("["));
  if (missing.length > 0) throw new UsageError(`${missing[0]} is missing.`);
  if (positionals.length > names.length)
    throw new UsageError(`"${positionals[names.length]}" is one argument too many.`);
  return { positionals, values, json: values.json === true };
}

/** A whole number given as an option. */
export function wholeNumber(values: Values, name: string, least: number): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`--${name} expected a whole number from ${least}, got "${value}".`);
}
