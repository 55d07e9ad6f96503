import type { RunEnd, TestResults } from '../../training/contracts/events.js';
import * as format from '../format.js';
import { joinWrapped } from '../lines.js';
import type { Palette } from '../palette.js';
import { classTable } from './class-table.js';
import { confusionLines, type Paint } from './confusion-table.js';
import { lineWidth, type ResultView } from './layout.js';

type PartOf<T> = { readonly [Key in keyof T]?: T[Key] | undefined };
/** What is known of a model's test: all of it at a run's end, less of an old run. */
export type TestResult = PartOf<Omit<TestResults, 'mistakes'> & Pick<RunEnd, 'epochs' | 'bestValAccuracy'>>;

/**
 * The figures that count: the test, with the epoch whose weights were tested, that of their moving averages, and the best
 * epoch's where that is another one. `more` comes after the first.
 */
export function headline(result: TestResult, view: ResultView, more: readonly string[] = []): string[] {
  const { testLoss, testAccuracy, emaTestLoss, emaTestAccuracy, bestTest, ttaTest, bestValAccuracy } = result;
  const width = lineWidth(view);
  const facts = [
    ...(testAccuracy == null ? [] : test(testAccuracy, testLoss, testedEpoch(result), view)),
    ...(bestValAccuracy == null ? [] : [`best validation accuracy ${format.percent(bestValAccuracy)}`]),
    ...more,
  ];
  const average = emaTestAccuracy == null ? [] : test(emaTestAccuracy, emaTestLoss, 'averaged weights', view);
  const best = bestTest && test(bestTest.accuracy, bestTest.loss, `epoch ${bestTest.epoch}, the best`, view);
  return [facts, average, best ?? [], ...viewTests(ttaTest, view)].flatMap((line) => joinWrapped(line, width));
}

/** The tests by the mean over changed copies of each image. */
function viewTests(tta: TestResult['ttaTest'], view: ResultView): string[][] {
  if (tta === undefined) return [];
  const { loss, accuracy, emaLoss, emaAccuracy } = tta;
  const over = format.views(tta.views);
  return [
    test(accuracy, loss, over, view),
    ...(emaAccuracy === undefined ? [] : [test(emaAccuracy, emaLoss, `averaged weights, ${over}`, view)]),
  ];
}

function test(accuracy: number, loss: number | null | undefined, weights: string | undefined, { palette }: ResultView) {
  return [
    `test accuracy ${palette.strong(format.percent(accuracy))}${weights === undefined ? '' : ` (${weights})`}`,
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
