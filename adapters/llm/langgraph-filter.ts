const COMPARISONS: Record<string, (found: unknown, wanted: unknown) => boolean> = {
  $eq: (found, wanted) => found === wanted,
  $ne: (found, wanted) => found !== wanted,
  $gt: (found, wanted) => Number(found) > Number(wanted),
  $gte: (found, wanted) => Number(found) >= Number(wanted),
  $lt: (found, wanted) => Number(found) < Number(wanted),
  $lte: (found, wanted) => Number(found) <= Number(wanted),
  $in: (found, wanted) => Array.isArray(wanted) && wanted.includes(found),
  $nin: (found, wanted) => !Array.isArray(wanted) || !wanted.includes(found),
};

/** By name of a field: what it is, or how it compares with what. All have to hold. */
export type ItemFilter = Readonly<Record<string, unknown>>;

/** As LangGraph's stores compare: objects are never the same, and what is no number is compared as JavaScript makes it one. */
export function passes(value: object, filter: ItemFilter): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    const found = (value as Record<string, unknown>)[name];
    if (!isComparison(wanted)) return found === wanted;
    return Object.entries(wanted).every(([sign, operand]) => COMPARISONS[sign]!(found, operand));
  });
}

/** Of a filter, the fields that have to be some text: metadata, by which memories are found. (What they say is none.) */
export function textsIn(filter: ItemFilter): Record<string, string> {
  const texts = Object.entries(filter).flatMap(([name, wanted]): [string, string][] => {
    const text = isComparison(wanted) && Object.keys(wanted).join() === "$eq" ? wanted.$eq : wanted;
    return typeof text === "string" && name !== "content" ? [[name, text]] : [];
  });
  return Object.fromEntries(texts);
}

function isComparison(wanted: unknown): wanted is Record<string, unknown> {
  return (
    typeof wanted === "object" &&
    wanted !== null &&
    Object.keys(wanted).every((sign) => Object.hasOwn(COMPARISONS, sign))
  );
}
