// Runs the suite of DynamoDB in a Worker, with the SDK bundled; the request's address says where the server is.
import * as aws from "@aws-sdk/client-dynamodb";
import { dynamodbTests } from "./dynamodb.test.ts";
import { runSideBySide } from "./side-by-side.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const asked = new URL(request.url).searchParams;
    const place = { endpoint: asked.get("endpoint")!, front: asked.get("front")!, aws, bundled: true };
    return Response.json(await runSideBySide(dynamodbTests(place), 3));
  },
};
