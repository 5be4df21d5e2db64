import fc from "fast-check";
import { packed, unpacked } from "../../src/memory/piece.ts";
import { PieceIndex } from "../../src/memory/piece-index.ts";
import { SmallIndex } from "../../src/vectors/small-index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { turn } from "./cache-fixtures.ts";
import { exportOf } from "./memory-file-fixtures.ts";
import { known, onMemories } from "./memory-fixtures.ts";

const FACT = "the spare key of the boathouse hangs behind the blue oar";
const PAD = "ab".repeat(175);
const LONG = [..."xyz"]
  .map((word) => `${PAD} ${word} ${PAD}`)
  .join("\n\n")
  .replace(" y ", ` ${FACT} `);

/** Vectors of the pieces of long memories. */
export const memoryPiecesTests: Suite = (test) => {
  const check = onMemories(test);
  const direction = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 });
  const vector = direction.map(([a, b, c]) => Float32Array.of(a! + 0.5, b!, c!));
  const shelf = fc.constantFrom("a", "\0a", "b");
  const memory = fc.record({ seq: fc.integer({ min: 1, max: 9 }), shelf, vectors: fc.array(vector, { maxLength: 5 }) });

  test("of each memory the piece is found that is most like the query, whatever was put and taken before", () => {
    fc.assert(
      fc.property(fc.array(memory), vector, fc.integer({ min: 1, max: 6 }), shelf, (puts, query, most, shelf) => {
        const vectors = new SmallIndex(3);
        const index = new PieceIndex(vectors);
        const model = new Map<number, { shelf: string; vectors: Float32Array[] }>();
        for (const { seq, shelf, vectors } of puts) {
          index.add(
            seq,
            shelf,
            vectors.map((vector) => ({ start: 0, end: 1, vector })),
          );
          model.set(seq, { shelf, vectors });
        }
        index.remove(3);
        model.delete(3);
        const best = [...model]
          .filter(([, one]) => one.shelf === shelf && one.vectors.length > 0)
          .map(([seq, { vectors }]) => ({ seq, similarity: Math.max(...vectors.map((one) => cosine(one, query))) }))
          .sort((a, b) => b.similarity - a.similarity);
        const odd = new Set([1, 3, 5, 7, 9]);
        for (const [among, expected] of [
          [() => true, best],
          [(seq: number) => odd.has(seq), best.filter(({ seq }) => odd.has(seq))],
          [odd, best.filter(({ seq }) => odd.has(seq))],
        ] as const) {
          const found = index.nearest(shelf, query, most, among);
          equal(found.length, Math.min(most, expected.length));
          equal(new Set(found.map(({ seq }) => seq)).size, found.length, "each once");
          for (const [i, { seq, piece, similarity }] of found.entries()) {
            ok(Math.abs(similarity - expected[i]!.similarity) < 1e-5, "the best, best first");
            const { vectors } = model.get(seq)!;
            ok(Math.abs(cosine(vectors[piece]!, query) - similarity) < 1e-5, "the piece that is so like it");
          }
        }
        equal(
          vectors.size,
          [...model.values()].reduce((sum, { vectors }) => sum + vectors.length, 0),
          "none is left over",
        );
      }),
      { numRuns: cases(300) },
    );
  });

  test("what is refused leaves nothing behind", async () => {
    const vectors = new SmallIndex(3);
    const index = new PieceIndex(vectors);
    const pieces = [Float32Array.of(1, 0, 0), Float32Array.of(1)].map((vector) => ({ start: 0, end: 1, vector }));
    await fails(() => index.add(1, "a", pieces), "dimension");
    index.remove(1);
    equal(vectors.size, 0);
  });

  test("a piece is kept as it is, and what is none is not taken for one", () => {
    const piece = { start: 3, end: 9, vector: Float32Array.of(0.6, 0.8) };
    equal(unpacked(JSON.parse(JSON.stringify(packed(piece)))), piece);
    const [start, end, text] = packed(piece);
    for (const other of [
      null,
      7,
      {},
      [],
      [start, end],
      [start, end, "?"],
      [start, end, "AAA="],
      [0.5, end, text],
      ["0", end, text],
    ]) {
      equal(unpacked(other), undefined);
    }
  });

  check("a reranker judges the passage, and the whole of what has none", async (under) => {
    const judged: string[][] = [];
    const rerank = async (_: string, texts: readonly string[]): Promise<number[]> => {
      judged.push([...texts]);
      return texts.map((text) => -text.length);
    };
    const memory = await under.open({ chunks: true, models: { rerank } });
    await memory.remember({ id: "long", content: LONG, tier: "semantic" });
    await memory.remember({ id: "short", content: "a key", tier: "semantic" });
    await under.settled();
    const { results } = await memory.recall({ query: "the spare key of the boathouse", minSimilarity: -1 });
    equal(
      results.map(({ memory }) => memory.id),
      ["short", "long"],
    );
    const texts = judged[0]!.sort((a, b) => a.length - b.length);
    equal(texts[0], "a key");
    ok(texts[1]!.includes(FACT) && texts[1]!.length < LONG.length, "only the passage");
    equal(texts[1], results[1]!.passage);
  });

  check("of very many pieces each has its own vector", async (under) => {
    /** One direction for each fact that a text has. */
    const embed = (texts: readonly string[]): Float32Array[] =>
      texts.map((text) => {
        const vector = new Float32Array(31);
        vector[30] = 0.1;
        for (const [, number] of text.matchAll(/fact (\d+)/g)) vector[Number(number)] = 1;
        return vector;
      });
    const memory = await under.open({ chunks: true, embedder: { fingerprint: "facts", dimensions: 31, embed } });
    const facts = Array.from({ length: 30 }, (_, i) => `fact ${i} `);
    await memory.remember({
      id: "long",
      content: facts.map((fact) => `${PAD} ${fact} ${PAD}`).join("\n\n"),
      tier: "semantic",
    });
    await under.settled();
    for (const fact of facts) {
      const { results } = await memory.recall({ query: fact, alpha: 1, reinforce: false });
      ok(results[0]!.passage!.includes(fact), `${fact}: ${results[0]!.passage}`);
    }
  });

  check("what is changed while it is cut keeps no pieces of what it was", async (under) => {
    const other = await under.open();
    await other.remember({ id: "long", content: LONG, tier: "semantic" });
    let open = (): void => {};
    under.gate = new Promise((resolve) => {
      open = resolve;
    });
    const memory = await under.open({ chunks: true });
    under.interrupt(memory, "commit", "before", async () => {
      under.gate = undefined;
      await other.update("default", "long", { content: "a key" });
    });
    open();
    await under.settled();
    equal((await known(memory, "long")).content, "a key");
    const { results } = await memory.recall({ query: FACT, minSimilarity: -1 });
    equal(
      results.map(({ passage }) => passage),
      [undefined],
    );
  });

  check("closing does not wait for what is still to be cut", async (under) => {
    const plain = await under.open();
    for (const id of ["a", "b", "c"]) await plain.remember({ id, content: `${LONG} ${id}`, tier: "semantic" });
    under.gate = new Promise(() => {}); // the embedder does not answer
    const memory = await under.open({ chunks: true });
    equal((await memory.stats()).uncut, 3);
    equal((await plain.stats()).uncut, 0, "it is not to cut any");
    await memory.close();
    equal(under.unexpected(), []);
  });

  check("an export does not wait for what is still to be cut", async (under) => {
    await (await under.open()).remember({ id: "long", content: LONG, tier: "semantic" });
    under.gate = new Promise(() => {}); // the embedder does not answer
    const memory = await under.open({ chunks: true });
    equal((await memory.stats()).uncut, 1);
    const file = await Promise.race([exportOf(memory), turn(2000)]);
    ok(file?.includes(FACT), "it is there");
    await memory.close();
  });

  check("of a piece with nothing in it no vector is made", async (under) => {
    const words = testEmbedder();
    const embed = (texts: readonly string[]) => {
      if (texts.some((text) => text.trim() === "")) throw new Error("there is nothing in it");
      return words.embed(texts);
    };
    const memory = await under.open({ chunks: true, embedder: { ...words, embed } });
    const content = LONG.replaceAll("\n\n", "\n".repeat(3000));
    await memory.remember({ id: "long", content, tier: "semantic" });
    await under.settled();
    const { results } = await memory.recall({ query: FACT, minSimilarity: -1 });
    ok(results[0]?.passage?.includes(FACT), "it is cut");
  });

  check("those that cannot be cut do not keep others from it", async (under) => {
    const plain = await under.open();
    for (const id of ["bad 1", "bad 2", "bad 3", "good"]) {
      await plain.remember({ id, content: `${LONG} ${id}`, tier: "semantic" });
    }
    const words = testEmbedder();
    const embed = (texts: readonly string[]) => {
      if (texts.some((text) => text.includes("bad"))) throw new Error("this is refused");
      return words.embed(texts);
    };
    const memory = await under.open({ chunks: true, embedder: { ...words, embed } });
    await under.settled();
    const { now } = performance;
    let minutes = 0;
    try {
      performance.now = () => now.call(performance) + minutes * 60_000;
      while ((await memory.stats()).uncut > 3 && minutes++ < 100) {
        await memory.update("default", "good", { importance: minutes / 100 });
        await under.settled();
      }
    } finally {
      performance.now = now;
    }
    equal((await memory.stats()).uncut, 3);
  });

  check("several processes do not all cut the same", async (under) => {
    const plain = await under.open();
    for (let i = 0; i < 20; i++) await plain.remember({ id: `${i}`, content: `${LONG} ${i}`, tier: "semantic" });
    const words = testEmbedder();
    let embedded = 0;
    const embed = async (texts: readonly string[]) => {
      embedded++;
      await turn(1);
      return words.embed(texts);
    };
    const options = { chunks: true, embedder: { ...words, embed } };
    await Promise.all([under.open(options), under.open(options)]);
    await under.settled();
    ok(embedded >= 20 && embedded < 35, `${embedded} for 20`);
  });

  check("what fails is not tried again at every turn", async (under) => {
    await (await under.open()).remember({ id: "long", content: LONG, tier: "semantic" });
    under.isAway = true;
    const memory = await under.open({ chunks: true });
    await under.settled();
    under.isAway = false;
    under.embedded.length = 0;
    for (const content of ["one thing", "another thing"]) await memory.remember({ content, tier: "semantic" });
    await under.settled();
    equal(under.embedded, ["one thing", "another thing"]);
  });

  check("what is remembered while others are cut is cut after them", async (under) => {
    const memory = await under.open({ chunks: true });
    let open = (): void => {};
    under.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = memory.remember({ id: "first", content: LONG, tier: "semantic" });
    open();
    await first;
    under.gate = new Promise((resolve) => {
      open = resolve;
    });
    await turn(); // its pieces are being embedded
    const second = memory.remember({ id: "second", content: `${LONG} too`, tier: "semantic" });
    open();
    await second;
    await under.settled();
    equal((await memory.stats()).uncut, 0);
  });

  check("what others have cut meanwhile is not embedded again", async (under) => {
    const plain = await under.open();
    for (const id of ["a", "b"]) await plain.remember({ id, content: `${LONG} ${id}`, tier: "semantic" });
    let open = (): void => {};
    under.gate = new Promise((resolve) => {
      open = resolve;
    });
    await under.open({ chunks: true });
    await turn(); // it waits for the pieces of one
    const other = await under.open({ chunks: true, embedder: testEmbedder() });
    await other.flush();
    under.embedded.length = 0;
    open();
    await under.settled();
    equal(under.embedded, []);
  });

  check("what is short by the time its turn comes is not cut", async (under) => {
    const plain = await under.open();
    for (const id of ["a", "b", "c"]) await plain.remember({ id, content: `${LONG} ${id}`, tier: "semantic" });
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    under.gate = gate;
    await under.open({ chunks: true });
    await turn(); // it waits for the pieces of one
    under.gate = undefined;
    for (const id of ["a", "b", "c"]) await plain.update("default", id, { content: "a key" });
    open();
    await under.settled();
    equal(
      under.embedded.filter((text) => text === "a key"),
      ["a key", "a key", "a key"],
    );
  });

  check("what was seen before its commit was answered is cut too", async (under) => {
    const [memory, other] = [await under.open({ chunks: true }), await under.open()];
    under.interrupt(memory, "commit", "after", async () => {
      await other.remember({ id: "other", content: "a key", tier: "semantic" });
      await memory.stats();
    });
    await memory.remember({ id: "long", content: LONG, tier: "semantic" });
    await under.settled();
    equal((await memory.stats()).uncut, 0);
  });

  check("what is written otherwise, though it says the same, is cut anew", async (under) => {
    const memory = await under.open({ chunks: true });
    const content = LONG.replaceAll("\n\n", "\n".repeat(3000));
    const tells = async (): Promise<void> => {
      await under.settled();
      for (const id of ["long", "document"]) {
        const { results } = await memory.recall({ query: FACT, ids: [id], minSimilarity: -1 });
        ok(results[0]?.passage?.includes(FACT), id);
      }
    };
    await memory.remember({ id: "long", content, tier: "semantic" });
    await memory.put([{ id: "document", content }]);
    await tells();
    await memory.update("default", "long", { content: LONG });
    await memory.put([{ id: "document", content: LONG }]);
    await tells();
  });

  check("a passage is of what was compared, not of what it has become since", async (under) => {
    const [memory, other] = await under.two({ chunks: true });
    await memory.remember({ id: "long", content: LONG, tier: "semantic" });
    await under.settled();
    under.interrupt(memory, "getMany", "before", async () => {
      await other.update("default", "long", { content: LONG.replace(FACT, "the skiff leaks") });
      await other.flush();
    });
    const { results } = await memory.recall({ query: FACT, minSimilarity: -1 });
    equal(
      results.map(({ passage }) => passage),
      [undefined],
    );
  });
};

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
