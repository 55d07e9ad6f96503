/** A file system error's code, `ENOSPC` and the like; undefined for what is no system error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a file system error says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR');
}

/** Why a folder cannot be read or made, in words that follow a colon. */
export function folderProblem(error: unknown): string {
  // The first is said of a file where a folder is to be made, the second where one is to be read.
  if (hasCode(error, 'EEXIST', 'ENOTDIR')) return 'it is a file, not a folder';
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Whether a file system error says that nothing more can be written. */
export function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}

/** Whether an error has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errorCode(error) ?? '');
}
