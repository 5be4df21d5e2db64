import { MnemeError } from "../../src/index.ts";
import { textOf } from "./redis-row.ts";

// What a script answers, told from what something else says in the server's place: a gateway, a proxy, another program.

export function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw foreign();
}

export function numberOf(answer: unknown): number {
  const number = typeof answer === "string" && answer !== "" ? Number(answer) : answer;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw foreign();
}

export function booleanOf(answer: unknown): boolean {
  const number = numberOf(answer);
  if (number === 0 || number === 1) return number === 1;
  throw foreign();
}

export function numbersOf(answer: unknown): number[] {
  return listOf(answer).map(numberOf);
}

export function encodedOf(answer: unknown): string {
  if (typeof answer === "string" && answer.startsWith("=")) return textOf(answer);
  throw foreign();
}

export function orNull<T>(read: (answer: unknown) => T): (answer: unknown) => T | null {
  return (answer) => (answer === null ? null : read(answer));
}

function foreign(): MnemeError {
  return new MnemeError(
    "store",
    "The redis store got an answer that none of its scripts gives.",
    "Look at what the client's address leads to, and at what stands between.",
  );
}
