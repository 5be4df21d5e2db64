// Builds pgvector for Debian's PostgreSQL 15, which has no package of it: the server's headers and the sources come from the
// mirror that apt is set to, gcc does the rest. Plain JavaScript: test/setup.mjs runs it before anything is built.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const VERSION = "0.8.0";
const LIBRARY = "/usr/lib/postgresql/15/lib";
const EXTENSIONS = "/usr/share/postgresql/15/extension";
const BUILD = ".build/pgvector";

/** Whether the server finds it. */
export function hasPgvector() {
  return existsSync(join(LIBRARY, "vector.so")) && existsSync(join(EXTENSIONS, "vector.control"));
}

/** Needs root, apt and gcc; what was built once is kept and only copied again. */
export function installPgvector() {
  const folder = resolve(BUILD);
  const source = join(folder, `pgvector-${VERSION}`);
  if (!existsSync(join(source, "vector.so"))) build(folder, source);
  copyFileSync(join(source, "vector.so"), join(LIBRARY, "vector.so"));
  copyFileSync(join(source, "vector.control"), join(EXTENSIONS, "vector.control"));
  copyFileSync(join(source, "sql/vector.sql"), join(EXTENSIONS, `vector--${VERSION}.sql`));
}

function build(folder, source) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command, args, cwd = folder) => execFileSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  run("apt-get", ["download", "-qq", "postgresql-server-dev-15"]);
  run("dpkg", ["-x", readdirSync(folder).find((name) => name.endsWith(".deb")), "headers"]);
  const archive = `pgvector_${VERSION}.orig.tar.gz`;
  run("/usr/lib/apt/apt-helper", [
    "download-file",
    `${mirror()}/pool/main/p/pgvector/${archive}`,
    join(folder, archive),
  ]);
  run("tar", ["-xzf", archive]);
  const headers = join(folder, "headers/usr/include/postgresql/15/server");
  const sources = readdirSync(join(source, "src")).filter((name) => name.endsWith(".c"));
  const fast = ["-O2", "-ftree-vectorize", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"]; // as its Makefile
  const flags = [...fast, "-fPIC", "-shared", "-D_GNU_SOURCE", "-w", `-I${headers}`];
  run("gcc", [...flags, ...sources.map((name) => join("src", name)), "-o", "vector.so"], source);
}

/** The one that has Debian itself, not its security updates. */
function mirror() {
  const sites = execFileSync("apt-get", ["indextargets", "--format", "$(SITE)"], { encoding: "utf8" }).split("\n");
  return sites.find((site) => site.endsWith("/debian")) ?? sites[0];
}
