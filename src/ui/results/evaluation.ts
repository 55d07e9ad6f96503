import type { Tta } from '../../augment/views.js';
import type { EngineInfo } from '../../engine/engine.js';
import type { ClassReport, Mistake } from '../../training/contracts/events.js';
import * as format from '../format.js';
import { joinWrapped } from '../lines.js';
import { SYNTHETIC } from '../notices.js';
import { joinSections, lineWidth, type PictureView } from './layout.js';
import { mostConfidentMistakes } from './mistakes.js';
import { classSections, headline } from './test-result.js';

/** What `fmnist evaluate --json` prints. */
export interface EvaluationReport {
  readonly model: string;
  /** The file. */
  readonly weights: string;
  readonly ema: boolean;
  readonly tta: boolean;
  /** The test-time augmentation. */
  readonly views: Tta | null;
  readonly engine: EngineInfo;
  readonly precision: string;
  readonly images: number;
  readonly synthetic: boolean;
  readonly testLoss: number;
  readonly testAccuracy: number;
  readonly classes: readonly ClassReport[];
  readonly confusion: readonly (readonly number[])[];
}

/** The classes, the confusion matrix, the most confident mistakes, and at the end test accuracy and loss, as lines. */
export function renderEvaluation(
  evaluation: EvaluationReport,
  mistakes: readonly Mistake[],
  view: PictureView,
): string[] {
  return joinSections([
    heading(evaluation, view),
    ...classSections(evaluation, view),
    mostConfidentMistakes(mistakes, view),
    headline(evaluation, view, [`${format.count(evaluation.images)} images`]),
  ]);
}

function heading(
  { model, weights, ema, views, engine, precision, synthetic }: EvaluationReport,
  view: PictureView,
): string[] {
  const { palette } = view;
  const facts = [
    palette.strong(model),
    weights,
    format.engineLine(engine),
    precision,
    ...(ema ? ['averaged weights'] : []),
    ...(views === null ? [] : [format.views(views)]),
  ];
  return [...joinWrapped(facts, lineWidth(view)), ...(synthetic ? [palette.warning(SYNTHETIC)] : [])];
}
