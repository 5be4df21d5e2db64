// Vercel's edge runtime: as on Workers, but its bundler marks a module to be deployed with "?module".
import rows from "../../kernel.rows.wasm?module";

export function rowsModule(): WebAssembly.Module | undefined {
  return rows;
}
