import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { amendMeta } from "../store/swap-meta.ts";
import type { Engine } from "./engine.ts";
import { type LedgerText, parseLedger } from "./ledger-text.ts";
import { DAMAGED_LEDGER, META } from "./meta.ts";

/** Writes a change of the ledger, whoever else is writing; then it is heeded here. */
export function* amend({ store, ledger }: Engine, change: (ledger: LedgerText) => LedgerText): Steps<void> {
  let moment = 0;
  let amended: LedgerText | undefined;
  yield* amendMeta(store, META.ledger, function* (text) {
    amended = change(yield* readable(store, text));
    moment = ledger.moment; // the last thing before it is written
    return JSON.stringify(amended);
  });
  ledger.amended(amended!, moment);
}

/** What cannot be read is laid aside before something else takes its place. */
function* readable(store: Store, text: string | undefined): Steps<LedgerText> {
  try {
    return parseLedger(text);
  } catch {
    yield* step(store.setMeta(DAMAGED_LEDGER, text!));
    return parseLedger();
  }
}
