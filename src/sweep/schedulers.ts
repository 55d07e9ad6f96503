import { shellWord } from '../command-line.js';
import type { OpenedSweep } from './definition.js';

export interface SchedulerOptions {
  /** How fmnist is called there. */
  readonly program: string;
  /** CPU threads a trial. */
  readonly threads: number;
  /** Trials at the same time at most. */
  readonly parallelism: number;
  /** Container image and volume claim, for Kubernetes. */
  readonly image: string;
  readonly volume: string;
}

export const SCHEDULERS = ['slurm', 'kubernetes', 'shell'] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

interface RungJobs {
  readonly rung: number;
  /** Trainings of the rung, which have the indices 0 to this − 1. */
  readonly count: number;
  readonly epochs: number;
}

type Write = (sweep: OpenedSweep, rungs: readonly RungJobs[], options: SchedulerOptions) => string;

/** What each scheduler is handed: every training as `fmnist sweep trial … --index`, one rung after the other. */
const WRITERS: Readonly<Record<Scheduler, Write>> = {
  slurm: (sweep, rungs, options) => {
    const submit = rungs.map(({ rung, count, epochs }) => {
      // Empty under --test-only, which gives no job to wait for.
      const after = rung === 0 ? '' : ` \${rung${rung - 1}:+--dependency=afterok:"$rung${rung - 1}"}`;
      const array = `--array=0-${count - 1}%${options.parallelism}`;
      // It stands in double quotes.
      const command = trialCommand(sweep, rung, options).replace(/[\\"$`]/g, '\\$&');
      const trial = `${command} --index \\$SLURM_ARRAY_TASK_ID`;
      return [
        `# ${describe({ rung, count, epochs }, rungs.length)}`,
        `rung${rung}=$(sbatch "$@" --parsable${after} --job-name=${sweep.name}-${rung} ${array} \\`,
        // B: tells the script, which the trial has replaced; without it only its job steps, of which it has none.
        `  --cpus-per-task=${options.threads} --requeue --signal=B:TERM@60 --wrap "exec ${trial}")`,
      ].join('\n');
    });
    return `${[
      '#!/bin/bash',
      '# Submits the sweep as array jobs; arguments go to sbatch, e.g. --partition=cpu',
      'set -e',
      ...submit,
      `echo "submitted ${rungs.map(({ rung }) => `$rung${rung}`).join(' ')}"`,
    ].join('\n')}\n`;
  },

  kubernetes: (sweep, rungs, options) =>
    rungs.map((rung) => indexedJob(sweep, rung, rungs.length, options)).join('---\n'),

  shell: (sweep, rungs, options) => {
    const lines = rungs.map(({ rung, count, epochs }) => [
      `# ${describe({ rung, count, epochs }, rungs.length)}`,
      `seq 0 ${count - 1} | xargs -P ${options.parallelism} -I {} ${trialCommand(sweep, rung, options)} --index {}`,
    ]);
    return `${['#!/bin/sh', 'set -e', ...lines.flat()].join('\n')}\n`;
  },
};

/** The sweep as a scheduler takes it: a script that submits array jobs, Indexed Jobs in YAML, or a shell script. */
export function schedulerFile(scheduler: Scheduler, sweep: OpenedSweep, options: SchedulerOptions): string {
  const { plan } = sweep;
  const rungs = plan.rungs.map(({ trials, epochs }, rung) => ({ rung, count: trials * plan.sweep.seeds, epochs }));
  return WRITERS[scheduler](sweep, rungs, options);
}

function trialCommand({ folder }: OpenedSweep, rung: number, { program, threads }: SchedulerOptions): string {
  return `${program} sweep trial ${shellWord(folder)} --rung ${rung} --threads ${threads}`;
}

function describe({ rung, count, epochs }: RungJobs, rungs: number): string {
  return `rung ${rung + 1} of ${rungs}: ${count} training${count === 1 ? '' : 's'} to epoch ${epochs}`;
}

function indexedJob(
  { name, folder }: OpenedSweep,
  job: RungJobs,
  rungs: number,
  { program, threads, parallelism, image, volume }: SchedulerOptions,
): string {
  const id = `${name.toLowerCase().replaceAll('_', '-')}-rung${job.rung}`;
  const args = ['sweep', 'trial', folder, '--rung', `${job.rung}`, '--index', '$(JOB_COMPLETION_INDEX)'];
  const wait = job.rung === 0 ? '' : '; apply it when the rung before it is complete';
  return `# ${describe(job, rungs)}${wait}
apiVersion: batch/v1
kind: Job
metadata:
  name: ${id}
spec:
  completionMode: Indexed
  completions: ${job.count}
  parallelism: ${Math.min(parallelism, job.count)}
  backoffLimitPerIndex: 3
  template:
    spec:
      restartPolicy: Never
      # The image's user may write to the volume.
      securityContext: { fsGroup: 1000 }
      terminationGracePeriodSeconds: 60
      containers:
        - name: trial
          image: ${JSON.stringify(image)}
          command: ${JSON.stringify(program.split(' '))}
          args: ${JSON.stringify([...args, '--threads', `${threads}`])}
          workingDir: /work
          resources:
            requests: { cpu: "${threads}", memory: 2Gi }
          volumeMounts:
            - { name: work, mountPath: /work }
      volumes:
        - name: work
          persistentVolumeClaim: { claimName: ${JSON.stringify(volume)} }
`;
}
