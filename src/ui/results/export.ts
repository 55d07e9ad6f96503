import type { ExportReport } from '../../export/report.js';
import * as format from '../format.js';
import type { ResultView } from './layout.js';

/** What was written where, and how near it comes to the engine, as lines. */
export function renderExport(report: ExportReport, { palette }: ResultView): string[] {
  const { model, weights, out, bytes, verified, unverified } = report;
  const written = `${palette.strong(out)}  ${format.bytes(bytes)}  ${palette.dim(`${model} of ${weights}`)}`;
  if (verified === undefined) return [written, palette.dim(`not verified: ${unverified}`)];
  const { runtime, images, difference, sameClass, engine } = verified;
  const classes = sameClass === images ? 'the same class on every image' : `another class on ${images - sameClass}`;
  return [
    written,
    `verified on ${images} test images: ${runtime} differs from ${engine} by ${difference.toExponential(1)} at most, ${classes}`,
  ];
}
