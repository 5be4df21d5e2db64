import { MnemeError } from "mneme";
import { imported } from "./module.ts";

/** What an option names. */
export interface Wanted<T> {
  option: string;
  is(value: unknown): value is T;
  /** With its article. */
  noun: string;
  /** What is said of something else. */
  not: string;
}

/**
 * What a module of the user's exports: `./file.js`, `./file.js:name`, `package`, `package/part:name`; or what a function or class
 * it exports makes without arguments. Without a name it is the default export.
 */
export async function moduleExport<T>(specifier: string, wanted: Wanted<T>): Promise<T> {
  const [, module, name] = /^(.*?)(?::([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/su.exec(specifier)!;
  const failure = (problem: string, cause?: unknown): MnemeError =>
    new MnemeError("argument", problem, `${wanted.option} expects ./file.js:name or package:name.`, { cause });

  let loaded: Record<string, unknown>;
  try {
    loaded = await imported(module!);
  } catch (cause) {
    throw failure(`"${module}" cannot be loaded: ${(cause as Error).message}.`, cause);
  }
  const exported = loaded[name ?? "default"];
  if (exported === undefined) {
    const others = Object.keys(loaded).join(", ") || "none";
    throw failure(`"${module}" has no export "${name ?? "default"}"; it has ${others}.`);
  }
  if (wanted.is(exported)) return exported;
  let value: unknown;
  try {
    value = await made(exported);
  } catch (cause) {
    throw failure(`"${specifier}" failed to make ${wanted.noun}: ${(cause as Error).message}.`, cause);
  }
  if (wanted.is(value)) return value;
  throw failure(`"${specifier}" ${wanted.not}.`);
}

function made(factory: unknown): unknown {
  if (typeof factory !== "function") return factory;
  const isClass = /^class\b/.test(Function.prototype.toString.call(factory));
  return isClass ? Reflect.construct(factory, []) : (factory as () => unknown)();
}
