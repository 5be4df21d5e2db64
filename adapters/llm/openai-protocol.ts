import type { JsonObject } from "../../src/index.ts";
import type { ServerEvent } from "./openai-events.ts";
import type { Question } from "./openai-question.ts";

/** What a response is, as far as keeping it goes. */
interface Judgement {
  /** Whether it came to an end. */
  isWhole: boolean;
  /** Whether that was another than the model's own: too long, filtered, refused. */
  isCut: boolean;
  callsTools: boolean;
  /** Of each choice, what it says. */
  texts: string[];
}

/** How a response that is streamed is told. */
export interface Telling {
  /** The body of the request. */
  asked: JsonObject;
  inWords: boolean;
}

/** One kind of endpoint that makes texts. A response is kept as the body that a plain call gets. */
export interface Protocol {
  /** Undefined: it depends on what upstream keeps, or is to be kept there. */
  question(asked: JsonObject): Question | undefined;
  judge(body: JsonObject): Judgement;
  /** What a plain call would have got; undefined when the stream did not come to its end. */
  fold(events: readonly ServerEvent[]): JsonObject | undefined;
  /** What a stream would have told. */
  unfold(body: JsonObject, telling: Telling): Iterable<ServerEvent>;
  /** Whether nothing that matters comes after it. */
  isLast(event: ServerEvent): boolean;
  /** Calls of another kind do not read one stream under way. */
  kindOf?(asked: JsonObject): string;
  /** What was made for another caller, for this one. */
  own?(body: JsonObject, asked: JsonObject): JsonObject;
  /** As upstream would answer now. */
  renew(body: JsonObject, asked: JsonObject): JsonObject;
  /** What upstream is asked instead, so that a stream tells as much as a plain response does. */
  enrich?(asked: JsonObject): JsonObject | undefined;
  /** Of what that brings, what the caller asked for. */
  lighten?(event: ServerEvent, asked: JsonObject): ServerEvent | undefined;
}
