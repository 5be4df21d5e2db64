import { argumentError, MnemeError } from "../error.ts";
import { checkIdentity } from "../store/identity.ts";
import type { Identity, Store } from "../store/store.ts";
import { portable } from "./ledger-text.ts";
import { META, REEMBEDDING } from "./meta.ts";
import { FINISHED, MIGRATION } from "./migration.ts";
import { type Policy, policyText, readPolicy, refuseUnfinished } from "./policy.ts";
import { checkOptions, type ReembedOptions, type ReembedSettings, sameStore } from "./reembed-options.ts";
import { type Progress, probeFits } from "./reembed-progress.ts";
import { Transfer } from "./reembed-transfer.ts";

export type { ReembedOptions, ReembedProgress } from "./reembed-options.ts";

export interface ReembedResult {
  /** What the destination holds now. */
  entries: number;
  /** Texts embedded by this run. */
  embedded: number;
  /** Entries that this run met and that were there already, from an earlier one. */
  kept: number;
  /** Entries of the source that are expired or invalid, and were left out. */
  skipped: number;
  /** Entries removed again, because they went from the source meanwhile. */
  removed: number;
}

/** Catching up ends when nothing has changed since; with a source that is never still, after so many rounds. */
const MOST_ROUNDS = 20;

/**
 * Fills a new store with the entries of another, embedded by another embedder. It streams; it may be killed at any moment
 * and run again: what was committed is not embedded twice. Until it has ended no cache opens the destination. What is
 * written to the source meanwhile is brought over at the end.
 */
export async function reembed(options: ReembedOptions): Promise<ReembedResult> {
  const settings = checkOptions(options);
  const { from, to, embedder } = settings;
  settings.signal?.throwIfAborted();
  const source = await openSource(from);
  const policy = await policyOf(from, settings.normalise);
  const { normalise } = policy;
  const identity = { fingerprint: embedder.fingerprint, dimensions: embedder.dimensions };
  const begun = { from: source ?? null, namespaces: settings.namespaces ?? null, normalise };
  const known = await openDestination(to, identity);
  if (known !== undefined) await checkSame(settings, known, begun);
  const progress = known ?? (await begin(from, to, begun));
  await to.setMeta(META.policy, REEMBEDDING);
  const transfer = new Transfer(settings, progress, await sizeOf(from, settings.namespaces));
  await bringOver(from, transfer, known !== undefined);
  const rejected = portable(await from.getMeta(META.ledger));
  if (rejected !== undefined) await to.setMeta(META.ledger, rejected);
  await to.setMeta(META.policy, policyText(policy)); // from now on it may be opened
  await to.setMeta(MIGRATION, FINISHED);
  return { entries: await to.count(), ...transfer.counts };
}

/** The source as it was when its version was read, then what changed since, until nothing has. */
async function bringOver(from: Store, transfer: Transfer, resumed: boolean): Promise<void> {
  const { progress } = transfer;
  let compare = resumed;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await heed(from, transfer);
    if (!progress.scanned) {
      await transfer.scan(compare);
      await transfer.save({ scanned: true });
    }
    if (progress.prune) {
      await transfer.prune();
      await transfer.save({ prune: false });
    }
    const feed = await from.changesSince(progress.version);
    if (feed === undefined) {
      // The source no longer knows what changed: everything is compared, and nothing that is right is embedded again.
      await transfer.save({ version: await from.version(), after: 0, done: 0, scanned: false, prune: true });
      compare = true;
      continue;
    }
    const isStill = feed.version === progress.version;
    if (isStill && !(await heed(from, transfer))) return;
    if (isStill) continue;
    await transfer.apply(feed.puts);
    if (feed.removed.length > 0) await transfer.prune();
    await transfer.save({ version: feed.version });
  }
}

/** What was declared invalid since is not carried over any more, and taken back; tells whether there is such. */
async function heed(from: Store, transfer: Transfer): Promise<boolean> {
  const ledger = (await from.getMeta(META.ledger)) ?? null;
  if (ledger === transfer.progress.ledger) return false;
  await transfer.save({ ledger, prune: true });
  return true;
}

