import type { GpuUse } from '../../engine/native/diagnose/gpu-use.js';
import type { Metric } from '../chart/metric-chart.js';
import type { Palette } from '../palette.js';

/** How the dashboard is looked at: the screen, and what the keys have chosen. */
export interface View {
  readonly columns: number;
  readonly rows: number;
  readonly palette: Palette;
  /** The chart where only one has room. */
  readonly metric: Metric;
  readonly log: boolean;
  /** `steps` until the second epoch is done, unless a key chose. */
  readonly axis: 'auto' | 'epochs' | 'steps';
  readonly help: boolean;
  /** Whether the run was asked to end after this epoch. */
  readonly stopping: boolean;
  /** Whether keys are read at all. */
  readonly keys: boolean;
  /** Bytes; undefined where not known. */
  readonly memory: number | undefined;
  /** Of the GPU that trains; undefined where none does, or where it does not tell. */
  readonly gpu: GpuUse | undefined;
  /** The answer to the last key, or a warning. */
  readonly notice: string | undefined;
}
