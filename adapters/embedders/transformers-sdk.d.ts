// What is used of the package is described in transformers.ts, so that building this needs no runtime of models.
declare module "@huggingface/transformers";
