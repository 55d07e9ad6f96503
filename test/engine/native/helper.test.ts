import { beforeAll, expect, it } from 'vitest';
import { nativeBinding } from '../../helpers/engine.js';

beforeAll(nativeBinding);

it('gives tests a TensorFlow that computes', async () => {
  const tf = await nativeBinding();
  const x = tf.createTensor([2], 1, new Float32Array([1, 2]));
  const [sum] = tf.executeOp('AddV2', [{ name: 'T', type: 4, value: 1 }], [x, x], 1);
  expect(tf.tensorDataSync(sum?.id ?? -1)).toEqual(new Float32Array([2, 4]));
});
