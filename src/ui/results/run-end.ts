import type { RunEnd } from '../../training/contracts/events.js';
import type { RunState } from '../dashboard/state.js';
import * as format from '../format.js';
import { joinWrapped, wrapCommand, wrapWords } from '../lines.js';
import { dataNotices } from '../notices.js';
import { joinSections, lineWidth, metricCharts, type PictureView } from './layout.js';
import { mostConfidentMistakes } from './mistakes.js';
import { classSections, headline } from './test-result.js';

/** What stays on the screen after a run: charts, where it went wrong, and in its last lines the result and what to type. */
export function renderRunEnd(state: RunState, end: RunEnd, next: string, view: PictureView): string[] {
  return joinSections([
    heading(state, view),
    charts(state, view),
    ...classSections(end, view),
    mostConfidentMistakes(end.mistakes ?? [], view),
    [...outcome(state, end, view), ...headline(end, view)],
    wrapCommand(`next: ${view.palette.strong(next)}`, lineWidth(view)),
  ]);
}

function heading({ run }: RunState, view: PictureView): string[] {
  const model = run === undefined ? [] : [run.model, `seed ${run.seed}`, format.engineLine(run.engine)];
  return joinWrapped([view.palette.strong('fmnist train'), ...model], lineWidth(view));
}

function outcome({ run }: RunState, end: RunEnd, view: PictureView): string[] {
  const planned = run === undefined || run.epochs === end.epochs ? '' : ` of ${run.epochs}`;
  const epochs = `${end.epochs}${planned} epoch${planned === '' && end.epochs === 1 ? '' : 's'}`;
  const notices = [...(run === undefined ? [] : dataNotices(run)), ...(end.message === undefined ? [] : [end.message])];
  return [
    `${end.status} after ${epochs} in ${format.clock(end.seconds)}`,
    ...notices.flatMap((notice) => wrapWords(notice, lineWidth(view))).map(view.palette.warning),
  ];
}

/** One epoch alone shows its steps. */
function charts({ history, stepLoss, stepAccuracy }: RunState, view: PictureView): string[] {
  if (history.length >= 2) return metricCharts(history, view);
  if (history.length === 0 && stepLoss.points.length < 2) return [];
  return metricCharts(history, view, { loss: stepLoss.points, accuracy: stepAccuracy.points });
}
