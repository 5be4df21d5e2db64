export interface Classified {
  tier: "semantic" | "procedural";
  kind: "fact";
  confidence: number;
}
export function classify(_text: string): Classified | undefined {
  return undefined;
}
export function extractFacts(
  _text: string,
): { content: string; tier: "semantic" | "procedural"; kind: string; confidence: number }[] {
  return [];
}
