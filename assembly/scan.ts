import { blockRows, next, row, slot } from "./blocks";
import { query } from "./context";
import { dot } from "./dot";
import { bar, found, offer, wanted } from "./results";
import { widened } from "./rows";

/** Scores every row of a chain against the query row. Returns how many are kept. */
export function scan(head: usize): i32 {
  if (wanted() <= 0) return 0;
  for (let block = head; block != 0; block = next(block)) scanBlock(block);
  return found();
}

export function scanBlock(block: usize): void {
  for (let lane = 0; lane < blockRows(); lane++) look(slot(block, lane));
}

/** Scores one row. The comparison is written so that a NaN score never enters. */
export function look(slot: usize): void {
  const score = dot(query(), widened(row(slot)));
  if (score >= bar()) offer(slot, score);
}
