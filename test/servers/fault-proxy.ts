import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What befalls a connection: what comes is held back a while; it is held back for ever; the connection ends; other bytes come
 * instead; and nobody listens any more.
 */
export const FAULTS = ["slow", "hang", "drop", "garbage", "gone"] as const;
export type Fault = (typeof FAULTS)[number];
export type Direction = "to the server" | "to the client";

const SLOW_MS = 30;

/** Stands between a client and a server of this machine, and lets pieces of what they send come to grief. */
export class FaultProxy {
  readonly #target: number;
  readonly #server: Server = createServer((client) => this.#connect(client));
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #armed: { fault: Fault; direction: Direction; pieces: number } | undefined;
  #struck = 0;
  readonly #passed = { "to the server": 0, "to the client": 0 };

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** How often the fault has struck since it was armed. */
  get struck(): number {
    return this.#struck;
  }

  /** Pieces that went through unharmed. */
  passed(direction: Direction): number {
    return this.#passed[direction];
  }

  /** From the piece after so many more in this direction on, until it is healed. */
  arm(fault: Fault, direction: Direction, pieces: number): void {
    this.#armed = { fault, direction, pieces };
    this.#struck = 0;
  }

  /** All is well again; connections that suffered have to be made anew. */
  async heal(): Promise<void> {
    this.#armed = undefined;
    this.#dropAll();
    if (!this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    this.#dropAll();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #connect(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    for (const [from, to, direction] of [
      [client, server, "to the server"],
      [server, client, "to the client"],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (piece) => this.#pass(from, to, direction, piece));
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  #pass(from: Socket, to: Socket, direction: Direction, piece: Buffer): void {
    const armed = this.#armed;
    if (armed?.direction !== direction || armed.pieces-- > 0) {
      this.#passed[direction]++;
      to.write(piece);
      return;
    }
    this.#struck++;
    switch (armed.fault) {
      case "slow":
        setTimeout(() => to.write(piece), SLOW_MS);
        return;
      case "hang":
        return;
      case "drop":
        from.destroy();
        return;
      case "garbage":
        to.write(Buffer.from(piece.map((byte) => byte ^ 0x55)));
        return;
      case "gone":
        this.#server.close();
        this.#dropAll();
    }
  }

  #dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
