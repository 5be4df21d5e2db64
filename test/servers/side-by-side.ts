import { type Report, run, type Suite } from "../harness.ts";

/** For tests that mostly wait for a server and do not disturb each other: every lane runs each so manieth of them. */
export async function runSideBySide(suites: Record<string, Suite>, lanes: number): Promise<Report> {
  const reports = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => {
      let n = 0;
      const share = (suite: Suite): Suite => {
        return (test) => suite((name, work) => n++ % lanes === lane && test(name, work));
      };
      return run(Object.fromEntries(Object.entries(suites).map(([name, suite]) => [name, share(suite)])));
    }),
  );
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.flatMap(({ failed }) => failed),
  };
}
