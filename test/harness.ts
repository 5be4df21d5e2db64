/** A test suite: a function that registers tests. The same files run in every runtime, so nothing here is Node's. */
export type Test = (name: string, run: () => unknown) => void;
export type Suite = (test: Test) => void;

export interface Report {
  passed: number;
  failed: { name: string; error: string }[];
}

/** Longer than any test needs on a slow shared machine; a test that hangs must be named, not waited for. */
const TIMEOUT_MS = 120_000;

export async function run(suites: Record<string, Suite>, only = ""): Promise<Report> {
  const report: Report = { passed: 0, failed: [] };
  for (const [suite, register] of Object.entries(suites)) {
    const tests: { name: string; run: () => unknown }[] = [];
    register((name, run) => tests.push({ name: `${suite}: ${name}`, run }));
    for (const { name, run } of tests) {
      if (!name.includes(only)) continue;
      try {
        await limited(run);
        report.passed++;
      } catch (error) {
        report.failed.push({ name, error: describe(error) });
      }
    }
  }
  return report;
}

async function limited(run: () => unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    await Promise.race([run(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // JavaScriptCore and SpiderMonkey leave the message out of the stack.
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}
