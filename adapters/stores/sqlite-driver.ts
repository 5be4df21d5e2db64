export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

/** What `sqliteStore` needs of an engine. One small file an engine implements it. */
export interface SqliteDriver {
  /** The engine's name, for error messages. */
  readonly name: string;
  /** Runs statements without parameters. */
  script(sql: string): void;
  /** Runs one statement; the engine keeps it prepared. */
  all(sql: string, ...parameters: SqlValue[]): Row[];
  close(): void;
}
