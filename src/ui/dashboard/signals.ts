/** What a terminal does with a program: stops it (Ctrl-Z), continues it (fg), ends it at once (Ctrl-\\). */
export interface TerminalSignals {
  readonly onSuspend: () => void;
  readonly onResume: () => void;
}

/**
 * Makes the program stop or quit cleanly when the terminal asks: `onSuspend` gives the terminal back first, `onResume` takes it
 * again. Windows has no such signals. Returns what takes the listeners off.
 */
export function listenToTerminal({ onSuspend, onResume }: TerminalSignals): () => void {
  if (process.platform === 'win32') return () => {};
  const suspend = () => {
    onSuspend();
    // SIGTSTP itself is caught by now: SIGSTOP stops for certain.
    process.kill(process.pid, 'SIGSTOP');
  };
  const quit = () => {
    onSuspend();
    process.off('SIGQUIT', quit);
    process.kill(process.pid, 'SIGQUIT');
  };
  process.on('SIGQUIT', quit);
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', onResume);
  return () => {
    process.off('SIGQUIT', quit);
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', onResume);
  };
}

/** Sends what the terminal would have sent, had raw mode not made a key of it: to the whole foreground group. */
export function raise(signal: 'SIGINT' | 'SIGTSTP' | 'SIGQUIT'): void {
  process.kill(process.platform === 'win32' ? process.pid : 0, signal);
}
