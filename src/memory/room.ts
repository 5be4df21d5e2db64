/** How many times what is needed an array is made that was too small. */
const GROWTH = 1.5;

/** Itself where it has so many places, else a larger copy. */
export function withRoom<T extends Float64Array | Float32Array | Uint32Array | Uint16Array>(
  array: T,
  places: number,
): T {
  if (places <= array.length) return array;
  const grown = new (array.constructor as new (length: number) => T)(Math.ceil(GROWTH * places));
  grown.set(array);
  return grown;
}
