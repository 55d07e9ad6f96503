/** Where text goes; a terminal also has a size. */
export type OutStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Where keys come from, when it is a terminal. */
export type InStream = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
  unref?(): unknown;
  ref?(): unknown;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether frames may be drawn: a real terminal, not a CI log that pretends to be one. */
export function isInteractive(stream: OutStream, env: Environment): boolean {
  const ci = env.CI !== undefined && !['', '0', 'false'].includes(env.CI);
  return stream.isTTY === true && env.TERM !== 'dumb' && !ci;
}
