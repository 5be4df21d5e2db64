// Cloudflare Workers run no bytes, only modules deployed beside the script.
import rows from "../../kernel.rows.wasm";

export function rowsModule(): WebAssembly.Module | undefined {
  return rows;
}
