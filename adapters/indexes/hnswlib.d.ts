// The package has no types for this file of it; hnsw-library.ts says what is used of it.
declare module "hnswlib-wasm/lib/hnswlib.mjs";
