import { defaultGuards, isFollowUp, Reading } from "../../src/text/guards/kit.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { PAIRS, PARAPHRASES } from "./guards-pairs.ts";

/** What guards tell apart, and what they do not. */
export const guardsTests: Suite = (test) => {
  test("the default ones have a name each, and a table here", () => {
    equal(
      defaultGuards.map(({ name }) => name),
      PAIRS.map(({ guard }) => guard.name),
    );
    for (const [i, { guard }] of PAIRS.entries()) ok(guard === defaultGuards[i], guard.name);
  });

  for (const { guard, refused, passed } of PAIRS) {
    test(`${guard.name}: refused`, () => {
      for (const [a, b] of refused) {
        const reason = guard.check(new Reading(a), new Reading(b));
        ok(typeof reason === "string" && reason !== "", `“${a}” got the answer of “${b}”`);
        ok(guard.check(new Reading(b), new Reading(a)) !== undefined, `“${b}” got the answer of “${a}”`);
      }
    });
    test(`${guard.name}: passed`, () => {
      for (const [a, b] of passed) {
        equal(guard.check(new Reading(a), new Reading(b)), undefined, `“${a}” and “${b}”`);
        equal(guard.check(new Reading(b), new Reading(a)), undefined, `“${b}” and “${a}”`);
      }
    });
  }

  test("what asks for the same in other words is refused by none", () => {
    for (const [a, b] of PARAPHRASES) {
      for (const guard of defaultGuards) {
        equal(guard.check(new Reading(a), new Reading(b)), undefined, `${guard.name}: “${a}” and “${b}”`);
      }
    }
  });

  test("a reason names what differs", () => {
    const reason = (guard: string, a: string, b: string) =>
      defaultGuards.find(({ name }) => name === guard)!.check(new Reading(a), new Reading(b));
    equal(reason("numbers", "Boil 2 eggs", "Boil 6 eggs"), "“2” is not “6”");
    equal(reason("numbers", "Boil 2 eggs", "Boil eggs"), "“2” is in one of them only");
    equal(reason("names", "Is Lima in Peru?", "Is Quito in Ecuador?"), "“Lima”, “Peru” is not “Quito”, “Ecuador”");
    equal(reason("negation", "Why does it rain?", "Why doesn't it rain?"), "“not” is in one of them only");
    equal(
      reason("opposites", "How do I turn it on?", "How do I turn it off?"),
      "“turn on” and “turn off” are opposites",
    );
    equal(
      reason("direction", "Is tea better than coffee?", "Is coffee better than tea?"),
      "“tea” and “coffee” have changed places",
    );
    equal(
      reason("audience", "Is there a fee for tenants?", "Is there a fee for landlords?"),
      "“tenant” is not “landlord”",
    );
    equal(reason("dates", "Is it open on Mondays?", "Is it open on Fri?"), "“monday” is not “friday”");
    equal(reason("question", "Who is it?", "Where is it?"), "“who” is not “where”");
  });

  test("a follow-up is known, and what can be understood alone is none", () => {
    for (const text of FOLLOW_UPS) ok(isFollowUp(text), `“${text}” is one`);
    for (const text of STAND_ALONE) ok(!isFollowUp(text), `“${text}” is none`);
  });
};

const FOLLOW_UPS = `
yes
No, thanks
ok, do it
yes, cancel it
Why?
How so?
And then?
what else
Tell me more
go on
again
How old is he?
Where does she live?
What is their phone number?
When did he resign?
Is it safe?
What does it cost?
How do I cancel it?
Can you explain that?
What does this mean?
Do they deliver?
What about Rome?
How about on Sundays?
and in Paris?
And what about children?
the second one
the same for Berlin
What did you just say?
Is the former cheaper?
Show me another`
  .trim()
  .split("\n");

const STAND_ALONE = `
How do I reset my password?
I lost my card, how do I block it?
Is it legal to keep a fox in Norway?
Is it true that cats see in the dark?
What time is it in Tokyo?
What is the capital of Chile?
How much does it cost to park at the airport?
How long does it take to get to the moon?
What is that fee on my bill for?
Who is the mayor of Lyon?
weather lisbon
restart docker container
No smoking areas in stations
My son has a rash, should I take him to a doctor?
Can my dog and my cat share their food?
What is TypeScript?
The boiler hums; is this normal for a new one after a service?
Yesterday's results of the lottery
And what about the second half of the annual report on tax law in Norway?
42
hello world
Quel âge a-t-il ?
Wie alt ist er?
¿Y en París?
彼は何歳ですか`
  .trim()
  .split("\n");
