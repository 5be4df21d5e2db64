#!/usr/bin/env node
import { MnemeError } from "mneme";
import * as calibrate from "./calibrate.ts";
import { demo } from "./demo.ts";

// Node calls its SQLite experimental on every start; the person at the terminal cannot act on that.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") console.error(`${warning.name}: ${warning.message}`);
});

// A reader that has seen enough, such as `head`, closes the pipe: that is an end, not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

const COMMANDS: Record<string, { what: string; run: () => Promise<void> }> = {
  calibrate: {
    what: calibrate.what,
    run: async () => {
      process.exitCode = await calibrate.calibrate(process.argv.slice(3));
    },
  },
  demo: { what: "a support bot in front of a slow model, with real sentence embeddings", run: demo },
};

const name = process.argv[2] ?? "";
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  const lines = Object.entries(COMMANDS).map(([name, { what }]) => `  ${name.padEnd(11)}${what}`);
  console.log(`usage: mneme COMMAND\n\n${lines.join("\n")}`);
  process.exitCode = process.argv.length > 2 && !["help", "--help", "-h"].includes(process.argv[2]!) ? 2 : 0;
} else {
  try {
    await command.run();
  } catch (error) {
    if (!(error instanceof MnemeError)) throw error;
    console.error(`mneme: ${error.message}`);
    process.exitCode = 1;
  }
}
