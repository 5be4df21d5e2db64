// What is used of the SDK is described in dynamodb-client.ts, so that building this needs no package of AWS.
declare module "@aws-sdk/client-dynamodb";