/** What it was filled with; undefined where it cannot tell: then it must have been opened. */
async function openSource(from: Store): Promise<Identity | undefined> {
  let identity: Identity | undefined;
  if (from.identify !== undefined) {
    identity = await from.identify();
    if (identity === undefined) {
      throw new MnemeError("argument", `The ${from.name} store "from" is new.`, "There is nothing to embed.");
    }
    await from.open(identity);
  }
  refuseUnfinished(from, await from.getMeta(META.policy));
  return identity && { fingerprint: identity.fingerprint, dimensions: identity.dimensions };
}

/**
 * The new store's limits are the old one's, and so is whether texts are normalised, as keys are taken over as they are. The
 * threshold is not: it was found for another embedder.
 */
async function policyOf(from: Store, given: boolean | undefined): Promise<Partial<Policy> & { normalise: boolean }> {
  const { threshold: _threshold, ...kept } = readPolicy(await from.getMeta(META.policy));
  if (given !== undefined && (kept.normalise ?? given) !== given) {
    throw argumentError(
      "normalise",
      `${kept.normalise}, as "from" was filled`,
      given,
      "Leave it out: the store says it.",
    );
  }
  return { ...kept, normalise: kept.normalise ?? given ?? true };
}

/** How far an earlier run came; undefined in a new store. What holds anything else is refused, and left as it is. */
async function openDestination(to: Store, identity: Identity): Promise<Progress | undefined> {
  const held = await to.identify?.();
  if (held !== undefined) checkIdentity(to.name, held, identity); // before opening, which may change how a file is kept
  await to.open(identity);
  const state = await to.getMeta(MIGRATION);
  if (state !== undefined && state !== FINISHED) return JSON.parse(state) as Progress;
  if ((await to.count()) === 0) return undefined;
  const problem = `The ${to.name} store "to" is not new: it holds ${state === undefined ? "entries" : "a reembed that has ended"}.`;
  throw new MnemeError("argument", problem, "Give a new one; nothing was changed.");
}

async function begin(
  from: Store,
  to: Store,
  begun: Pick<Progress, "from" | "namespaces" | "normalise">,
): Promise<Progress> {
  const run = `${Date.now()}-${Math.random()}`;
  // The version comes first: what is put while the scan runs, and perhaps not met by it, is brought over after it.
  const version = await from.version();
  const ledger = (await from.getMeta(META.ledger)) ?? null;
  const progress = { ...begun, run, version, after: 0, done: 0, scanned: false, ledger, prune: false, probes: [] };
  await to.setMeta(MIGRATION, JSON.stringify(progress));
  // Two store objects may be one store, under two names.
  const seen = await from.getMeta(MIGRATION);
  if (seen?.includes(run)) {
    await to.setMeta(MIGRATION, FINISHED);
    throw sameStore(to);
  }
  return progress;
}

/** An unfinished run goes on with the source it began with: another one's entries would be mixed with those there. */
async function checkSame(
  { from, to }: ReembedSettings,
  known: Progress,
  given: Pick<Progress, "from" | "namespaces" | "normalise">,
): Promise<void> {
  const other = (what: string): MnemeError =>
    new MnemeError(
      "argument",
      `The ${to.name} store "to" is an unfinished reembed ${what}.`,
      "Go on with what that run was given, or give a new destination.",
    );
  for (const name of ["from", "namespaces", "normalise"] as const) {
    if (JSON.stringify(known[name]) !== JSON.stringify(given[name])) throw other(`with another "${name}"`);
  }
  const fits = known.version <= (await from.version()) && (await probeFits(from, known.probes));
  if (!fits) throw other("from another source");
}

async function sizeOf(from: Store, namespaces: readonly string[] | undefined): Promise<number> {
  if (namespaces === undefined) return from.count();
  let size = 0;
  for (const namespace of namespaces) size += await from.count(namespace);
  return size;
}
