// Every check: what it does, what its failure means, the seconds it may take, and `run`, which throws, fills `figures`, or
// answers why it was skipped. In the order in which they run: what one wants to know most of a machine comes first.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cachedData, Ended, median, path } from '../common.js';
import { Contestant } from '../contestant.js';
import { event, events, fmnist, fmnistOk, Late, require, script, stateHash } from './tools.js';

/** How far losses may be from Keras', relatively. */
const TOLERANCE = { float32: 1e-4, tf32: 1e-2, bfloat16: 5e-2 };
const WEBGPU_TOLERANCE = 1e-3;
/** Of the largest value of an array, or of 1. */
const NETWORK_TOLERANCE = 1e-3;

const SHORT = ['--model', 'conv-pool', '--limit', '1000', '--seed', '7'];
const JIT = '--jit-compile';

const train = (context, flags, options) =>
  fmnist(['train', '--device', context.device, '--offline', '--json', '--runs-dir', 'runs', ...flags], {
    ...context,
    ...options,
  });

async function trained(context, flags, options) {
  const result = await train(context, flags, options);
  if (result.code !== 0) throw new Ended('fmnist train', result);
  return result;
}

const compiled = (flags) => (flags.includes(JIT) ? ', compiled' : '');

const golden = (precision, flags = []) => ({
  name: `golden runs in ${precision}${compiled(flags)}`,
  means: 'a kernel computes something else than Keras does: do not trust results in this precision',
  limit: 120,
  gpuOnly: precision === 'tf32',
  async run(context) {
    const { off } = await script('golden.js', [context.device, precision, ...flags], context);
    const most = Math.max(...Object.values(off));
    Object.assign(context.figures, { mostOff: most, off });
    require(most < TOLERANCE[precision], `losses are off by ${most.toExponential(1)}, allowed ${TOLERANCE[precision]}`);
  },
});

const networks = (flags = []) => ({
  name: `random networks against the CPU${compiled(flags)}`,
  means: 'an operation computes something else than on the CPU: the network named in the JSON has it',
  limit: 120,
  async run(context) {
    const count = context.small ? '5' : '20';
    const [cpu, ours] = [
      await script('networks.js', ['cpu', count], context),
      await script('networks.js', [context.device, count, ...flags], context),
    ];
    const off = ours.networks.map(({ values }, i) => distance(values, cpu.networks[i].values));
    const worst = off.indexOf(Math.max(...off));
    Object.assign(context.figures, { networks: off.length, mostOff: off[worst] });
    if (off[worst] > NETWORK_TOLERANCE) context.figures.layers = ours.networks[worst].layers;
    require(off[worst] <= NETWORK_TOLERANCE, `values are off by ${off[worst].toExponential(1)}`);
  },
});

function distance(ours, theirs) {
  return Math.max(
    ...Object.entries(theirs).map(([name, values]) => {
      const scale = Math.max(1, ...values.map(Math.abs));
      return Math.max(...values.map((value, i) => Math.abs(value - ours[name][i]))) / scale;
    }),
  );
}

/** Steps of the models, all in one process, so that its start is paid once. Compiling takes the longest, for each model and batch. */
const speed = (precision, flags = []) => ({
  name: `${precision}${compiled(flags)}${flags.includes('--no-deterministic') ? ', not deterministic' : ''}`,
  means: 'this does not run; the other lines tell whether the model, the batch or the precision is at fault',
  limit: flags.includes(JIT) ? 240 : 150,
  gpuOnly: precision === 'tf32' || flags.includes('--no-deterministic'),
  async run(context) {
    const sizes = context.small ? ['conv-pool,vgg7', '32'] : ['conv,conv-pool,vgg7', '32,256,2048'];
    context.figures.ms = {};
    context.figures.more = [];
    await script('speed.js', [context.device, precision, ...sizes, ...flags], context, ({ what, ms, ...more }) => {
      if (what === undefined) return;
      context.figures.ms[what] = ms;
      context.figures.more.push({ what, ...more });
    });
  },
});

const PEERS = {
  'PyTorch, eager': ['torch_worker.py', 'eager', 'channels_last'],
  'PyTorch, compiled': ['torch_worker.py', 'compile', 'channels_last'],
  'PyTorch, CUDA graph': ['torch_worker.py', 'graph', 'channels_last'],
  JAX: ['jax_worker.py', 'jit'],
};

