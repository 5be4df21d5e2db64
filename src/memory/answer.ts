import { MnemeError } from "../error.ts";
import type { Engine } from "./engine.ts";
import type { Memory } from "./memory.ts";
import { within } from "./patience.ts";
import { recall } from "./recall.ts";
import type { Recalled, RecallOptions } from "./recall-options.ts";

export interface Answered extends Recalled {
  answer: string;
}

/** What the user's model answers from what is recalled. Where nothing is, it is asked all the same: it is to say so. */
export async function answer(engine: Engine, options: RecallOptions): Promise<Answered> {
  const { models, modelWithin } = engine.settings;
  if (models.answer === undefined) {
    const remedy = "Open the memory with models: { answer }, or use recall().";
    throw new MnemeError("unsupported", "This memory has no model to answer with.", remedy);
  }
  const recalled = await recall(engine, options);
  const memories: Memory[] = recalled.results.map(({ memory }) => memory);
  const answer = await within(modelWithin, options.signal, (signal) => models.answer!(options.query, memories, signal));
  return { ...recalled, answer };
}
