import { printable } from '../../text.js';
import type {
  EpochEnd,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  ValidationProgress,
} from '../../training/contracts/events.js';
import { engineLine, learningRate, loss } from '../format.js';
import { dataNotices, type NextCommand, warningText } from '../notices.js';
import { classTable } from '../results/class-table.js';
import { confusionLines } from '../results/confusion-table.js';
import type { OutStream } from '../streams.js';
import type { Reporter } from './reporter.js';

const HEARTBEAT_MS = 30_000;

export interface PlainOptions {
  readonly out: OutStream;
  /** Only warnings and the result. */
  readonly quiet: boolean;
  readonly now: () => number;
  readonly next: NextCommand;
}

/**
 * For logs: one line an epoch, a heartbeat when nothing else was said for 30 s, `key=value` fields, no escapes
 * and no carriage returns.
 */
export function plainReporter({ out, quiet, now, next }: PlainOptions): Reporter {
  let lastSaid = now();
  let epochs = 0;

  function say(text: string): void {
    lastSaid = now();
    out.write(`[${timeOfDay(lastSaid)}] ${printable(text)}\n`);
  }
  function progress(text: string): void {
    if (!quiet) say(text);
  }
  function heartbeat(text: () => string): void {
    if (now() - lastSaid >= HEARTBEAT_MS) progress(text());
  }

  function handle(event: TrainingEvent): void {
    switch (event.event) {
      case 'run_start':
        epochs = event.epochs;
        for (const line of startLines(event)) progress(line);
        for (const notice of dataNotices(event)) say(`warning: ${notice}`);
        break;
      case 'step':
        heartbeat(() => stepLine(event, epochs));
        break;
      case 'validation_progress':
        heartbeat(() => validationLine(event));
        break;
      case 'epoch_end':
        progress(epochLine(event));
        break;
      case 'warning':
        say(`warning: ${warningText(event)}`);
        break;
      case 'run_end':
        if (!quiet) for (const line of reportLines(event)) out.write(`${line}\n`);
        for (const line of resultLines(event, next)) say(line);
        break;
      case 'epoch_start':
      case 'checkpoint':
        break;
    }
  }
  return { handle, close: () => {} };
}

function startLines(run: RunStart): string[] {
  const resumed = run.resumedFrom;
  return [
    `run ${run.run} model=${run.model} parameters=${run.parameters} seed=${run.seed} precision=${run.precision} ` +
      `engine=${JSON.stringify(engineLine(run.engine))}`,
    `data train=${run.data.train} augmented=${run.data.augmented} validation=${run.data.validation} ` +
      `test=${run.data.test} batch=${run.batchSize} steps=${run.stepsPerEpoch} source=${JSON.stringify(run.data.source)}`,
    ...(resumed === undefined || resumed.epoch > run.epochs
      ? []
      : [`resumed epoch=${resumed.epoch} step=${resumed.step}`]),
  ];
}

function stepLine(step: StepEvent, epochs: number): string {
  return (
    `epoch ${step.epoch}/${epochs} step ${step.step}/${step.steps} loss=${loss(step.meanLoss)} ` +
    `acc=${step.meanAccuracy.toFixed(4)} lr=${learningRate(step.learningRate)} ms_step=${step.msPerStep.toFixed(1)}`
  );
}

function validationLine({ what, done, total }: ValidationProgress): string {
  return `${what} ${done}/${total}`;
}

function epochLine(epoch: EpochEnd): string {
  const validation =
    epoch.valLoss === null ? '' : ` val_loss=${loss(epoch.valLoss)} val_acc=${epoch.valAccuracy?.toFixed(4) ?? '-'}`;
  return (
    `epoch ${epoch.epoch}/${epoch.epochs} loss=${loss(epoch.loss)} acc=${epoch.accuracy.toFixed(4)}${validation} ` +
    `lr=${learningRate(epoch.learningRate)} ms_step=${epoch.msPerStep.toFixed(1)} t=${epoch.seconds.toFixed(1)}s ` +
    `best=${epoch.best ? 'yes' : 'no'}`
  );
}

function resultLines(end: RunEnd, next: NextCommand): string[] {
  const best = end.bestValAccuracy === null ? '' : ` best_val_acc=${end.bestValAccuracy.toFixed(4)}`;
  const { testAccuracy, testLoss, emaTestAccuracy, emaTestLoss = null, testedEpoch, bestTest, ttaTest } = end;
  const message = end.message === undefined ? [] : [end.message];
  return [
    ...message,
    ...(testAccuracy === null ? [] : [testLine(testLoss, testAccuracy, testedEpoch)]),
    ...(emaTestAccuracy === undefined ? [] : [`${testLine(emaTestLoss, emaTestAccuracy, testedEpoch)} ema=yes`]),
    ...(bestTest === undefined ? [] : [`${testLine(bestTest.loss, bestTest.accuracy, bestTest.epoch)} best=yes`]),
    ...(ttaTest === undefined ? [] : viewLines(ttaTest, testedEpoch)),
    `${end.status} epochs=${end.epochs}${best} t=${end.seconds.toFixed(1)}s run=${end.run}`,
    `next: ${next(end)}`,
  ];
}

function viewLines(
  { views, loss, accuracy, emaLoss, emaAccuracy }: NonNullable<RunEnd['ttaTest']>,
  epoch: number | undefined,
) {
  const average =
    emaAccuracy === undefined ? [] : [`${testLine(emaLoss ?? null, emaAccuracy, epoch)} ema=yes tta=${views}`];
  return [`${testLine(loss, accuracy, epoch)} tta=${views}`, ...average];
}

function testLine(testLoss: number | null, accuracy: number, epoch: number | undefined): string {
  return `test loss=${loss(testLoss)} acc=${accuracy.toFixed(4)}${epoch === undefined ? '' : ` epoch=${epoch}`}`;
}

function reportLines(end: RunEnd): string[] {
  const { classes, confusion } = end;
  if (classes === undefined) return [];
  const names = classes.map((c) => c.name);
  return [...classTable(classes), ...(confusion === undefined ? [] : ['', ...confusionLines(names, confusion)])];
}

function timeOfDay(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}
