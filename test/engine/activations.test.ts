import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIVATIONS as EAGER } from '../../src/engine/eager/activations.js';
import * as tf from '../../src/engine/eager/tf.js';
import { ACTIVATIONS } from '../../src/engine/graph/activations.js';
import { Graph, PLAIN_MACHINE } from '../../src/engine/graph/graph.js';
import { Session } from '../../src/engine/graph/session.js';
import { nativeBinding } from '../helpers/engine.js';

const X = [-5, -2, -1, -0.5, -0.1, 0, 0.3, 1, 2.5, 5];

/** Keras' values and its GradientTape's derivatives: Keras 3.15.1 on TensorFlow 2.21. */
const KERAS = [
  {
    name: 'geluApproximate', // keras.activations.gelu(x, approximate=True)
    values: [0, -0.04540223, -0.158808, -0.154286, -0.04601725, 0, 0.1853709, 0.841192, 2.484916, 5],
    slopes: [0, -0.0860991, -0.08296409, 0.1326301, 0.4204782, 0.5, 0.7322955, 1.082964, 1.037951, 1],
  },
  {
    name: 'gelu',
    values: [-1.4e-6, -0.04550026, -0.1586553, -0.1542688, -0.04601722, 0, 0.1853734, 0.8413447, 2.484476, 4.999999],
    slopes: [-7.1e-6, -0.08523182, -0.08331549, 0.1325049, 0.4204769, 0.5, 0.7323278, 1.083315, 1.037611, 1.000007],
  },
  {
    name: 'silu',
    values: [-0.03346426, -0.2384059, -0.2689414, -0.1887703, -0.04750208, 0, 0.1723327, 0.7310585, 2.310354, 4.966536],
    slopes: [-0.02654744, -0.09078425, 0.07232948, 0.2600388, 0.4500832, 0.5, 0.6477799, 0.9276704, 1.099401, 1.026547],
  },
] as const;

beforeAll(nativeBinding);

describe.each(KERAS)('$name', ({ name, values, slopes }) => {
  const expectKeras = (found: ArrayLike<number>, expected: readonly number[]) => {
    expect(found).toHaveLength(X.length);
    for (const [i, value] of expected.entries()) expect(found[i], `at ${X[i]}`).toBeCloseTo(value, 5);
  };

  it.each([
    ['its nodes', false],
    ['one compiled loop', true],
  ])("is Keras' with its slope in native TensorFlow, as %s", async (_how, loops) => {
    const g = new Graph({ ...PLAIN_MACHINE, compilesLoops: () => loops });
    const x = g.placeholder('float', [X.length]);
    const dy = g.placeholder('float', [X.length]);
    const { y, rule } = ACTIVATIONS[name](g, x);
    const fetches = [y, rule(dy)];
    const session = new Session(await nativeBinding(), g);
    const feeds = [x, dy].map((input, i) => [input, Float32Array.from(i ? X.map(() => 1) : X), [X.length]] as const);
    const [found, slope] = session.run(feeds, fetches) as [Float32Array, Float32Array];
    session.dispose();
    expectKeras(found, values);
    expectKeras(slope, slopes);
  });

  it("is Keras' with its slope in tfjs", async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d(X);
    expectKeras(await EAGER[name](x).data(), values);
    expectKeras(
      await tf
        .grad((t) => EAGER[name](t))(x)
        .data(),
      slopes,
    );
  });
});
