import { drive } from "../store/steps.ts";
import {
  END,
  type End,
  entriesName,
  FORMAT,
  MANIFEST,
  type Manifest,
  MEMBER,
  METAS,
  Seal,
  VERSION,
} from "./checkpoint.ts";
import { lineOf } from "./checkpoint-line.ts";
import type { Engine } from "./engine.ts";
import { deflated } from "./gzip.ts";
import { portable } from "./ledger-text.ts";
import { META } from "./meta.ts";
import { concatenated, tarEnd, tarMember } from "./tar.ts";

const encoder = new TextEncoder();

/** The cache as a checkpoint. Entries are read as the stream is; cancelled, it reads no more of them. */
export function dump(engine: Engine): ReadableStream<Uint8Array> {
  return deflated(archive(engine));
}

async function* archive(engine: Engine): AsyncGenerator<Uint8Array> {
  engine.ensureOpen();
  await drive(engine.flush()); // the uses that wait to be written travel too
  engine.ledger.expire(); // what others said a moment ago counts
  await drive(engine.ledger.heed(engine.ledger.ask(engine.store)));
  const createdAt = engine.now();
  const seal = new Seal();
  const member = async (name: string, content: Uint8Array): Promise<Uint8Array> => {
    await seal.add(content);
    return tarMember(name, content, createdAt / 1000);
  };

  yield await member(MANIFEST, json(await manifestOf(engine, createdAt)));
  yield await member(METAS, json(await metasOf(engine)));
  let number = 0;
  let entries = 0;
  for await (const lines of members(engine)) {
    entries += lines.length;
    yield await member(entriesName(++number), concatenated(lines));
  }
  const end: End = { entries, sha256: seal.hash };
  yield await member(END, json(end));
  yield tarEnd();
}

/** The lines of one member at a time. */
async function* members(engine: Engine): AsyncGenerator<Uint8Array[]> {
  let lines: Uint8Array[] = [];
  let length = 0;
  for await (const entry of engine.store.scan()) {
    if (engine.ledger.isInvalid(entry)) continue;
    const line = encoder.encode(lineOf(entry));
    lines.push(line);
    length += line.length;
    if (length < MEMBER) continue;
    yield lines;
    engine.ensureOpen(); // a store that many caches share may outlive this one
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield lines;
}

async function manifestOf({ settings, policy, store }: Engine, createdAt: number): Promise<Manifest> {
  const { fingerprint, dimensions } = settings.embedder;
  const entries = await store.count();
  return {
    format: FORMAT,
    version: VERSION,
    fingerprint,
    dimensions,
    normalise: policy.normalise,
    createdAt,
    entries,
  };
}

async function metasOf({ store }: Engine): Promise<Record<string, string>> {
  const metas: Record<string, string> = {};
  for (const key of Object.values(META)) {
    const kept = await store.getMeta(key);
    const value = key === META.ledger ? portable(kept) : kept;
    if (value !== undefined) metas[key] = value;
  }
  return metas;
}

function json(value: object): Uint8Array {
  return encoder.encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
