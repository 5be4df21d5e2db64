// Runs what asks by fetch, and the real model, in a page; its address says where the front is.
import { postReport } from "../runtimes/page-report.ts";
import { runSideBySide } from "../servers/side-by-side.ts";
import realModel from "../sync-embedder/model.ts";
import { energeticTests } from "./energetic.test.ts";
import { everywhere } from "./everywhere.ts";

const origin = new URL(location.href).searchParams.get("origin")!;
const model = await realModel(); // first: TensorFlow waits for nobody to tell it where its files are
postReport(await runSideBySide({ ...everywhere(origin), energetic: energeticTests(() => model) }, 2));
