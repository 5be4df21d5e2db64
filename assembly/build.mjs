// Compiles the kernel, once for each feature level, and embeds the bytes for runtimes that may compile them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const levels = { simd: ["simd"], "simd-shared": ["simdShared", "assembly/threads.ts"] };

mkdirSync("dist", { recursive: true });
const constants = [];
for (const [target, [name, ...more]] of Object.entries(levels)) {
  const { error, stderr } = await asc.main([...more, "--target", target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  // Hexadecimal, not base64: what the two modules share stands alike in it, so that gzip stores it once.
  const hex = readFileSync(`dist/kernel.${target}.wasm`).toString("hex");
  constants.push(`export const ${name} = "${hex}";\n`);
}
writeFileSync("src/kernel/embedded.ts", `// Made by assembly/build.mjs.\n${constants.join("")}`);
writeFileSync("dist/kernel.wasm.d.ts", "declare const module: WebAssembly.Module;\nexport default module;\n");
