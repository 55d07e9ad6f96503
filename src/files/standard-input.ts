/** What stands for the path of a file that comes through a pipe. */
export const STANDARD_INPUT = '-';
/** The name that Linux and macOS have for it. */
export const DEV_STDIN = '/dev/stdin';

export function isStandardInput(path: string): boolean {
  return path === STANDARD_INPUT || path === DEV_STDIN;
}

/** A file as messages call it. */
export function fileName(path: string): string {
  return isStandardInput(path) ? 'standard input' : path;
}
