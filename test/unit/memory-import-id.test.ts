import fc from "fast-check";
import { uuidv5 } from "../../src/memory/import-id.ts";
import { sha1 } from "../../src/text/sha1.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

/** The namespace of names of domains (RFC 9562, 6.6). */
const DNS = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

/** The ids of what is imported. */
export const memoryImportIdTests: Suite = (test) => {
  test("sha1 equals the platform's, of every length around the block size", async () => {
    const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const oracle = async (message: Uint8Array<ArrayBuffer>) =>
      hex(new Uint8Array(await crypto.subtle.digest("SHA-1", message)));
    equal(sha1(new TextEncoder().encode("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    for (let length = 0; length <= 200; length++) {
      const message = Uint8Array.from({ length }, (_, i) => i * 37 + length);
      equal(sha1(message), await oracle(message));
    }
    const long = new Uint8Array(1_000_000).fill(0xe9);
    equal(sha1(long), await oracle(long));
  });

  test("an id is the one of the RFC", () => {
    equal(uuidv5(DNS, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    equal(uuidv5(DNS.toUpperCase(), "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  });

  test("an id is a UUID of version 5, and serves as a namespace", async () => {
    await fc.assert(
      fc.asyncProperty(anyText(), anyText(), async (one, other) => {
        const id = uuidv5(DNS, one);
        ok(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
        equal(id === uuidv5(DNS, other), utf8(one) === utf8(other));
        ok(uuidv5(id, one) !== id, "the namespace counts");
      }),
    );
  });

  test("a namespace that is no UUID is refused", async () => {
    for (const namespace of ["", "x", DNS.slice(1), `${DNS}0`, DNS.replace(/-/g, ""), DNS.replace("6", "g")]) {
      await fails(() => uuidv5(namespace, "x"), "argument");
    }
  });
};

/** Halves of pairs have no UTF-8. */
function utf8(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
