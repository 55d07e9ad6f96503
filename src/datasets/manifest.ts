import * as z from 'zod';
import type { FileDataset } from './spec.js';

/** Labels are bytes. */
export const MOST_CLASSES = 256;
const LARGEST_SIDE = 4_096;

const file = z
  .strictObject({
    file: z.string().min(1, 'must name a file').describe('The IDX file beside the manifest, plain or gzipped (.gz).'),
    bytes: z.int().min(1).describe('Its size, decompressed.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256: 64 digits 0-9 a-f')
      .describe('SHA-256 of its content, decompressed.'),
  })
  .describe('One IDX file of unsigned bytes.');

const images = z.strictObject({ images: file, labels: file });
const side = z.int().min(1).max(LARGEST_SIDE);

/** A data set of the user's own: what `--data FILE.json` names and `fmnist data --describe` writes. */
export const manifestSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors; ignored.'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be letters, digits, _ . - (64 at most)')
      .describe('Name of the data set on the screen and in runs.'),
    imageShape: z
      .tuple([side, side, z.literal([1, 3])])
      .describe('Height, width and channels: 1 for grey, 3 for red, green and blue.'),
    classes: z
      .array(z.string().min(1, 'must not be empty').max(100, 'must have 100 letters at most'))
      .min(2, 'must hold at least two classes')
      .max(MOST_CLASSES, `must hold at most ${MOST_CLASSES} classes: labels are bytes`)
      .refine((names) => new Set(names).size === names.length, 'must hold each name once')
      .describe('What the labels 0, 1, 2, … mean.'),
    onBlack: z
      .boolean()
      .default(false)
      .describe(
        'Whether the images are bright things on black, in the middle, as in MNIST: pictures to predict are then greyed, inverted, cut out and centred alike.',
      ),
    train: images,
    test: images.optional(),
    testSplit: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Without test files: the share of the images that are drawn as test images, always the same ones.'),
  })
  .refine(({ test, testSplit }) => (test === undefined) !== (testSplit === undefined), {
    path: ['test'],
    error: 'must be the test files, or be left out with testSplit in its place',
  });

export type Manifest = z.output<typeof manifestSchema>;

/** The JSON Schema for editors, as it stands in `schema/dataset.json`. */
export function manifestJsonSchema(): object {
  return {
    title: 'fmnist data set manifest',
    ...z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7' }),
  };
}

type ManifestFiles = Manifest['train'];

/**
 * The data set that a manifest describes.
 *
 * @param path the manifest's, absolute
 * @param folder where its files are
 */
export function manifestDataset(manifest: Manifest, path: string, folder: string): FileDataset {
  const { name, imageShape, classes, onBlack, train, test, testSplit = 0 } = manifest;
  const files = ({ images, labels }: ManifestFiles) => ({ images: dataFile(images), labels: dataFile(labels) });
  return {
    kind: 'files',
    name,
    title: name,
    imageShape,
    classes,
    onBlack,
    train: files(train),
    test: test === undefined ? testSplit : files(test),
    sources: [{ kind: 'folder', folder }, { kind: 'data-dir' }],
    manifest: path,
  };
}

function dataFile({ file: name, bytes, sha256 }: ManifestFiles['images']) {
  return { name, bytes, sha256 };
}
