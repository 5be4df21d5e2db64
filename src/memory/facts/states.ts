import { stem } from "../../text/guards/stem.ts";
import { gathered, lines } from "../../text/guards/words.ts";
import type { Term } from "./terms.ts";

/** Before and after the colon, states of which one thing has one at a time. */
const STATES = `
enable activate:disable deactivate;active:inactive cancel expire suspend;allow permit:forbid forbidden ban prohibit disallow block;mandatory compulsory required obligatory:optional voluntary
public:private;manual manually:automatic automatically automated;open:closed close;online:offline;single unmarried:married engaged;married:divorced;dark:light;fixed:flexible variable
temporary:permanent;valid:invalid;tab:space;free:paid;fulltime:parttime;healthy:sick ill;available:unavailable;like love enjoy:dislike hate;supported:unsupported deprecated
vegetarian vegan:omnivore;metric:imperial;on:off;true:false;yes:no;employed:unemployed;stable:unstable;up:down;lowercase:uppercase;sync synchronous:async asynchronous
merge:rebase squash`;

const EXCLUDED = gathered(
  lines(STATES).flatMap((line) => {
    const [some, others] = line.split(":").map((side) => side.split(" ").map(stem)) as [string[], string[]];
    return some.flatMap((one) =>
      others.flatMap((other): [string, string][] => [
        [one, other],
        [other, one],
      ]),
    );
  }),
);

/** Whether what is the one is not the other: enabled and disabled, public and private. */
export function areExcluded(a: Term, b: Term): boolean {
  return EXCLUDED.get(a.key)?.includes(b.key) ?? false;
}
