#!/usr/bin/env node
import { MnemeError } from "mneme";
import { masked } from "./address.ts";
import { type Command, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { complain, printJson } from "./output.ts";

// Exit codes: 0 ok, 1 failed, 2 the arguments make no sense, 130 interrupted by Ctrl-C.
const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

const ADDRESSES = `An ADDRESS is the path of a SQLite file, or a store on a server: redis://user:password@host:6379?prefix=NAME,
upstash:?prefix=NAME, postgres://user:password@host/database?schema=NAME, dynamodb:TABLE?region=REGION&prefix=NAME.
`;

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

const [name = "", ...args] = process.argv.slice(2);
const asked = ["help", "--help", "-h"].includes(name);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  if (!asked && name !== "") complain(`mneme: there is no command "${name}".\n`);
  const lines = Object.entries(COMMANDS).map(([name, { what }]) => `  ${name.padEnd(11)}${what}`);
  const list = `usage: mneme COMMAND\n\n${lines.join("\n")}\n\n${ADDRESSES}\nmneme COMMAND --help tells more.`;
  if (asked || name === "") console.log(list);
  else console.error(list);
  process.exitCode = asked || name === "" ? 0 : USAGE;
} else if (args.includes("--help") || args.includes("-h")) {
  console.log(`mneme ${name}: ${command.what}\n\nusage: mneme ${name} ${command.usage}`.trimEnd());
} else {
  process.exitCode = await run(command);
}

async function run(command: Command): Promise<number> {
  const interrupt = new AbortController();
  // The first Ctrl-C ends it in order; the second one ends the process.
  process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));
  try {
    return await command.run(args, interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return told(INTERRUPTED, "interrupted", "Interrupted.");
    if (error instanceof UsageError) return told(USAGE, "usage", error.message, `mneme ${name} --help tells more.`);
    if (!(error instanceof MnemeError)) throw error;
    const { cause } = error;
    const because = cause instanceof Error && !error.message.includes(cause.message) ? `Because: ${cause.message}` : "";
    return told(FAILED, error.code, error.message, because);
  }
}

/** For people on stderr, for programs as the document on stdout. */
function told(exitCode: number, code: string, message: string, more = ""): number {
  if (args.includes("--json")) printJson({ error: { code, message: masked([message, more].join(" ").trim()) } });
  else complain(`mneme: ${[message, more].join("\n").trim()}`);
  return exitCode;
}
