// Compiles the kernels and embeds their bytes for runtimes that may compile them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

/** By the file that embeds them: for each target its name there, and its entries. */
const files = {
  "src/kernel/embedded.ts": { rows: ["rows", "assembly/rows-only.ts"] },
  "src/kernel/embedded-engine.ts": {
    simd: ["simd", "assembly/index.ts"],
    "simd-shared": ["simdShared", "assembly/index.ts", "assembly/threads.ts"],
  },
};

mkdirSync("dist", { recursive: true });
for (const [file, targets] of Object.entries(files)) {
  const constants = [];
  for (const [target, [name, ...entries]] of Object.entries(targets)) {
    const { error, stderr } = await asc.main([...entries, "--target", target]);
    if (error) {
      console.error(stderr.toString());
      process.exit(1);
    }
    // Hexadecimal, not base64: what two modules share stands alike in it, so that gzip stores it once.
    const hex = readFileSync(`dist/kernel.${target}.wasm`).toString("hex");
    constants.push(`export const ${name} = "${hex}";\n`);
  }
  writeFileSync(file, `// Made by assembly/build.mjs.\n${constants.join("")}`);
}
writeFileSync("dist/kernel.wasm.d.ts", "declare const module: WebAssembly.Module;\nexport default module;\n");
