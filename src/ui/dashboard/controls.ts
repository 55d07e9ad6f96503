import type { RunControl } from '../../training/contracts/control.js';
import type { CheckpointEvent } from '../../training/contracts/events.js';
import type { KeyName } from './keys.js';
import { raise } from './signals.js';
import type { View } from './view.js';

/** The part of the view that keys change. */
export type Choices = Pick<View, 'metric' | 'log' | 'axis' | 'help' | 'notice'>;

export const FIRST_CHOICES: Choices = { metric: 'loss', log: false, axis: 'auto', help: false, notice: undefined };

const SAVING = 'saving …';

/** A checkpoint is there: if a key asked for it, the answer. */
export function saved(choices: Choices, { epoch, step }: CheckpointEvent): Choices {
  const place = step === 0 ? `epoch ${epoch - 1} is done` : `epoch ${epoch}, step ${step}`;
  return choices.notice === SAVING ? { ...choices, notice: `saved: ${place}` } : choices;
}

/** What each key does: asks something of the run or of the terminal, and says what the view becomes. */
export const CONTROLS = {
  q: (choices, control) => {
    if (control?.stop?.after === 'epoch') {
      control.keepTraining();
      return { ...choices, notice: 'training goes on' };
    }
    control?.stopAfterEpoch();
    return { ...choices, notice: 'finishing this epoch, then stopping; q again: keep training' };
  },
  s: (choices, control) => {
    control?.saveNow();
    return { ...choices, notice: SAVING };
  },
  l: (choices) => ({ ...choices, log: !choices.log }),
  m: (choices) => ({ ...choices, metric: choices.metric === 'loss' ? 'accuracy' : 'loss' }),
  left: (choices) => ({ ...choices, axis: 'epochs' }),
  right: (choices) => ({ ...choices, axis: 'steps' }),
  help: (choices) => ({ ...choices, help: !choices.help }),
  interrupt: (choices) => {
    raise('SIGINT');
    return { ...choices, notice: 'finishing this step and saving; Ctrl-C again quits at once' };
  },
  suspend: (choices) => {
    raise('SIGTSTP');
    return choices;
  },
  quit: (choices) => {
    raise('SIGQUIT');
    return choices;
  },
} as const satisfies Record<KeyName, (choices: Choices, control: RunControl | undefined) => Choices>;