/** A process for each model and batch, which imports, starts CUDA and compiles anew: so not the largest batch. */
const peer = (name, precision) => ({
  name: `${name}, ${precision}`,
  means: 'this peer does not run here: there is nothing to compare with',
  limit: 240,
  gpuOnly: precision === 'tf32' || name.includes('CUDA'),
  async run({ python, device, small, deadline, figures }) {
    const [worker, ...mode] = PEERS[name];
    const [library] = worker.split('_');
    const found = spawnSync(python, ['-c', `import ${library}`], { stdio: 'ignore', timeout: deadline - Date.now() });
    if (found.error?.code === 'ETIMEDOUT') throw new Late();
    if (found.error !== undefined) throw found.error;
    if (found.status !== 0) return `${python} has no ${library}`;
    const data = await cachedData();
    figures.ms = {};
    for (const batch of small ? [32] : [32, 256]) {
      for (const model of small ? ['conv-pool'] : ['conv', 'conv-pool', 'vgg7']) {
        const config = path(`../configs/${model}.json`);
        const device_ = device === 'cpu' ? 'cpu' : 'cuda';
        const args = [path(`peers/${worker}`), config, data, `${batch}`, precision, ...mode, `--device=${device_}`];
        const contestant = new Contestant(`${model} at batch ${batch}`, python, args);
        figures.ms[`${model} ${batch}`] = await timed(contestant, deadline);
      }
    }
  },
});

/** Milliseconds a step of a process that ends with this. */
async function timed(contestant, deadline) {
  let late = false;
  const cut = () => {
    late = true;
    contestant.kill();
  };
  const timer = setTimeout(cut, Math.max(0, deadline - Date.now()));
  try {
    await contestant.ready();
    await contestant.size();
    for (let i = 0; i < 3; i++) await contestant.block();
    return contestant.median;
  } catch (error) {
    throw late ? new Late(contestant) : error;
  } finally {
    clearTimeout(timer);
    await contestant.close();
  }
}

const twice = (flags = []) => ({
  name: `the same seed twice${compiled(flags)}`,
  means: 'a kernel adds up in varying order: "same seed, same numbers" does not hold here',
  limit: 120,
  async run(context) {
    const hashes = [];
    for (let i = 0; i < 2; i++) {
      const result = await trained(context, [...SHORT, '--epochs', '1', ...flags]);
      hashes.push(await stateHash(event(result, 'run_end').run, context.cwd));
    }
    context.figures.state = hashes[0];
    require(hashes[0] === hashes[1], 'weights and optimizer state differ');
  },
});

const killed = (flags = []) => ({
  name: `killed and resumed${compiled(flags)}`,
  means: '"resume bit for bit" does not hold here; where "the same seed twice" fails too, that is why',
  limit: 180,
  async run(context) {
    const how = [...SHORT, '--epochs', '2', ...flags];
    const whole = await trained(context, how);
    const isSaved = /"event":"checkpoint","kind":"last","epoch":2/;
    const onLine = (line, child) => isSaved.test(line) && child.kill('SIGKILL');
    const broken = await train(context, how, { onLine });
    require(broken.code !== 0, 'the run ended before it could be killed');
    const { run } = event(broken, 'run_start');
    await trained(context, ['--resume', run, ...flags]);
    const [one, other] = [event(whole, 'run_end').run, run].map((name) => stateHash(name, context.cwd));
    context.figures.state = await one;
    require((await one) === (await other), 'weights and optimizer state differ from the unbroken run');
  },
});

const epochs = (flags = []) => ({
  name: `epochs of conv${compiled(flags)}`,
  means: 'a whole run does not end as it should',
  limit: 240,
  async run(context) {
    const sizes = context.small ? ['--limit', '1000', '--epochs', '3'] : ['--epochs', '25'];
    const ends = [];
    const onLine = (line) => line.includes('"event":"epoch_end"') && ends.push(Date.now());
    const started = Date.now();
    const result = await trained(context, ['--model', 'conv', ...sizes, ...flags], { onLine });
    const { testAccuracy } = event(result, 'run_end');
    const [first, ...rest] = events(result, 'epoch_end').map(({ seconds }) => seconds);
    Object.assign(context.figures, {
      // By the clock, from the end of the first epoch, which compiles and starts cuDNN.
      secondsPerEpoch: (ends.at(-1) - ends[0]) / 1000 / rest.length,
      // In the engine alone, validation included.
      engineSecondsPerEpoch: median(rest),
      testAccuracy,
      firstEpochSeconds: first,
      processSeconds: (Date.now() - started) / 1000,
    });
  },
});

