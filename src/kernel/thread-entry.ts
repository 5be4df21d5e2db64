import { perform, type ThreadTask } from "./thread-task.ts";

globalThis.onmessage = ({ data }: MessageEvent<ThreadTask>) => {
  perform(data);
  globalThis.close();
};
