import path from 'node:path';
import { commandLine, inRunsDir } from '../../command-line.js';
import { spread } from '../../statistics.js';
import type { Metric } from '../../sweep/schema.js';
import type { Point } from '../../sweep/space.js';
import * as format from '../format.js';
import { joinWrapped } from '../lines.js';
import { dataNotices, warningText } from '../notices.js';
import type { Palette } from '../palette.js';
import type { Reporter } from '../reporters/reporter.js';
import type { OutStream } from '../streams.js';
import { parameterTexts, scoreText } from './words.js';

interface Hearing {
  readonly stderr: OutStream;
  warn(message: string): void;
}

/** For whoever waits for the winner's runs: each warning once, and the epochs that they still had to go. */
export function finishReporter(metric: Metric, { stderr, warn }: Hearing): Reporter {
  const told = new Set<string>();
  const warnOnce = (message: string) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
  let run = '';
  return {
    handle(event) {
      switch (event.event) {
        case 'run_start':
          run = path.basename(event.run);
          for (const notice of dataNotices(event)) warnOnce(notice);
          break;
        case 'warning':
          warnOnce(warningText(event));
          break;
        case 'epoch_end':
          stderr.write(
            `${run} epoch ${event.epoch}/${event.epochs}: ${metric} ${scoreText(metric, event[metric] ?? null)}\n`,
          );
          break;
        default:
      }
    },
    close: () => {},
  };
}

interface FinishView {
  readonly trial: number;
  readonly parameters: Point;
  readonly runs: readonly { readonly run: string; readonly testAccuracy: number; readonly testLoss: number }[];
}

/** What the test said of the best trial: of each seed, and their mean and standard deviation where there are several. */
export function renderFinish(
  { trial, parameters, runs }: FinishView,
  { name, runsDir }: { readonly name: string; readonly runsDir: string },
  { width, palette }: { readonly width: number; readonly palette: Palette },
): string[] {
  const { mean, deviation } = spread(runs.map(({ testAccuracy }) => testAccuracy));
  const lines = [
    [palette.strong(`sweep ${name}`), `best trial ${trial}`, ...parameterTexts(parameters)],
    ...runs.map(({ run, testAccuracy, testLoss }) => [
      run,
      `test accuracy ${format.percent(testAccuracy)}`,
      `test loss ${format.loss(testLoss)}`,
    ]),
    ...(runs.length > 1
      ? [[`mean test accuracy ${format.percent(mean)}`, `standard deviation ${format.percent(deviation)}`]]
      : []),
  ];
  return [
    ...lines.flatMap((parts) => joinWrapped(parts, width)),
    '',
    `next: ${palette.strong(commandLine('runs', 'show', runs[0]?.run ?? 'last', ...inRunsDir(runsDir)))}`,
  ];
}
