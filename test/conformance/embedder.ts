import type { SyncEmbedder } from "../../src/index.ts";

/**
 * A deterministic embedder for tests, without a model: a text is the sum of its words, each a fixed random direction, so
 * the cosine of two texts is about the share of words they have in common. It knows nothing of meaning.
 */
export function testEmbedder({ dimensions = 64 }: { dimensions?: number } = {}): SyncEmbedder {
  return {
    fingerprint: `mneme-test:words:dim${dimensions}`,
    dimensions,
    embed: (texts) => texts.map((text) => embed(text, dimensions)),
  };
}

function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    let state = hash(word);
    for (let i = 0; i < dimensions; i++) {
      // xorshift32: never 0 when started from anything but 0
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      vector[i]! += state / 2 ** 31;
    }
  }
  return vector;
}

/** FNV-1a. */
function hash(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash || 1;
}
