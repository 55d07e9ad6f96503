// Every check: what it does, what its failure means, and `run`, which throws or gives figures. `small`: sizes for a CPU.
import { writeFile } from 'node:fs/promises';
import { event, fmnist, fmnistOk, script, stateHash } from './tools.js';

/** How far losses may be from Keras', relatively. */
const TOLERANCE = { float32: 1e-4, tf32: 1e-2, bfloat16: 5e-2 };

const train = ({ device, cwd }, flags, options) =>
  fmnist(['train', '--device', device, '--offline', '--json', '--runs-dir', 'runs', ...flags], { cwd, ...options });

async function trained(context, flags) {
  const result = await train(context, flags);
  if (result.code !== 0)
    throw new Error(`fmnist train ended with ${result.code}: ${result.stderr.trim().split('\n')[0]}`);
  return result;
}

const require = (holds, message) => {
  if (!holds) throw new Error(message);
};

const golden = (precision) => ({
  name: `golden runs in ${precision}`,
  means: 'a kernel computes something else than Keras does: do not trust results in this precision',
  gpuOnly: precision === 'tf32',
  async run({ device }) {
    const { off } = await script('golden.js', [device, precision]);
    const most = Math.max(...Object.values(off));
    require(most < TOLERANCE[precision], `losses are off by ${most.toExponential(1)}, allowed ${TOLERANCE[precision]}`);
    return { mostOff: most, off };
  },
});

const SHORT = ['--model', 'conv-pool', '--limit', '1000', '--seed', '7'];

const speed = ({ models, batches, precisions }) =>
  models.flatMap((model) =>
    batches.flatMap((batch) =>
      precisions.flatMap((precision) =>
        [true, false].map((deterministic) => ({
          name: `${model}, batch ${batch}, ${precision}${deterministic ? '' : ', not deterministic'}`,
          means:
            'this combination does not run; the others tell whether the model, the batch or the precision is at fault',
          gpuOnly: precision === 'tf32' || !deterministic,
          async run({ device, small }) {
            const flags = ['--model', model, '--batch-size', `${batch}`, '--precision', precision];
            const how = [...(deterministic ? [] : ['--no-deterministic']), '--steps', small ? '10' : '200', '--json'];
            const { stdout } = await fmnistOk(['bench', '--device', device, ...flags, ...how]);
            const { msPerStep, imagesPerSecond, gflops } = JSON.parse(stdout);
            return { msPerStep: msPerStep.median, imagesPerSecond, gflops };
          },
        })),
      ),
    ),
  );

/** In the order in which they run. */
export const checks = (small) => [
  {
    name: 'environment',
    means: 'the machine or the engine is not ready: fmnist gpu-info says what to do',
    async run({ device }) {
      const { stdout } = await fmnistOk(['gpu-info', '--json']);
      const { uses, nvidia, engines } = JSON.parse(stdout);
      require(device === 'cpu' || uses === 'gpu', `--device auto would take ${uses}`);
      return {
        uses,
        nvidia,
        engines: engines.map(({ variant, state, tensorflow }) => ({ variant, state, tensorflow })),
      };
    },
  },
  ...['float32', 'tf32', 'bfloat16'].map(golden),
  {
    name: 'the same seed twice',
    means: 'a kernel adds up in varying order: "same seed, same numbers" does not hold here',
    async run(context) {
      const hashes = [];
      for (let i = 0; i < 2; i++) {
        const result = await trained(context, [...SHORT, '--epochs', '1']);
        hashes.push(await stateHash(event(result, 'run_end').run, context.cwd));
      }
      require(hashes[0] === hashes[1], 'weights and optimizer state differ');
      return { state: hashes[0] };
    },
  },
  {
    name: 'killed and resumed',
    means: '"resume bit for bit" does not hold here; where "the same seed twice" fails too, that is why',
    async run(context) {
      const whole = await trained(context, [...SHORT, '--epochs', '2']);
      const isSaved = /"event":"checkpoint","kind":"last","epoch":2/;
      const onStdout = (stdout, child) => isSaved.test(stdout) && child.kill('SIGKILL');
      const killed = await train(context, [...SHORT, '--epochs', '2'], { onStdout });
      require(killed.code !== 0, 'the run ended before it could be killed');
      const { run } = event({ stdout: killed.stdout.slice(0, killed.stdout.lastIndexOf('\n')) }, 'run_start');
      await trained(context, ['--resume', run]);
      const [one, other] = [event(whole, 'run_end').run, run].map((name) => stateHash(name, context.cwd));
      require((await one) === (await other), 'weights and optimizer state differ from the unbroken run');
      return { state: await one };
    },
  },
  {
    name: 'memory over many calls',
    means: 'something leaks a little in each call: long runs will run out of memory',
    async run({ device }) {
      const grown = await script('memory.js', [device, small ? '100' : '500']);
      require(grown.processMiB < 100 && grown.gpuMiB < 100, `grew by ${JSON.stringify(grown)}`);
      return grown;
    },
  },
  {
    name: 'out of memory',
    means: 'a batch that is too large ends the process in another way than exit code 5, or spoils the next run',
    async run(context) {
      const layers = [
        { type: 'conv2d', filters: 65536, kernelSize: 1 },
        { type: 'globalMaxPooling2d' },
        { type: 'dense', units: 10, activation: 'softmax' },
      ];
      await writeFile(`${context.cwd}/wide.json`, JSON.stringify({ layers, training: { batchSize: 20_000 } }));
      const wide = await train(context, ['--model', 'wide.json', '--epochs', '1']);
      require(wide.code === 5, `it ended with ${wide.code}: ${wide.stderr.trim().split('\n')[0]}`);
      await trained(context, [...SHORT, '--epochs', '1']);
      return { said: wide.stderr.trim().split('\n')[0] };
    },
  },
  ...speed(
    small
      ? { models: ['conv-pool'], batches: [32], precisions: ['float32', 'bfloat16'] }
      : {
          models: ['conv', 'conv-pool', 'vgg7'],
          batches: [32, 256, 2048],
          precisions: ['float32', 'tf32', 'bfloat16'],
        },
  ),
  {
    name: 'epochs of conv',
    means: 'a whole run does not end as it should',
    async run(context) {
      const flags = small ? ['--limit', '2000', '--epochs', '1'] : ['--epochs', '25'];
      const end = event(await trained(context, ['--model', 'conv', ...flags]), 'run_end');
      return { secondsPerEpoch: end.seconds / end.epochs, testAccuracy: end.testAccuracy };
    },
  },
];
