/** How often something is killed: so many times when it is asked for by its name, a third of that in a run of everything. */
export function rounds(full: number): number {
  return process.argv.length > 2 ? full : Math.ceil(full / 3);
}
