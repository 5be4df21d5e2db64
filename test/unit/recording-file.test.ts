import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecording, type RecordingMode } from "../../src/recording/recording.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite, Test } from "../harness.ts";

/** In a folder of its own. */
function inFolder(test: Test): (name: string, run: (folder: string) => Promise<void>) => void {
  return (name, run) =>
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-recording-"));
      try {
        await run(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}

async function ask(path: string, mode: RecordingMode, query: string, compute: () => string): Promise<string> {
  const cache = await openRecording({ path, mode });
  const { response } = await cache.wrap(query, compute);
  await cache.close();
  return response;
}

export const recordingFileTests: Suite = (test) => {
  const never = (): never => {
    throw new Error("the model was asked");
  };
  const inOwn = inFolder(test);

  inOwn("a file, in a folder that is made for it, and nothing beside it", async (folder) => {
    const path = join(folder, "deep/er/answers.json");
    equal(await ask(path, "auto", "q", () => "r"), "r");
    equal(await ask(path, "replay", "q", never), "r");
    equal(await readdir(join(folder, "deep/er")), ["answers.json"]);
    const text = await readFile(path, "utf8");
    ok(text.startsWith('{\n  "mneme": "recording",'), text);
    equal(await ask(path, "record", "q", () => "r"), "r");
    equal(await readFile(path, "utf8"), text);
  });

  inOwn("what fails names the file: absent, without an answer, damaged, foreign", async (folder) => {
    const path = join(folder, "answers.json");
    const open = (mode: RecordingMode) => openRecording({ path, mode });
    ok((await fails(() => open("replay"), "unrecorded")).message.includes(path), "absent");
    await ask(path, "auto", "q", () => "r");
    ok((await fails(() => ask(path, "replay", "other", never), "unrecorded")).message.includes(path), "no answer");
    await writeFile(path, '{ "mneme": "recording", ');
    ok((await fails(() => open("auto"), "corrupt")).message.includes(path), "damaged");
    await writeFile(path, '{ "name": "app" }');
    for (const mode of ["record", "replay", "auto"] as const) {
      ok((await fails(() => open(mode), "corrupt")).message.includes(path), "foreign");
    }
    equal(await readFile(path, "utf8"), '{ "name": "app" }');
  });

  inOwn("what cannot be written leaves what was there, and nothing beside it", async (folder) => {
    const path = join(folder, "answers");
    await mkdir(join(path, "in the way"), { recursive: true });
    await fails(() => openRecording({ path, mode: "auto" }), "store"); // a folder cannot be read as a file
    const cache = await openRecording({ path: join(folder, "later"), mode: "auto" });
    await cache.wrap("q", () => "r");
    await mkdir(join(folder, "later/in the way"), { recursive: true });
    await fails(() => cache.close(), "store");
    equal((await readdir(folder)).sort(), ["answers", "later"]);
    await rm(join(folder, "later"), { recursive: true });
    await cache.close(); // tried again
    equal(await ask(join(folder, "later"), "replay", "q", never), "r");
  });
};
