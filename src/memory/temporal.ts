export interface TimeTarget {
  at: number;
  tolerance: number;
}
export type TimeExtractor = (query: string, now: number) => TimeTarget | undefined;
export const englishTimes: TimeExtractor = () => undefined;
export function closeness(_at: number, _target: TimeTarget): number {
  return 0;
}
