import { defineCommand } from '../../flags/command.js';
import { text, wholeNumber } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { scheduler, sweepsDir, sweepTarget } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'plan <sweep>',
  describe: 'Write what a scheduler takes: SLURM array jobs, Kubernetes Indexed Jobs, or a shell script',
  positionals: { sweep: sweepTarget },
  flags: {
    ...scheduler,
    threads: {
      ...wholeNumber('threads', 'CPU threads a trial', { min: 1, max: 1024 }),
      group: flags.GROUPS.engine,
      default: 2,
    },
    parallelism: {
      ...wholeNumber('parallelism', 'Trials at the same time at most', { min: 1, max: 100_000 }),
      group: flags.GROUPS.engine,
      default: 8,
    },
    program: {
      ...text('How fmnist is called there'),
      group: flags.GROUPS.output,
      defaultDescription: 'as here; in a container fmnist',
    },
    image: { ...text('Container image, for Kubernetes'), group: flags.GROUPS.output, default: 'fmnist:latest' },
    volume: { ...text('Volume claim with the sweep, for Kubernetes'), group: flags.GROUPS.output, default: 'fmnist' },
    ...sweepsDir,
  },
  examples: [
    ['$0 sweep plan study.json --for slurm > study.sh && bash study.sh', 'Array jobs, a rung after the other'],
    ['$0 sweep plan study.json --for kubernetes > study.yaml', 'An Indexed Job for each rung'],
    ['$0 sweep plan study.json | sh', 'Here, by xargs'],
  ],
  run: async (args, { stdout, called }) => {
    const { planSweepFor } = await import('../../app/sweep/open.js');
    const { for: target = 'shell', threads = 2, parallelism = 8, image, volume } = args;
    const program = args.program ?? (target === 'kubernetes' ? 'fmnist' : called);
    const options = { threads, parallelism, program, image, volume };
    stdout.write(await planSweepFor(target, args.sweep, args.sweepsDir, options));
  },
});
