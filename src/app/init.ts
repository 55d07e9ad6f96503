import { existsSync } from 'node:fs';
import { bundledModels } from '../config/bundled.js';
import { modelNameSchema } from '../config/schema.js';
import { UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { replaceFile } from '../files/replace.js';
import { schemaPath } from './schemas.js';

/**
 * Writes a config to start from, `NAME.json` (which may be given so too), with comments that say what else each part may be.
 *
 * @returns its path
 * @throws UsageError for a name that a model cannot have or a bundled one has, and for a file that is there already
 */
export async function writeStarterConfig(nameOrFile: string, force: boolean): Promise<string> {
  const name = nameOrFile.replace(/\.json$/, '');
  const parsed = modelNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new UsageError(`${JSON.stringify(name)} ${parsed.error.issues[0]?.message ?? 'is no name'}`, {
      hint: 'For example: $0 init my-net',
    });
  }
  if (bundledModels().includes(name)) {
    throw new UsageError(`${name} is the name of a bundled model, which --model ${name} would take`, {
      hint: 'For example: $0 init my-net',
    });
  }
  const path = `${name}.json`;
  if (!force && existsSync(path)) {
    throw new UsageError(`${path} is there already`, { hint: 'Choose another name, or replace it with --force.' });
  }
  await replaceFile(path, new TextEncoder().encode(starterConfig(name, schemaPath('config')))).catch(
    (cause: unknown) => {
      throw new UsageError(`${path} cannot be written (${errorCode(cause) ?? cause})`, { cause });
    },
  );
  return path;
}

/** A small residual network that learns well in a few minutes. */
function starterConfig(name: string, schema: string): string {
  return `// A model for: fmnist train --config ${name}.json
// Comments and commas after the last of several may stay. fmnist validate ${name}.json says what is wrong,
// fmnist summary --config ${name}.json shows the layers, and docs/configs.md explains every key.
{
  // Lets an editor complete and check the keys.
  "$schema": ${JSON.stringify(schema)},
  "name": ${JSON.stringify(name)},
  "description": "What this one tries.",

  // From the image to a softmax over the classes. Sizes are one number or [rows, columns].
  "layers": [
    // "kernelInitializer": "heNormal", "dirac" … says what a kernel starts as.
    { "type": "conv2d", "filters": 24, "kernelSize": 3, "padding": "same", "useBias": false },
    { "type": "batchNormalization", "momentum": 0.6 },
    { "type": "activation", "activation": "relu" }, // or gelu, silu, elu, leakyRelu, tanh …
    { "type": "maxPooling2d", "poolSize": 2 },
    {
      // What goes in is added to what comes out. "survivalProbability": 0.9 would be stochastic depth.
      "type": "residual",
      "layers": [
        { "type": "conv2d", "filters": 48, "kernelSize": 3, "padding": "same", "useBias": false },
        { "type": "batchNormalization", "momentum": 0.6 },
        { "type": "activation", "activation": "relu" },
        { "type": "conv2d", "filters": 48, "kernelSize": 3, "padding": "same", "useBias": false },
        { "type": "batchNormalization", "momentum": 0.6 },
      ],
    },
    { "type": "activation", "activation": "relu" },
    { "type": "maxPooling2d", "poolSize": 2 },
    { "type": "globalAveragePooling2d" }, // or flatten
    { "type": "dropout", "rate": 0.2 },
    { "type": "dense", "activation": "softmax" }, // as many units as the data have classes
  ],

  // adam, adamw, sgd or rmsprop; "learningRate" where the schedule does not name one.
  "optimizer": { "type": "adamw", "weightDecay": 0.01 },

  // constant, step, cosine, oneCycle or reduceOnPlateau. fmnist find-lr --config ${name}.json suggests a rate.
  "schedule": { "type": "oneCycle", "maxLearningRate": 0.01 },

  "training": {
    "epochs": 10,
    "batchSize": 64,
    "validationSplit": 0.1, // the share of the training images that is held out
    "labelSmoothing": 0.05,
    // "emaDecay": 0.999, // a moving average of the weights, tested beside them
    // "earlyStopping": { "monitor": "valLoss", "patience": 5 },
  },

  // New changes for each image in each epoch.
  "onlineAugmentation": {
    "horizontalFlip": true,
    "cropPadding": 2,
    // "erase": { "probability": 0.5 },
    // "mixup": { "alpha": 0.2 },
  },

  // A second test at the end, by the mean over mirror images.
  "evaluation": { "tta": "flip" },
}
`;
}
