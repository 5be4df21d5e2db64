import { MnemeError } from "../../src/index.ts";

// A server forgets in memory at once; its files do when it writes them anew: the log (AOF), and the image (RDB).

/** What a scrub asks a server. */
export interface Asking {
  /** What INFO answers. */
  info(): Promise<string>;
  /** Asks for something to be begun. One that is under way is as good. */
  begin(command: string[]): Promise<unknown>;
}

interface File {
  what: string;
  command: string[];
  /** Of INFO: how many times it was begun, whether it is under way, how it ended. */
  begun: string;
  underWay: string[];
  status: string;
}
const LOG: File = {
  what: "log (AOF)",
  command: ["BGREWRITEAOF"],
  begun: "aof_rewrites",
  underWay: ["aof_rewrite_in_progress", "aof_rewrite_scheduled"],
  status: "aof_last_bgrewrite_status",
};
const IMAGE: File = {
  what: "image (RDB)",
  command: ["BGSAVE", "SCHEDULE"], // after a rewriting of the log, should there be one
  begun: "rdb_saves",
  underWay: ["rdb_bgsave_in_progress"],
  status: "rdb_last_bgsave_status",
};
/** What tells whether there is an image: made since the server started, or loaded when it did. */
const LOADED = ["rdb_last_load_keys_loaded", "rdb_last_load_keys_expired"];

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** A server that writes nothing else begins at once. */
const BEGUN_WITHIN_MS = 5000;

/** Has the files of one server written anew, by its name; none that it does not write. */
export async function scrubFiles(asking: Asking, server: string): Promise<void> {
  const look = async (): Promise<Info> => new Info(await asking.info(), server);
  const info = await look();
  const hasLog = info.number("aof_enabled") > 0;
  // A server with a log does not look at an old image when it starts.
  const hasImage = hasLog || [IMAGE.begun, ...LOADED].some((field) => info.number(field) > 0);
  if (hasLog) await rewrite(asking, look, LOG);
  if (hasImage) await rewrite(asking, look, IMAGE);
}

/** One that is under way may have begun before the last removal: only the next counts. */
async function rewrite(asking: Asking, look: () => Promise<Info>, file: File): Promise<void> {
  const isWriting = (info: Info, files = [file]): boolean =>
    files.some(({ underWay }) => underWay.some((field) => info.number(field) > 0));
  const before = await until(look, (info) => !isWriting(info));
  await asking.begin(file.command);
  let late = performance.now() + BEGUN_WITHIN_MS;
  const after = await until(look, (info) => {
    const isBegun = info.number(file.begun) > before.number(file.begun);
    if (isWriting(info, [LOG, IMAGE])) late = performance.now() + BEGUN_WITHIN_MS;
    if (!isBegun && performance.now() > late) {
      throw failed(
        `The server did not begin to write its ${file.what} anew.`,
        "See what else it writes; then scrub again.",
      );
    }
    return isBegun && !isWriting(info);
  });
  if (after.text(file.status) === "ok") return;
  throw failed(
    `The server could not write its ${file.what} anew.`,
    "See its log: its disk may be full. Then scrub again.",
  );
}

async function until(look: () => Promise<Info>, isSo: (info: Info) => boolean): Promise<Info> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const info = await look();
    if (isSo(info)) return info;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** What a server says of itself, in lines of "name:value". */
class Info {
  readonly #said: string;

  constructor(said: string, server: string) {
    this.#said = said;
    if (this.text("run_id") === server) return;
    throw failed(
      "The client speaks to several servers, or this one was started anew.",
      "Scrub with a client of the server that has the keys: in a cluster CLUSTER KEYSLOT and CLUSTER SHARDS tell which.",
    );
  }

  text(name: string): string {
    const [, value] = new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(this.#said) ?? [];
    if (value !== undefined) return value;
    throw new MnemeError(
      "unsupported",
      `The redis store failed in scrub. The server does not tell "${name}", so nobody knows what it has written.`,
      "Use Redis 7 or newer, or see to its files yourself.",
    );
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}

function failed(problem: string, remedy: string): MnemeError {
  return new MnemeError("store", `The redis store failed in scrub. ${problem}`, remedy);
}
