/** What the examples import of LangChain and LangGraph, which are installed beside the runtimes. */
declare module "@langchain/core/utils/testing" {
  export class FakeListChatModel {
    constructor(fields: { responses: string[]; cache: object });
    invoke(messages: string[][]): Promise<{ content: string }>;
  }
}

declare module "@langchain/langgraph" {
  export const START: unique symbol;
  export const END: unique symbol;
  type Fields = Record<string, unknown>;

  export const Annotation: {
    <T>(): { readonly value: T };
    Root<S extends Fields>(fields: { [Name in keyof S]: () => { readonly value: S[Name] } }): { readonly State: S };
  };

  interface Store {
    search(
      namespace: string[],
      options: { query: string; limit: number },
    ): Promise<{ value: Record<string, unknown> }[]>;
    put(namespace: string[], key: string, value: object): Promise<void>;
  }

  type Point<Nodes> = Nodes | typeof START | typeof END;

  export class StateGraph<S, Nodes extends string = never> {
    constructor(state: { readonly State: S });
    addNode<Name extends string>(
      name: Name,
      action: (state: S, config: { store: Store }) => Promise<Partial<S>>,
      options?: { cachePolicy: { ttl: number; keyFunc: (args: [S]) => string } },
    ): StateGraph<S, Nodes | Name>;
    addEdge(from: Point<Nodes>, to: Point<Nodes>): this;
    compile(options: { cache: object } | { store: object }): { invoke(input: Partial<S>): Promise<S> };
  }
}
