import { type AgentMemory, MnemeError } from "../../src/memory/index.ts";
import { quoted } from "./mcp-places.ts";

/** So much of an id has to be right to be told the rest. */
const PREFIX = 8;
const TOLD = 3;

/** There is none of this id. Of those that begin alike the ids are told, if they may be. */
export async function notFound(
  memory: AgentMemory,
  namespace: string,
  id: string,
  isSecret = false,
): Promise<MnemeError> {
  const like = isSecret || id.length < PREFIX ? [] : await memory.ids(namespace, id.slice(0, PREFIX), TOLD);
  const problem = `There is no memory ${quoted(id)} in ${quoted(namespace)}.`;
  const remedy =
    like.length > 0
      ? `There is ${like.map(quoted).join(", ")}: pass the whole id.`
      : "Take id and namespace from a result of memory_recall or memory_list.";
  return new MnemeError("not-found", problem, remedy);
}
