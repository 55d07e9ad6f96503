import { DataError, FmnistError } from '../../errors.js';
import { errorCode } from '../../files/errors.js';

/** Work with a trial's folder. @throws DataError for what the disk does not take or give */
export async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return work().catch((cause: unknown) => {
    if (cause instanceof FmnistError || errorCode(cause) === undefined) throw cause;
    throw new DataError(`a trial cannot be kept in ${folder}: ${errorCode(cause)}`, {
      hint: 'Make room there, then go on as before: what has a result is not trained again.',
      cause,
    });
  });
}
