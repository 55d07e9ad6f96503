import type { GpuUse } from '../../engine/native/diagnose/gpu-use.js';
import type { RunControl } from '../../training/contracts/control.js';
import type { TrainingEvent } from '../../training/contracts/events.js';
import { colourLevel } from '../colour-level.js';
import { type Choices, CONTROLS, FIRST_CHOICES, saved } from '../dashboard/controls.js';
import { renderFrame } from '../dashboard/frame.js';
import { Keys } from '../dashboard/keys.js';
import { Pace } from '../dashboard/pace.js';
import { Screen } from '../dashboard/screen.js';
import { listenToTerminal } from '../dashboard/signals.js';
import { RunState } from '../dashboard/state.js';
import { wrapWords } from '../lines.js';
import { type NextCommand, warningText } from '../notices.js';
import { type Palette, palette } from '../palette.js';
import { colourMode } from '../pixels.js';
import { renderRunEnd } from '../results/run-end.js';
import type { Environment, InStream, OutStream } from '../streams.js';
import type { Reporter } from './reporter.js';

export interface HumanOptions {
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly env: Environment;
  readonly control: RunControl | undefined;
  readonly next: NextCommand;
  readonly watchGpu: WatchGpu | undefined;
}

/** Hears of a GPU's use now and then, until what it returns is called. */
export type WatchGpu = (gpu: string, onUse: (use: GpuUse) => void) => () => void;

/** For a person at a terminal: the live dashboard with its keys, then a report that stays. */
export function humanReporter(options: HumanOptions): Reporter {
  const dashboard = new Dashboard(options);
  return { handle: (event) => dashboard.handle(event), close: () => dashboard.close() };
}

class Dashboard {
  private readonly state = new RunState();
  private readonly screen: Screen;
  private readonly palette: Palette;
  private readonly pace = new Pace(() => performance.now());
  private readonly keys: Keys | undefined;
  private readonly cleanups: (() => void)[] = [];
  private choices: Choices = FIRST_CHOICES;
  private memory = 0;
  private gpu: GpuUse | undefined;
  private live = false;
  private suspended = false;

  constructor(private readonly options: HumanOptions) {
    const { stdin, stdout, env } = options;
    this.screen = new Screen(stdout);
    this.palette = palette(colourLevel(stdout, env));
    this.keys = stdin.isTTY === true ? new Keys(stdin, (key) => this.press(key)) : undefined;
  }

  handle(event: TrainingEvent): void {
    this.state.apply(event);
    switch (event.event) {
      case 'run_start':
        this.start();
        this.watch(event.engine.gpu);
        break;
      case 'warning':
        this.printAbove(warningText(event));
        break;
      case 'checkpoint':
        this.choices = saved(this.choices, event);
        break;
      case 'run_end':
        this.finish(event);
        break;
    }
    if (this.live && this.pace.due) this.draw();
  }

  close(): void {
    if (!this.live) return;
    this.live = false;
    for (const cleanup of this.cleanups.splice(0).reverse()) cleanup();
  }

  private start(): void {
    const { stdout } = this.options;
    this.live = true;
    const redraw = () => this.redraw();
    stdout.on('resize', redraw);
    // Between steps nothing may happen for long (evaluation): the timer draws what is due then.
    const timer = setInterval(() => {
      if (this.pace.due) this.draw();
    }, 125).unref();
    const unlisten = listenToTerminal({ onSuspend: () => this.suspend(), onResume: () => this.resume() });
    this.keys?.start();
    this.cleanups.push(
      () => this.screen.close(),
      () => this.keys?.stop(),
      () => stdout.off('resize', redraw),
      () => clearInterval(timer),
      unlisten,
    );
    this.draw();
  }

  private watch(gpu: string | undefined): void {
    if (gpu === undefined || this.options.watchGpu === undefined) return;
    const unwatch = this.options.watchGpu(gpu, (use) => {
      this.gpu = use;
    });
    this.cleanups.push(unwatch);
  }

  private press(key: keyof typeof CONTROLS): void {
    // The test comes after the last epoch: no more to be stopped, or trained.
    if (key === 'q' && this.state.evaluating?.what === 'test') return;
    this.choices = CONTROLS[key](this.choices, this.options.control);
    this.draw();
  }

  private draw(): void {
    // The program continues before it is told so: meanwhile the terminal is not its own yet.
    if (!this.live || this.suspended) return;
    this.pace.measure(() => {
      this.memory = process.memoryUsage.rss();
      this.screen.draw(renderFrame(this.state, this.view()));
    });
  }

  private redraw(): void {
    if (!this.live) return;
    this.screen.erase();
    this.draw();
  }

  private view() {
    const { palette, memory, gpu, choices, keys, options } = this;
    const stopping = options.control?.stop !== undefined;
    return { ...this.screen.size(), ...choices, palette, memory, gpu, stopping, keys: keys !== undefined };
  }

  private printAbove(warning: string): void {
    const text = `${this.palette.warning('warning:')} ${warning}`;
    this.screen.print(wrapWords(text, this.screen.size().columns - 1));
    this.draw();
  }

  private suspend(): void {
    this.suspended = true;
    this.keys?.stop();
    this.screen.close();
  }

  private resume(): void {
    if (!this.live) return;
    this.suspended = false;
    this.keys?.start();
    this.screen.forget();
    this.draw();
  }

  private finish(end: Extract<TrainingEvent, { event: 'run_end' }>): void {
    const { stdout, env, next } = this.options;
    const { columns } = this.screen.size();
    this.close();
    const view = { columns, palette: this.palette, pictures: colourMode(stdout, env) };
    const report = renderRunEnd(this.state, end, next(end), view);
    stdout.write(`${report.join('\n')}\n`);
  }
}
