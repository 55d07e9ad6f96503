/** Stands for this program in command lines that messages hold, as in examples: how it was called is known above. */
const PROGRAM = '$0';

/** A word of a shell command, quoted where a shell would split or expand it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command of this program to type, as it stands in a message: `$0 runs show last`. */
export function commandLine(...words: readonly string[]): string {
  return [PROGRAM, ...words.map(shellWord)].join(' ');
}

const USUAL_RUNS_DIR = 'runs';

/** What a command that looks for runs needs besides, to look in this folder. */
export function inRunsDir(runsDir: string): string[] {
  return runsDir === USUAL_RUNS_DIR ? [] : ['--runs-dir', runsDir];
}

/** A message with its commands as they are to be typed here. */
export function asCalled(message: string, called: string): string {
  return message.replaceAll(/\$0(?= [a-z-])/g, () => called);
}
