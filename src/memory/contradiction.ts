export function compareFacts(_older: string, _newer: string): "update" | "restatement" | "distinct" {
  return "distinct";
}
