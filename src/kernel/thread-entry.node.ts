import { workerData } from "node:worker_threads";
import { perform, type ThreadTask } from "./thread-task.ts";

perform(workerData as ThreadTask);
