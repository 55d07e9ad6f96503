import type { Precision } from '../engine/engine.js';
import type { DeviceChoice, OpenedEngine } from '../engine/open.js';

/** What `withDevice` declares. */
export interface EngineFlags {
  readonly device: DeviceChoice | undefined;
  readonly precision?: Precision | undefined;
  readonly threads: number | undefined;
  readonly offline: boolean;
}

/**
 * The engine that the flags name, with progress on stderr where it is set up first.
 *
 * @throws EngineError when it is not available
 */
export async function loadEngine(flags: EngineFlags): Promise<OpenedEngine> {
  const { device = 'auto', precision = 'float32', threads, offline } = flags;
  const { openEngine } = await import('../engine/open.js');
  const { dataProgress } = await import('../ui/data-progress.js');
  const view = dataProgress(process.stderr, process.env);
  try {
    return await openEngine({
      device,
      precision,
      threads,
      offline,
      onProgress: ({ phase, what, done, total }) => {
        const fraction = total > 0 ? done / total : undefined;
        view.onProgress({ source: `engine setup, ${phase}`, what, fraction, bytes: total > 0 ? total : undefined });
      },
    });
  } finally {
    view.close();
  }
}
