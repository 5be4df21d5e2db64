import { stem } from "./stem.ts";
import { gathered, lines } from "./words.ts";

// What may stand for each other in a question without changing its answer: a group a semicolon or line.
const GROUPS = `
change update modify edit alter amend adjust switch move;buy purchase order acquire;cancel terminate;delete remove erase;finish end complete
create set open make;book reserve schedule arrange;repair fix mend;reset recover restore;send ship deliver dispatch transfer post mail;get obtain receive retrieve;collect pick
choose select;pay settle;cost price fee charge rate;cheap affordable;expensive costly;big large;fast quick rapid;permit allow let;contact reach call ring phone
speak talk contact;view see check look verify confirm;report notify inform;register enrol enroll join;apply application;freeze lock block suspend;lost missing
broken faulty damaged defective;error fault problem issue trouble;work function;document file word doc;photo picture image;boss manager
worker staff employee;doctor gp physician;medicine medication drug;child kid children;parcel package order delivery item goods;product item;shop store;restaurant place
flat apartment;house home property;car vehicle motor auto;holiday vacation trip travel;flight plane;airport terminal;luggage baggage bag;mobile cell phone
computer pc laptop;app application software program;website site page;email mail;password passcode;internet web broadband;subscription plan membership policy;policy insurance cover
include cover contain;bill invoice receipt;refund reimburse money;salary pay wage;cash money fund;account profile;offer deal promotion discount;deadline date time hour
annual yearly year;monthly month;weekly week;daily day;limit maximum;requirement need require;eligible entitled qualify;recommend suggest advise best
instruction step guide;method way;option choice;type kind sort;result grade mark score;university college uni
us usa america american;mother mum mom;uk britain british;begin start;postgres postgresql;tv television
garbage trash rubbish waste;center centre
wait queue line;newsletter marketing`;

const GROUPS_OF = gathered(
  lines(GROUPS).flatMap((group, i) => group.split(" ").map((word) => [stem(word), i] as const)),
);
const NONE: readonly number[] = [];

/** The groups that a stem is in. Two in one group may stand for each other. */
export function groupsOf(stem: string): readonly number[] {
  return GROUPS_OF.get(stem) ?? NONE;
}

export function areAlike(a: readonly number[], b: readonly number[]): boolean {
  return a.length > 0 && b.length > 0 && a.some((group) => b.includes(group));
}
