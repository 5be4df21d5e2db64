/** Memory that a program and the worker of its embedder share. One of them waits until the other has written an answer. */
export interface Channel {
  /** What was answered, and in how many bytes. */
  readonly state: Int32Array<SharedArrayBuffer>;
  /** The answer itself. */
  readonly bytes: SharedArrayBuffer;
}

/** `ASKED`: there is no answer yet. */
const ASKED = 0;
/** JSON: fingerprint and dimensions. */
export const READY = 1;
/** Numbers, one vector after another. */
export const VECTORS = 2;
/** JSON: an error. */
export const FAILED = 3;
/** The worker is no more; JSON if it knew why. */
export const ENDED = 4;
export type Answer = typeof READY | typeof VECTORS | typeof FAILED | typeof ENDED;

/** Room for the JSON of any error (sync-error.ts). */
const LEAST_BYTES = 65_536;
const NAP_MS = 2;

export function openChannel(): Channel {
  return { state: new Int32Array(new SharedArrayBuffer(8)), bytes: new SharedArrayBuffer(LEAST_BYTES) };
}

/** The same channel, with room for so many bytes. */
export function withRoom(channel: Channel, length: number): Channel {
  if (length <= channel.bytes.byteLength) return channel;
  return { ...channel, bytes: new SharedArrayBuffer(Math.max(length, 2 * channel.bytes.byteLength)) };
}

/** Before a question is put. False when the worker has ended: nobody would answer. */
export function ask({ state }: Channel): boolean {
  for (;;) {
    const before = Atomics.load(state, 0);
    if (before === ENDED) return false;
    if (Atomics.compareExchange(state, 0, before, ASKED) === before) return true;
  }
}

/** Sleeps until there is an answer. Undefined when there is none in time. */
export function awaitAnswer(channel: Channel, ms: number): Answer | undefined {
  const end = performance.now() + ms;
  // The call that woke us may belong to the answer before, which was seen before it was called out.
  for (let left = ms; left > 0 && !isAnswered(channel); left = end - performance.now()) {
    Atomics.wait(channel.state, 0, ASKED, left);
  }
  return answerIn(channel);
}

/** The same, where the thread may not sleep, or nothing would start meanwhile. */
export async function answerInTime(channel: Channel, ms: number): Promise<Answer | undefined> {
  const end = performance.now() + ms;
  while (performance.now() < end && !isAnswered(channel)) await new Promise((resolve) => setTimeout(resolve, NAP_MS));
  return answerIn(channel);
}

export function isAnswered({ state }: Channel): boolean {
  return Atomics.load(state, 0) !== ASKED;
}

function answerIn({ state }: Channel): Answer | undefined {
  const answer = Atomics.load(state, 0);
  return answer === ASKED ? undefined : (answer as Answer);
}

export function answerWithText({ state, bytes }: Channel, answer: Answer, text: string): void {
  const encoded = new TextEncoder().encode(text);
  new Uint8Array(bytes).set(encoded);
  publish(state, answer, encoded.byteLength);
}

export function answerWithVectors(
  { state, bytes }: Channel,
  vectors: readonly Float32Array[],
  dimensions: number,
): void {
  const numbers = new Float32Array(bytes);
  for (const [i, vector] of vectors.entries()) numbers.set(vector, i * dimensions);
  publish(state, VECTORS, vectors.length * dimensions * Float32Array.BYTES_PER_ELEMENT);
}

export function textIn({ state, bytes }: Channel): string {
  // Decoders do not take shared memory.
  return new TextDecoder().decode(new Uint8Array(bytes).slice(0, Atomics.load(state, 1)));
}

/** Copies: the memory will be written again. */
export function vectorsIn({ bytes }: Channel, count: number, dimensions: number): Float32Array[] {
  const numbers = new Float32Array(bytes);
  return Array.from({ length: count }, (_, i) =>
    Float32Array.from(numbers.subarray(i * dimensions, (i + 1) * dimensions)),
  );
}

function publish(state: Int32Array<SharedArrayBuffer>, answer: Answer, length: number): void {
  Atomics.store(state, 1, length);
  Atomics.store(state, 0, answer);
  Atomics.notify(state, 0);
}
