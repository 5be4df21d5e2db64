/** Why a command ends, for the person who typed it, and the exit code that tells scripts. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Of anything thrown, what is worth reading on one line. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
