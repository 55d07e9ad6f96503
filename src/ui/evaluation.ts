import type { EngineInfo } from '../engine/engine.js';
import type { ClassReport } from '../training/contracts/events.js';
import { classTable } from './class-table.js';
import { confusion, type ReportView } from './end/report.js';
import * as format from './format.js';
import { joinWrapped } from './lines.js';
import { joinSections } from './runs/view.js';

export interface EvaluationReport {
  readonly model: string;
  /** The file. */
  readonly weights: string;
  readonly ema: boolean;
  readonly tta: boolean;
  readonly engine: EngineInfo;
  readonly precision: string;
  readonly images: number;
  readonly synthetic: boolean;
  readonly testLoss: number;
  readonly testAccuracy: number;
  readonly classes: readonly ClassReport[];
  readonly confusion: readonly (readonly number[])[];
}

/** Test loss and accuracy, the classes and the confusion matrix, as lines. */
export function renderEvaluation(report: EvaluationReport, { columns, palette }: ReportView): string[] {
  const width = Math.max(1, columns - 1);
  const how = [
    report.precision,
    ...(report.ema ? ['averaged weights'] : []),
    ...(report.tta ? ['mean over mirror images'] : []),
  ];
  const synthetic = 'SYNTHETIC DATA: drawn by the tool, not Fashion-MNIST; the accuracy means nothing.';
  return joinSections([
    [
      ...joinWrapped([palette.strong(report.model), report.weights, format.engineLine(report.engine), ...how], width),
      ...(report.synthetic ? [palette.warning(synthetic)] : []),
    ],
    joinWrapped(
      [
        `test accuracy ${palette.strong(format.percent(report.testAccuracy))}`,
        `test loss ${format.loss(report.testLoss)}`,
        `${format.count(report.images)} images`,
      ],
      width,
    ),
    classTable(report.classes, width),
    confusion(report, width, palette),
  ]);
}
