import { MnemeError, type PutOptions, type Ttl, type Usage, type WrapOptions } from "../../src/index.ts";
import type { Messages } from "./langchain-message.ts";
import { type Question, questionOf } from "./langchain-prompt.ts";
import {
  callsTools,
  type Generation,
  type GenerationsRecord,
  generationsOf,
  hasMessages,
  isRecord,
  isWhole,
  recordOf,
  usageOf,
} from "./langchain-record.ts";

/** A SemanticCache, whatever its values are. */
interface AnswerCache {
  wrap(
    query: string,
    compute: (signal: AbortSignal, embedding?: ArrayLike<number>) => never,
    options?: WrapOptions<never>,
  ): Promise<{ response: unknown; hit: { query: string } | undefined }>;
  put(query: string, response: unknown, options: PutOptions): Promise<number>;
}

export interface LangchainCacheOptions {
  /** Default "langchain". */
  namespace?: string | undefined;
  /** What answers depend on besides prompt and model, such as the tenant: any JSON. */
  scope?: unknown;
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
  threshold?: number | undefined;
  /** False: only the very same prompt is answered. Default true: so is a last question that means the same. */
  semantic?: boolean | undefined;
  /** Stores answers that were cut off or filtered too. Default false. */
  keepTruncated?: boolean | undefined;
  /**
   * You say that chats hold texts only. LangChain writes any picture as "[image]", and other blocks likewise, so a prompt with a word in
   * brackets is neither looked up nor stored unless this is true. Default false.
   */
  textOnly?: boolean | undefined;
  /** Fetches LangChain's classes where `import("@langchain/core/messages")` does not find them. */
  messages?: (() => Promise<object>) | undefined;
  /** Told of failures, which are misses. What it throws is ignored. */
  onError?: ((error: unknown) => void) | undefined;
}

/** What LangChain's models take as `cache`. */
export interface LangchainCache {
  lookup(prompt: string, llmKey: string): Promise<Generation[] | null>;
  update(prompt: string, llmKey: string, generations: Generation[]): Promise<void>;
}

/** Vectors of questions that are being answered; more of them at once are embedded again. */
const MOST_VECTORS = 100;

/** What is thrown where there is no answer: the model is LangChain's to call. */
const MISSED = new Error("There is no answer.");

/** A cache for `new ChatOpenAI({ cache })` and every other model of LangChain. */
export function langchainCache(cache: AnswerCache, options: LangchainCacheOptions = {}): LangchainCache {
  return new Answers(cache, options);
}

class Answers implements LangchainCache {
  readonly #cache: AnswerCache;
  readonly #options: LangchainCacheOptions;
  readonly #vectors = new Map<string, ArrayLike<number>>();

  constructor(cache: AnswerCache, options: LangchainCacheOptions) {
    this.#cache = check("cache", cache, typeof cache?.wrap === "function", "Pass a SemanticCache.");
    this.#options = check("options", options, typeof options === "object" && options !== null, "Or leave them out.");
  }

  async lookup(prompt: string, llmKey: string): Promise<Generation[] | null> {
    try {
      const question = this.#questionOf(prompt, llmKey);
      return question === undefined ? null : await this.#find(question, nameOf(prompt, llmKey));
    } catch (error) {
      if (isMistake(error)) throw error;
      if (error !== MISSED) this.#tell(error);
      return null;
    }
  }

  async update(prompt: string, llmKey: string, generations: Generation[]): Promise<void> {
    try {
      const name = nameOf(prompt, llmKey);
      const embedding = this.#vectors.get(name);
      this.#vectors.delete(name);
      const question = this.#questionOf(prompt, llmKey);
      const record = recordOf(generations, llmKey);
      if (question === undefined || record === undefined) return;
      if (!this.#options.keepTruncated && !isWhole(record)) return;
      const { ttl, tags } = this.#options;
      const semantic = question.semantic && !callsTools(record); // its arguments are of this question
      await this.#cache.put(question.query, record, {
        ...this.#placeOf(question),
        ttl,
        tags,
        semantic,
        embedding,
        usage,
      });
    } catch (error) {
      this.#tell(error);
    }
  }

  async #find(question: Question, name: string): Promise<Generation[] | null> {
    const { threshold, ttl, tags } = this.#options;
    const miss = (_: AbortSignal, embedding?: ArrayLike<number>): never => {
      if (embedding !== undefined) this.#remember(name, embedding);
      throw MISSED;
    };
    const looking = { ...this.#placeOf(question), semantic: question.semantic, threshold, ttl, tags, usage };
    const { response, hit } = await this.#cache.wrap(question.query, miss, looking);
    if (!isRecord(response)) return null;
    if (callsTools(response) && hit?.query !== question.query) return null; // which is the same but for case and spaces
    return generationsOf(response, hasMessages(response) ? await this.#messages() : {});
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // watching must not break it
    }
  }

  #questionOf(prompt: string, llmKey: string): Question | undefined {
    const { semantic = true, textOnly = false, scope } = this.#options;
    return questionOf(prompt, llmKey, { semantic, textOnly, scope });
  }

  #placeOf({ scope }: Question): { namespace: string; scope: object } {
    return { namespace: this.#options.namespace ?? "langchain", scope };
  }

  /** For the update that follows a miss. */
  #remember(name: string, embedding: ArrayLike<number>): void {
    this.#vectors.delete(name);
    this.#vectors.set(name, embedding);
    if (this.#vectors.size > MOST_VECTORS) this.#vectors.delete(this.#vectors.keys().next().value!);
  }

  /** Loaded for the first hit. */
  async #messages(): Promise<Messages> {
    const { messages = () => import("@langchain/core/messages") } = this.#options;
    try {
      return (await messages()) as Messages;
    } catch (cause) {
      const remedy = 'Install it, or give { messages: () => import("@langchain/core/messages") }.';
      throw new MnemeError("unsupported", '"@langchain/core/messages" cannot be loaded.', remedy, { cause });
    }
  }
}

/** Of options that are none; and a recording without an answer is to stop the test, not to let it call the model. */
function isMistake(error: unknown): boolean {
  return error instanceof MnemeError && (error.code === "argument" || error.code === "unrecorded");
}

function usage(response: unknown): Usage | undefined {
  return isRecord(response) ? usageOf(response as GenerationsRecord) : undefined;
}

function nameOf(prompt: string, llmKey: string): string {
  return JSON.stringify([prompt, llmKey]);
}

function check<T>(name: string, given: T, isFine: boolean, remedy: string): T {
  if (isFine) return given;
  throw new MnemeError("argument", `"${name}" expected an object, got ${typeof given}.`, remedy);
}
