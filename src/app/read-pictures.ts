import type { Context } from '../context.js';
import { readInputs } from '../data/pictures/inputs.js';
import type { TrainedModel } from '../runs/weights.js';
import { type DataChoice, datasetFor, descriptionFor, openData } from './open-data.js';

/**
 * Pictures as a trained model takes them: files, or test images by their numbers, for which its data set is opened once.
 *
 * @param trained undefined where no model is asked
 * @throws DataError, UsageError
 */
export async function readPictures(
  names: readonly string[],
  trained: Pick<TrainedModel, 'settings'> | undefined,
  request: DataChoice,
  context: Context,
) {
  const known = trained?.settings?.dataset;
  const dataset = descriptionFor(request.data, known);
  const inputs = await readInputs(names, {
    dataset,
    loadTest: once(async () => (await openData(datasetFor(request.data, known), request, context)).test),
    warn: context.warn,
  });
  return { dataset, inputs };
}

/** The same promise each time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
