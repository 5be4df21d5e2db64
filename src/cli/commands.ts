import { bench } from "./bench.ts";
import { calibrate } from "./calibrate.ts";
import type { Command } from "./command.ts";
import { demo } from "./demo.ts";
import { dump } from "./dump.ts";
import { exporting } from "./export.ts";
import { health } from "./health.ts";
import { importing } from "./import.ts";
import { inspect } from "./inspect.ts";
import { mcp } from "./mcp.ts";
import { reembed } from "./reembed.ts";
import { restore } from "./restore.ts";
import { stats } from "./stats.ts";
import { vacuum } from "./vacuum.ts";

/** In the order of the list that `mneme` prints. What is heavy a command loads when it runs. */
export const COMMANDS: Record<string, Command> = {
  demo,
  stats,
  health,
  inspect,
  vacuum,
  dump,
  restore,
  export: exporting,
  import: importing,
  reembed,
  mcp,
  calibrate,
  bench,
};
