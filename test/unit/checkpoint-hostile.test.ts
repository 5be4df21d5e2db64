import fc from "fast-check";
import { lineOf } from "../../src/cache/checkpoint-line.ts";
import { tarMember } from "../../src/cache/tar.ts";
import { type MnemeError, memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  archiveOf,
  contents,
  dumpOf,
  entry,
  filled,
  gzipped,
  HEAD,
  type Members,
  membersOf,
  restored,
  SMALL,
  sealed,
  streamOf,
  tarOf,
} from "./checkpoint-fixtures.ts";

type Code = MnemeError["code"];

/** Archives that were damaged, cut short, or made to do harm. Whatever they are, a store is filled whole or left as it was. */
export const checkpointHostileTests: Suite = (test) => {
  /** Refused, and a store with something in it and an empty one are as they were. */
  const refuses = async (archive: Uint8Array, code: Code, limits?: object): Promise<MnemeError> => {
    let error: MnemeError | undefined;
    for (const before of [[], [entry({ key: "old" })]]) {
      const store = await filled(before);
      const left = await contents(store);
      error = await fails(() => restored(archive, { store, replace: true, limits: limits ?? {} }), code);
      equal(await contents(store), left);
      await SemanticCache.open({ embedder: SMALL, store });
    }
    return error!;
  };
  /** `spoil` changes what is in the archive, whose seal then fits again. */
  const spoilt = (name: string, spoil: (members: Members) => Members | undefined, code: Code = "corrupt"): void =>
    test(name, async () => {
      const members = membersOf(entry());
      const archive = await archiveOf(await sealed(spoil(members) ?? members));
      const error = await refuses(archive, code);
      ok(error.remedy !== "", "it says what to do");
    });
  const manifest =
    (fields: object): ((members: Members) => Members) =>
    (members) => [["manifest.json", JSON.stringify({ ...HEAD, ...fields })], ...members.slice(1)];
  const line =
    (fields: object): ((members: Members) => Members) =>
    (members) => [
      ...members.slice(0, 2),
      ["entries/000001.jsonl", `${JSON.stringify({ ...JSON.parse(lineOf(entry())), ...fields })}\n`],
    ];

  test("what the tests below spoil is sound before", async () => {
    const store = await restored(await archiveOf(await sealed(membersOf(entry()))));
    equal(await store.count(), 1);
    equal(await (await restored(await archiveOf(await sealed(membersOf().slice(0, 2), 0)))).count(), 0);
  });

  test("F27 cut off anywhere, or any byte flipped: an error, or the whole", async () => {
    const entries = Array.from({ length: 3 }, (_, i) => entry({ key: `k${i}`, accessedAt: 1000 + i, hits: i }));
    const whole = await dumpOf(await filled(entries));
    const all = await contents(await filled(entries));
    const tries = async (archive: Uint8Array, what: string): Promise<void> => {
      const store = await filled([]);
      const error = await restored(archive, { store }).then(
        () => undefined,
        (error: MnemeError) => error,
      );
      if (error === undefined) return equal(await contents(store), all, what);
      equal(error.code, "corrupt", `${what}: ${error.message}`);
      equal(await store.count(), 0, what);
    };
    for (let length = 0; length < whole.length; length += length < whole.length - 12 ? 13 : 1) {
      await tries(whole.subarray(0, length), `cut to ${length} of ${whole.length}`);
      if (length < whole.length) await fails(() => restored(whole.subarray(0, length)), "corrupt");
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const damaged = whole.slice();
        damaged[at]! ^= bits;
        await tries(damaged, `byte ${at} changed by ${bits}`);
      }),
      { numRuns: cases(40) },
    );
  });

  test("F27 the same without gzip's own checks: any byte of the tar flipped, or the tar cut off", async () => {
    const pieces = tarOf(await sealed(membersOf(entry())));
    const tar = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const all = await contents(await filled([entry()]));
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.nat(255), async (at, bits) => {
        const store = await filled([]);
        const damaged = bits === 0 ? tar.subarray(0, at) : tar.slice();
        if (bits > 0) damaged[at]! ^= bits;
        const error = await restored(await gzipped([damaged]), { store }).then(
          () => undefined,
          (error: MnemeError) => error,
        );
        if (error === undefined) return equal(await contents(store), all, `${at} ${bits}`);
        ok(["corrupt", "newer", "fingerprint", "dimension", "argument"].includes(error.code), error.message);
        equal(await store.count(), 0);
      }),
      { numRuns: cases(80) },
    );
  });

  test("something else than a checkpoint is said to be so", async () => {
    await refuses(new Uint8Array(0), "corrupt");
    await refuses(new TextEncoder().encode("PK\x03\x04 not gzip at all"), "corrupt");
    await refuses(await gzipped([new Uint8Array(0)]), "corrupt");
    await refuses(await gzipped([new TextEncoder().encode("text ".repeat(1000))]), "corrupt");
    await refuses(await archiveOf([["manifest.json", "{}"]]), "corrupt");
    await refuses(await archiveOf([["readme.txt", "hello"]]), "corrupt");
  });

  spoilt("F27 a newer format is refused", manifest({ version: 2 }), "newer");
  for (const [what, fields] of Object.entries({
    "no version": { version: undefined },
    "version 0": { version: 0 },
    "another format": { format: "tar" },
    "no fingerprint": { fingerprint: null },
    "dimensions as a text": { dimensions: "2" },
    "no word on normalising": { normalise: "true" },
  })) {
    spoilt(`manifest: ${what}`, manifest(fields));
  }
  spoilt("manifest: an array", (members) => [["manifest.json", "[]"], ...members.slice(1)]);
  spoilt("manifest: not JSON", (members) => [["manifest.json", "{"], ...members.slice(1)]);
  spoilt("manifest: not first", (members) => [members[1]!, members[0]!, members[2]!]);
  spoilt("manifest: twice", (members) => [members[0]!, members[0]!, ...members.slice(1)]);
  for (const policy of [
    "{",
    "[]",
    '{"normalise":true,"quotas":[],"threshold":5}',
    '{"normalise":true,"quotas":[["a",-1]]}',
    '{"normalise":false,"quotas":[]}',
    '{"normalise":true}',
    '{"normalise":true,"quotas":[],"maxEntries":"1"}',
  ]) {
    spoilt(`a policy that none can be: ${policy}`, (members) => [
      members[0]!,
      ["meta.json", JSON.stringify({ policy })],
      members[2]!,
    ]);
  }
  spoilt("metas that are no texts", (members) => [members[0]!, ["meta.json", '{"index":1}'], members[2]!]);

  for (const name of ["../../etc/passwd", "/etc/passwd", "entries/../../x", "C:\\x", "./manifest.json", "extra.txt"]) {
    spoilt(`a file named ${name}`, (members) => [...members, [name, "x"]]);
  }
  spoilt("entries that come twice", (members) => [...members, members[2]!]);
  spoilt("entries of which some are left out", (members) => [
    ...members.slice(0, 2),
    ["entries/000002.jsonl", members[2]![1]],
  ]);

  for (const [what, fields] of Object.entries({
    "no namespace": { namespace: undefined },
    "a key that is a number": { key: 5 },
    "a value that is not JSON": { value: "{" },
    "a vector of another length": { vector: "AACAPw==" },
    "a vector of half a number": { vector: "AACAPwAA" },
    "a vector that is not base64": { vector: "?" },
    "a vector with NaN": { vector: btoa("\0\0\xc0\x7f\0\0\x80\x3f") },
    "a vector with Infinity": { vector: btoa("\0\0\x80\x7f\0\0\x80\x3f") },
    "a vector of zeros": { vector: "AAAAAAAAAAA=" },
    "a vector that is an array": { vector: [1, 0] },
    "metadata that is an array": { metadata: [] },
    "metadata that is null": { metadata: null },
    "tags that are no texts": { tags: [1] },
    "a time that is a text": { createdAt: "1000" },
    "a time before all times": { accessedAt: -1 },
    "an expiry before all times": { expiresAt: -1 },
    "less than no hits": { hits: -1 },
    "half a hit": { hits: 0.5 },
  })) {
    spoilt(`an entry with ${what}`, line(fields));
  }
  spoilt("a time that JSON makes infinite", (members) => [
    ...members.slice(0, 2),
    ["entries/000001.jsonl", lineOf(entry()).replace('"createdAt":1000', '"createdAt":1e999')],
  ]);
  test("metadata nested so deep that some engines cannot write it is refused there, and whole elsewhere", async () => {
    const deep = `"metadata":{"a":${"[".repeat(3e4)}${"]".repeat(3e4)}}`;
    const line = lineOf(entry()).replace('"metadata":{}', deep);
    const store = await filled([]);
    const archive = await archiveOf(await sealed([...membersOf().slice(0, 2), ["entries/000001.jsonl", line]]));
    const error = await restored(archive, { store }).then(
      () => undefined,
      (error: MnemeError) => error,
    );
    equal([error?.code ?? "corrupt", await store.count()], ["corrupt", error ? 0 : 1]);
  });
  for (const [what, content] of Object.entries({
    "a line that is not JSON": "{\n",
    "a line that is no object": "5\n",
    "an empty line": "\n",
    "no end of the last line": lineOf(entry()).trimEnd(),
    "what is not UTF-8": Uint8Array.of(0xff, 0xfe, 10),
  })) {
    spoilt(`entries with ${what}`, (members) => [...members.slice(0, 2), ["entries/000001.jsonl", content]]);
  }

  test("an entry cannot change what objects are made of, and brings nothing that is not asked for", async () => {
    const evil = lineOf(entry()).replace(
      '{"namespace"',
      '{"__proto__":{"polluted":1},"id":77,"revision":9,"namespace"',
    );
    const nested = evil.replace(
      '"metadata":{}',
      '"metadata":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    const members: Members = [...membersOf().slice(0, 2), ["entries/000001.jsonl", nested]];
    const store = memoryStore();
    await restored(await archiveOf(await sealed(members)), { store });
    equal(({} as { polluted?: number }).polluted, undefined);
    const [found] = [...store.scan()];
    equal([found!.id, found!.revision], [1, 1]);
    equal(JSON.stringify(found!.metadata), '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  });

  test("an end that does not fit is refused", async () => {
    const good = await sealed(membersOf(entry()));
    for (const end of [{ entries: 2 }, { entries: "1" }, { sha256: "0".repeat(64) }, { sha256: undefined }]) {
      const text = JSON.stringify({ ...JSON.parse(good.at(-1)![1] as string), ...end });
      await refuses(await archiveOf([...good.slice(0, -1), ["end.json", text]]), "corrupt");
    }
    await refuses(await archiveOf(membersOf(entry())), "corrupt");
    await refuses(await archiveOf([...good, ["after.txt", ""]]), "corrupt");
    await refuses(await gzipped([...tarOf(good), new TextEncoder().encode("more")]), "corrupt");
    await refuses(await gzipped(tarOf(good).slice(0, -1)), "corrupt");
  });

  test("headers that lie are refused", async () => {
    const good = tarOf(await sealed(membersOf(entry())));
    const withHeader = async (change: (header: Uint8Array) => void, summed = true): Promise<Uint8Array> => {
      const header = good[2]!.slice();
      change(header);
      if (summed) {
        header.fill(0x20, 148, 156);
        const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        new TextEncoder().encodeInto(`${sum.toString(8).padStart(6, "0")}\0 `, header.subarray(148));
      }
      return gzipped([...good.slice(0, 2), header, ...good.slice(3)]);
    };
    const write = (text: string, at: number) => (header: Uint8Array) => {
      new TextEncoder().encodeInto(text, header.subarray(at));
    };
    equal(await (await restored(await withHeader(() => {}))).count(), 1, "sound before");
    for (const kind of ["1", "2", "3", "4", "5", "6", "7", "g", "L", "S"]) {
      await refuses(await withHeader(write(kind, 156)), "corrupt");
    }
    for (const size of ["77777777777", "00000000001", "-0000000001", "zzzzzzzzzzz", "0x000000010", "           "]) {
      const error = await rejection(async () => restored(await withHeader(write(size, 124))));
      ok(["corrupt", "argument"].includes((error as MnemeError).code), `${size}: ${error}`);
    }
    await refuses(await withHeader((header) => header.set([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], 124)), "corrupt"); // base 256
    await refuses(await withHeader(write("9", 148), false), "corrupt"); // another sum
    await refuses(await withHeader(write("nonsense", 257)), "corrupt");
    await refuses(await withHeader(write("..", 345)), "corrupt"); // a folder before the name
  });

  test("what other programs put before a header is read over, unless it changes the file", async () => {
    const good = tarOf(await sealed(membersOf(entry())));
    const withRecords = (records: string, kind = 0x78): Promise<Uint8Array> => {
      const extended = tarMember("x", new TextEncoder().encode(records), 0);
      extended[156] = kind;
      extended.fill(0x20, 148, 156);
      const sum = extended.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      new TextEncoder().encodeInto(`${sum.toString(8).padStart(6, "0")}\0 `, extended.subarray(148));
      return gzipped([...good.slice(0, 2), extended, ...good.slice(2)]);
    };
    equal(await (await restored(await withRecords("28 mtime=1700000000.1234567\n"))).count(), 1);
    await refuses(await withRecords("19 path=/etc/passwd\n"), "corrupt");
    await refuses(await withRecords("28 mtime=1700000000.1234567\n12 size=999\n"), "corrupt");
    await refuses(await withRecords("28 mtime=1700000000.1234567\n", 0x67), "corrupt");
    await refuses(await withRecords("x".repeat(100_000)), "corrupt");
    await refuses(await gzipped([...good.slice(0, 2), (await tarOf([["x", ""]]))[0]!, ...good.slice(3)]), "corrupt");
  });

  test("limits are kept, and each error names the one to raise", async () => {
    const entries = Array.from({ length: 10 }, (_, i) =>
      entry({ key: `k${i}`, value: JSON.stringify("x".repeat(1000)) }),
    );
    const archive = await dumpOf(await filled(entries));
    for (const [limits, name] of [
      [{ bytes: 5000 }, "limits.bytes"],
      [{ entries: 9 }, "limits.entries"],
      [{ entryBytes: 1000 }, "limits.entryBytes"],
    ] as const) {
      const error = await refuses(archive, "argument", limits);
      ok(error.remedy.includes(`"${name}"`), error.message);
    }
    equal(await (await restored(archive, { limits: { entries: 10, bytes: Number.POSITIVE_INFINITY } })).count(), 10);
    const huge = membersOf(entry({ value: JSON.stringify("x".repeat(2e6)) }));
    await refuses(await archiveOf(await sealed(huge)), "argument", { entryBytes: 1e6 });
  });

  test("a gzip bomb is left when it has passed its limit, having grown no further", async () => {
    const zeros = new Uint8Array(2 ** 20);
    function* bomb(): Iterable<Uint8Array> {
      yield* tarOf(membersOf().slice(0, 2)).slice(0, 2);
      const member = tarMember("entries/000001.jsonl", new Uint8Array(0), 0);
      new TextEncoder().encodeInto("77777777777", member.subarray(124)); // 8 GiB, it says
      member.fill(0x20, 148, 156);
      const sum = member.reduce((total, byte) => total + byte, 0);
      new TextEncoder().encodeInto(`${sum.toString(8).padStart(6, "0")}\0 `, member.subarray(148));
      yield member;
      for (let i = 0; i < 24; i++) yield zeros;
    }
    const archive = await gzipped(bomb());
    ok(archive.length < 500_000, "it is small");
    const error = await refuses(archive, "argument");
    ok(error.remedy.includes("entryBytes"), error.message);
    await refuses(archive, "argument", { entryBytes: Number.POSITIVE_INFINITY, bytes: 1e6 });
  });

  test("a checkpoint of the Python reference says what it takes to read it", async () => {
    const python = {
      format_version: 1,
      schema_version: 1,
      store_backend: "sqlite",
      embedder_fingerprint: "test",
      embedder_dim: 2,
    };
    const archive = (fields: object): Promise<Uint8Array> =>
      archiveOf([
        ["manifest.json", JSON.stringify({ ...python, ...fields })],
        ["store", "SQLite format 3"],
      ]);
    const error = await refuses(await archive({}), "unsupported");
    ok(error.remedy.includes("pythonImporter()"), error.message);
    await refuses(await archive({ format_version: 2 }), "newer");
    await refuses(await archive({ schema_version: 2 }), "newer");
    await refuses(await archive({ store_backend: "redis" }), "corrupt");
    await refuses(await archive({ embedder_dim: null }), "corrupt");
    const importer = { entries: () => [{ ...entry(), vector: Float32Array.of(Number.NaN, 0) }] };
    await fails(async () => restored(await archive({}), { importer: importer as never }), "corrupt");
  });

  test("a stream in one piece, and one byte at a time, are the same", async () => {
    const archive = await dumpOf(await filled([entry()]));
    for (const size of [1, archive.length]) {
      const store = memoryStore();
      await SemanticCache.restore(streamOf(archive, size), { embedder: SMALL, store });
      equal(store.count(), 1);
    }
  });
};
