// What is used of the SDK is described in bedrock.ts, so that building this needs no package of AWS.
declare module "@aws-sdk/client-bedrock-runtime";