const environment = {
  name: 'environment',
  means: 'the machine or the engine is not ready: fmnist gpu-info says what to do',
  // The first to read gigabytes of libraries, and that once for each engine.
  limit: 150,
  async run(context) {
    const { stdout } = await fmnistOk(['gpu-info', '--json'], context);
    const { uses, nvidia, engines, webgpu } = JSON.parse(stdout);
    // A library of CUDA's in one of these folders is taken in place of the engine's own.
    const { LD_LIBRARY_PATH } = process.env;
    Object.assign(context.figures, { uses, nvidia, webgpu, engines, LD_LIBRARY_PATH });
    require(context.device === 'cpu' || uses === 'gpu', `--device auto would take ${uses}`);
  },
};

const memory = {
  name: 'memory over many calls',
  means: 'something leaks a little in each call: long runs will run out of memory',
  limit: 90,
  async run(context) {
    const grown = await script('memory.js', [context.device, context.small ? '100' : '500'], context);
    Object.assign(context.figures, grown);
    require(grown.processMiB < 100 && grown.gpuMiB < 100, `grew by ${JSON.stringify(grown)}`);
  },
};

const outOfMemory = {
  name: 'out of memory',
  means: 'a batch that is too large ends the process in another way than exit code 5, or spoils the next run',
  limit: 90,
  async run(context) {
    const layers = [
      { type: 'conv2d', filters: 65536, kernelSize: 1 },
      { type: 'globalMaxPooling2d' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    await writeFile(`${context.cwd}/wide.json`, JSON.stringify({ layers, training: { batchSize: 20_000 } }));
    const wide = await train(context, ['--model', 'wide.json', '--epochs', '1']);
    const { message, stderr } = new Ended('fmnist train', wide);
    context.figures.said = message;
    if (wide.code !== 5) throw Object.assign(new Error(message), { stderr });
    await trained(context, [...SHORT, '--epochs', '1']);
  },
};

const webgpu = {
  name: 'golden runs on WebGPU',
  means: 'a shader computes something else than Keras does on this driver: do not trust --device webgpu here',
  limit: 120,
  async run(context) {
    const { stdout } = await fmnistOk(['gpu-info', '--json'], context);
    const { works, reason } = JSON.parse(stdout).webgpu;
    if (!works) return `no adapter: ${reason}`;
    const { off, device } = await script('golden.js', ['webgpu', 'float32'], context);
    const most = Math.max(...Object.values(off));
    Object.assign(context.figures, { mostOff: most, off, device });
    require(most < WEBGPU_TOLERANCE, `losses are off by ${most.toExponential(1)}, allowed ${WEBGPU_TOLERANCE}`);
  },
};

/** In the order in which they run. */
export function checks({ python }) {
  const peers = (names, precision) => (python === undefined ? [] : names.map((name) => peer(name, precision)));
  return [
    environment,
    golden('float32'),
    golden('float32', [JIT]),
    twice(),
    twice([JIT]),
    speed('float32'),
    speed('float32', [JIT]),
    epochs(),
    epochs([JIT]),
    killed(),
    outOfMemory,
    networks(),
    networks([JIT]),
    golden('bfloat16'),
    golden('tf32'),
    speed('bfloat16'),
    speed('bfloat16', [JIT]),
    speed('tf32'),
    speed('tf32', [JIT]),
    memory,
    killed([JIT]),
    speed('float32', ['--no-deterministic']),
    speed('float32', [JIT, '--no-deterministic']),
    webgpu,
    golden('bfloat16', [JIT]),
    golden('tf32', [JIT]),
    ...peers(Object.keys(PEERS), 'float32'),
    ...peers(Object.keys(PEERS), 'bfloat16'),
    speed('bfloat16', ['--no-deterministic']),
    speed('bfloat16', [JIT, '--no-deterministic']),
    speed('tf32', ['--no-deterministic']),
    speed('tf32', [JIT, '--no-deterministic']),
    ...peers(['PyTorch, eager', 'PyTorch, compiled', 'PyTorch, CUDA graph'], 'tf32'),
  ];
}
