import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Traffic {
  /** Times a client spoke after it was answered, by connection: requests, and pipelines of them, whatever the protocol. */
  roundTrips: number;
  sent: number;
  received: number;
}

/** Stands between clients and a server of this machine, and counts what passes. */
export class CountingProxy {
  readonly #target: number;
  readonly #server: Server = createServer((client) => this.#connect(client));
  readonly #sockets = new Set<Socket>();
  readonly #traffic: Traffic = { roundTrips: 0, sent: 0, received: 0 };

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(target: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Since it began to listen. */
  get traffic(): Traffic {
    return { ...this.#traffic };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    let answered = true;
    client.on("data", (piece) => {
      if (answered) this.#traffic.roundTrips++;
      answered = false;
      this.#traffic.sent += piece.length;
      server.write(piece);
    });
    server.on("data", (piece) => {
      answered = true;
      this.#traffic.received += piece.length;
      client.write(piece);
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
