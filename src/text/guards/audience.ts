import { differs, type Guard } from "./guard.ts";
import { remembered } from "./reading.ts";
import { stem } from "./stem.ts";
import { gathered, groups } from "./words.ts";

// Kinds of which a question is about one. A line is a kind; a semicolon parts what excludes each other; words between two are
// one and the same.
const KINDS = `
student pupil;senior pensioner elderly;child kid toddler baby infant;adult;teenager teen;charity;staff employee;resident;visitor guest;tourist;freelancer contractor;business company corporate enterprise;beginner;member;outsider;team
tenant renter lodger;landlord;homeowner;leaseholder
employee worker;employer boss manager
son;daughter;mother mum mom;father dad;husband;wife;brother;sister;friend;partner spouse;myself;neighbour;colleague coworker
dog puppy;cat kitten;bird;fish
online web website;instore shop branch;phone telephone;post mail
domestic;international overseas abroad
android;ios iphone ipad;windows;mac macos;linux
savings;current checking;credit;debit;joint;mortgage;pension;loan
buildings;contents;landlord;car motor;travel holiday;pet;life;health medical;home
chicken;beef;pork;lamb;turkey;vegetarian;vegan
breakfast;lunch;dinner
bus;train;tram;tube underground subway metro;plane flight;taxi cab;bike bicycle;car
buy purchase;rent hire lease
gas;electricity electric;water;broadband
permanent;temporary agency casual
free;basic;pro;premium;plus;business;enterprise;starter;team;family;student;individual
personal;business commercial work`;

/** In which kinds a word is, and as what. */
const KINDS_OF = gathered(
  KINDS.trim()
    .split("\n")
    .flatMap((kind, i) => [...groups(kind, stem)].map(([word, member]) => [word, { kind: i, member }] as const)),
);

const membersOf = remembered(({ tokens }) => {
  const members = new Map<number, Set<string>>();
  for (const { stem } of tokens) {
    for (const { kind, member } of KINDS_OF.get(stem) ?? []) {
      members.set(kind, (members.get(kind) ?? new Set()).add(member));
    }
  }
  return members;
});

/** Whom or what it is for: tenants or landlords, my dog or my cat, online or in the shop, the Pro plan or the Team plan. */
export const audience: Guard = {
  name: "audience",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [membersOf(asked), membersOf(stored)];
    for (const [kind, members] of ours) {
      const others = theirs.get(kind);
      if (others === undefined) continue;
      const missing = [...members].filter((member) => !others.has(member));
      const left = [...others].filter((member) => !members.has(member));
      if (missing.length > 0 && left.length > 0) return differs(missing, left);
    }
    return undefined;
  },
};
