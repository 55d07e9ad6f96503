import type { TrainingEvent } from '../training/contracts/events.js';

/** The line that an event leaves in `log.txt`, or undefined for those that come too often to keep. */
export function logLine(event: TrainingEvent, now: Date): string | undefined {
  const text = describe(event);
  // One event, one line, whatever its message holds.
  return text === undefined ? undefined : `${now.toISOString()} ${text.replace(/[\r\n]+/g, ' ')}\n`;
}

function describe(event: TrainingEvent): string | undefined {
  switch (event.event) {
    case 'run_start': {
      const { model, engine, seed, epochs, resumedFrom } = event;
      const from = resumedFrom ? `, resumed from epoch ${resumedFrom.epoch} step ${resumedFrom.step}` : '';
      return `start: ${model} on ${engine.name} (${engine.deviceName}), seed ${seed}, ${epochs} epoch${epochs === 1 ? '' : 's'}${from}`;
    }
    case 'epoch_end': {
      const { epoch, epochs, loss, accuracy, valLoss, valAccuracy, seconds, best } = event;
      const validation = valLoss === null ? '' : ` val_loss=${valLoss} val_acc=${valAccuracy}`;
      return `epoch ${epoch}/${epochs}: loss=${loss} acc=${accuracy}${validation} seconds=${seconds}${best ? ' best' : ''}`;
    }
    case 'checkpoint':
      // After an epoch a run is before the first step of the next one.
      return `checkpoint: ${event.kind}, ${event.step === 0 ? `after epoch ${event.epoch - 1}` : `epoch ${event.epoch} step ${event.step}`}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'run_end':
      return `end: ${event.status}, test accuracy ${event.testAccuracy ?? '–'}${event.message ? `: ${event.message}` : ''}`;
    default:
      return undefined;
  }
}
