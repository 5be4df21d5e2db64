type Listener = (version: number) => void;

/**
 * Between the stores of one database, in this page and in others: says which version a writer left behind. Opened when it
 * is first needed. Without it stores work as well, only that they do not hear of each other: so nothing here throws.
 */
export class Channel {
  readonly #name: string;
  readonly #listeners = new Set<Listener>();
  #channel: BroadcastChannel | undefined;
  #closed = false;

  constructor(databaseName: string) {
    this.#name = `mneme:${databaseName}`;
  }

  static get there(): boolean {
    return typeof BroadcastChannel === "function";
  }

  /** Tells the others. */
  tell(version: number): void {
    try {
      this.#open()?.postMessage(version);
    } catch {
      // They find out when they ask for the version.
    }
  }

  /** Hears the others, until the answer is called. */
  hear(listener: Listener): () => void {
    const own: Listener = (version) => listener(version); // the same function may listen twice
    this.#listeners.add(own);
    const channel = this.#open();
    if (channel !== undefined) channel.onmessage = ({ data }) => this.hearSelf(data);
    return () => void this.#listeners.delete(own);
  }

  /** Calls the listeners here. */
  hearSelf(version: unknown): void {
    if (typeof version !== "number") return; // anyone on this site may post here
    for (const listener of this.#listeners) {
      try {
        listener(version);
      } catch {
        // One listener's failure is not the next one's, nor ours.
      }
    }
  }

  close(): void {
    this.#closed = true; // a commit under way must not open it again
    this.#listeners.clear();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #open(): BroadcastChannel | undefined {
    if (this.#channel !== undefined || this.#closed || !Channel.there) return this.#channel;
    try {
      this.#channel = new BroadcastChannel(this.#name);
      // Where channels keep a process alive, this one must not.
      (this.#channel as { unref?: () => void }).unref?.();
    } catch {
      // A frame without an origin may be refused one.
    }
    return this.#channel;
  }
}
