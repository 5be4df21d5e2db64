import { MnemeError } from "../../src/index.ts";

/** A value as LangGraph's serialiser wrote it. */
export interface Dumped {
  type: string;
  /** Its bytes: as text where they are UTF-8, else by character code. */
  text?: string;
  bytes?: string;
}

/** JSON stays readable; other bytes are kept one by one. */
export function textOf(type: string, data: Uint8Array): Dumped {
  try {
    // The mark at the start would be taken away.
    return { type, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { type, bytes: Array.from(data, (byte) => String.fromCharCode(byte)).join("") };
  }
}

export function bytesOf({ text, bytes }: Dumped): Uint8Array {
  if (typeof text === "string") return new TextEncoder().encode(text);
  if (typeof bytes === "string") return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  throw new MnemeError("corrupt", "This is no value of LangGraph.", "Give its cache a namespace of its own.");
}
