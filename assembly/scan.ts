import { dot } from "./dot";
import { blockRows, idAt, next, query, rowAt } from "./layout";
import { bar, begin, found, offer } from "./results";

/**
 * Scores every row of a chain against the query row and keeps the best `k` at or above `threshold`. Returns how many it
 * kept. The comparison is written so that a NaN score never enters.
 */
export function scan(head: usize, k: i32, threshold: f32): i32 {
  const wanted = query();
  begin(k, threshold);
  if (k <= 0) return 0;
  for (let block = head; block != 0; block = next(block)) {
    for (let lane = 0; lane < blockRows(); lane++) {
      const score = dot(wanted, rowAt(block, lane));
      if (score >= bar()) offer(load<f64>(idAt(block, lane)), score);
    }
  }
  return found();
}
