import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import type { SyncEmbedder } from "../../src/index.ts";
import { normalise } from "../../src/text/normalise.ts";
import { SCRATCH } from "../stage.ts";

const BATCH = 64;

/**
 * Universal Sentence Encoder lite for these texts, which are embedded once: what a real model says, without its time. The vectors
 * are kept in a file, as embedding ten thousand questions takes minutes.
 */
export async function embedded(texts: readonly string[]): Promise<SyncEmbedder> {
  const { fingerprint, dimensions, embed } = energeticEmbedder();
  const all = [...new Set(texts.map(normalise))];
  const name = createHash("sha256")
    .update(JSON.stringify([fingerprint, all]))
    .digest("hex")
    .slice(0, 16);
  const file = join(SCRATCH, `embedded-${name}.f32`);
  if (!existsSync(file)) {
    console.error(`bench: embedding ${all.length} texts, once`);
    const vectors = new Float32Array(all.length * dimensions);
    for (let from = 0; from < all.length; from += BATCH) {
      const batch = await embed(all.slice(from, from + BATCH));
      for (const [i, vector] of batch.entries()) vectors.set(vector, (from + i) * dimensions);
    }
    mkdirSync(SCRATCH, { recursive: true });
    writeFileSync(file, vectors);
  }
  const bytes = readFileSync(file);
  const vectors = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const places = new Map(all.map((text, i) => [text, i]));
  const vectorOf = (text: string): Float32Array => {
    const place = places.get(text);
    if (place === undefined) throw new Error(`“${text}” was not embedded`);
    return vectors.slice(place * dimensions, (place + 1) * dimensions);
  };
  return { fingerprint, dimensions, embed: (asked) => asked.map(vectorOf) };
}
