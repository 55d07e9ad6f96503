import type { RunEnd } from '../../training/contracts/events.js';
import * as format from '../format.js';
import { joinWrapped } from '../lines.js';
import type { Palette } from '../palette.js';
import { classTable } from './class-table.js';
import { confusionLines, type Paint } from './confusion-table.js';
import { lineWidth, type ResultView } from './layout.js';

type PartOf<T> = { readonly [Key in keyof T]?: T[Key] | undefined };
/** What is known of a model's test: all of it at a run's end, less of an old run. */
export type TestResult = PartOf<
  Pick<
    RunEnd,
    'epochs' | 'testLoss' | 'testAccuracy' | 'testedEpoch' | 'bestTest' | 'bestValAccuracy' | 'classes' | 'confusion'
  >
>;

/**
 * The figures that count: the test, with the epoch whose weights were tested, and the best epoch's where that is
 * another one. `more` comes after them.
 */
export function headline(result: TestResult, view: ResultView, more: readonly string[] = []): string[] {
  const { testLoss, testAccuracy, bestTest, bestValAccuracy } = result;
  const width = lineWidth(view);
  const facts = [
    ...(testAccuracy == null ? [] : test(testAccuracy, testLoss, testedEpoch(result), view)),
    ...(bestValAccuracy == null ? [] : [`best validation accuracy ${format.percent(bestValAccuracy)}`]),
    ...more,
  ];
  const best = bestTest && test(bestTest.accuracy, bestTest.loss, `epoch ${bestTest.epoch}, the best`, view);
  return [...joinWrapped(facts, width), ...joinWrapped(best ?? [], width)];
}

function test(accuracy: number, loss: number | null | undefined, epoch: string | undefined, { palette }: ResultView) {
  return [
    `test accuracy ${palette.strong(format.percent(accuracy))}${epoch === undefined ? '' : ` (${epoch})`}`,
    ...(loss == null ? [] : [`test loss ${format.loss(loss)}`]),
  ];
}

function testedEpoch({ epochs = 0, testedEpoch: tested, bestTest }: TestResult): string | undefined {
  if (tested === undefined) return undefined;
  return `epoch ${tested}${bestTest !== undefined ? ', the last' : tested < epochs ? ', the best' : ''}`;
}

/** How well each class is recognised: the table of classes and the confusion matrix. */
export function classSections({ classes, confusion }: TestResult, view: ResultView): string[][] {
  if (classes === undefined) return [];
  const width = lineWidth(view);
  const names = classes.map(({ name }) => name);
  return [
    classTable(classes, width),
    confusion === undefined ? [] : confusionLines(names, confusion, width, paintWith(view.palette)),
  ];
}

/** Right in the colour of training, wrong in that of validation where it is more than a few. */
function paintWith(palette: Palette): Paint {
  return (text, share, correct) => {
    if (share === 0) return palette.dim(text);
    return correct ? palette.train(text) : share >= 0.02 ? palette.validation(text) : text;
  };
}
