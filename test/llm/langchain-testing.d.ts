/** What the example imports of LangChain, which is installed beside the runtimes. */
declare module "@langchain/core/utils/testing" {
  export class FakeListChatModel {
    constructor(fields: { responses: string[]; cache: object });
    invoke(messages: string[][]): Promise<{ content: string }>;
  }
}
