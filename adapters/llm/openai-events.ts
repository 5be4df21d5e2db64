/** One of a stream of server-sent events. */
export interface ServerEvent {
  event?: string;
  data: string;
}

export function eventOf(data: object | string, event?: string): ServerEvent {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return event === undefined ? { data: text } : { event, data: text };
}

/** What an event holds; undefined for what is no object. */
export function dataOf<T extends object>({ data }: ServerEvent): T | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** By its name, or what its data says it is. */
export function typeOf(event: ServerEvent): string | undefined {
  return event.event ?? dataOf<{ type?: string }>(event)?.type;
}

export function textOf({ event, data }: ServerEvent): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`);
  return `${event === undefined ? "" : `event: ${event}\n`}${lines.join("")}\n`;
}

export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event: string | undefined;
  let data: string[] = [];
  try {
    for (let isOver = false; !isOver; ) {
      const { done, value } = await reader.read();
      isOver = done;
      const text = done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true });
      rest += text;
      // A line may be a picture, and come in thousands of pieces: it is not looked through again for each.
      if (!/[\r\n]/.test(text)) continue;
      const lines = rest.split(/\r\n|\n|\r(?!$)/); // a last \r may be half of an end
      rest = lines.pop()!;
      for (const line of lines) {
        const [, field, text] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
        if (field === "data") data.push(text ?? "");
        else if (field === "event") event = text ?? "";
        if (line !== "") continue;
        if (data.length > 0) yield eventOf(data.join("\n"), event);
        event = undefined;
        data = [];
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have failed
  }
}

/** The pieces that a text is replayed in. */
export function piecesOf(text: string, inWords: boolean): string[] {
  return inWords ? (text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? []) : text === "" ? [] : [text];
}
