/** Bytes given in hexadecimal as a module; undefined where this engine lacks one of its opcodes or may not compile. */
export function compile(hex: string): WebAssembly.Module | undefined {
  try {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
  } catch {
    return undefined; // no WebAssembly at all, or a policy (CSP, an embedder) forbids it
  }
}
