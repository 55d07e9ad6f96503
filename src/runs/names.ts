import { promises as fs } from 'node:fs';
import path from 'node:path';
import { commandLine, inRunsDir } from '../command-line.js';
import { DataError, UsageError } from '../errors.js';
import { folderProblem, hasCode } from '../files/errors.js';
import { readBounded } from '../files/read.js';
import { didYouMean } from '../suggest.js';
import { creationTime } from './card.js';

/** The name beside the runs that stands for the newest of them. */
export const LATEST = 'latest';
const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** `2026-11-24T0912-vgg7-3f2a`: local time, model, and a suffix that keeps runs of one minute apart. */
export function newRunName(model: string, now: Date, suffix: string): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const safeModel = model.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 64) || 'model';
  return `${day}T${two(now.getHours())}${two(now.getMinutes())}-${safeModel}-${suffix}`;
}

/** Names of the runs in a folder, oldest first; none where there is no such folder. */
export async function listRunNames(runsDir: string): Promise<string[]> {
  const entries = await fs.readdir(runsDir, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw cannotRead(runsDir, error);
  });
  const names = entries.filter((entry) => entry.isDirectory() && RUN_NAME.test(entry.name)).map(({ name }) => name);
  const runs = await Promise.all(names.map(async (name) => ((await isRun(path.join(runsDir, name))) ? [name] : [])));
  const made = await Promise.all(
    runs.flat().map(async (name) => ({ name, time: await creationTime(path.join(runsDir, name)) })),
  );
  return made.sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
}

async function isRun(folder: string): Promise<boolean> {
  return fs.access(path.join(folder, 'config.json')).then(
    () => true,
    () => false,
  );
}

/**
 * The folder of a run, by its name (or the beginning of it, or its suffix), by `last`, or by its path.
 * The result always lies directly in `runsDir`: no name, path or link leads elsewhere.
 *
 * @throws {UsageError} for a name that cannot be one; {@link DataError} where there is no such run.
 */
export async function findRun(runsDir: string, name: string): Promise<string> {
  if (name.includes('\0')) throw new UsageError('a run name cannot hold a NUL character');
  if (name === 'last' || name === LATEST || isLatestOf(runsDir, name)) return latestRun(runsDir);
  const plain = await nameWithin(runsDir, name);
  const names = await listRunNames(runsDir);
  const matches = names.includes(plain)
    ? [plain]
    : names.filter((run) => run.startsWith(plain) || run.endsWith(`-${plain}`));
  if (matches.length > 1) {
    throw new UsageError(`"${name}" could be ${matches.length} runs`, { problems: matches, hint: 'Type more of it.' });
  }
  const [match] = matches;
  if (match === undefined) {
    throw new DataError(`there is no run "${shorten(plain)}" in ${runsDir}${didYouMean(plain, names)}`, {
      hint: listHint(runsDir),
    });
  }
  return path.join(runsDir, match);
}

/**
 * The folder of a run as {@link findRun} has it, or of one elsewhere, by its path: for whoever reads it or goes on with it.
 *
 * @throws {UsageError} and {@link DataError} as `findRun` does.
 */
export async function locateRun(runsDir: string, nameOrPath: string): Promise<string> {
  const folder = isPath(nameOrPath) ? await realFolder(nameOrPath) : undefined;
  if (folder === undefined || !(await isRun(folder))) return findRun(runsDir, nameOrPath);
  if (path.dirname(folder) === (await realFolder(runsDir))) return path.join(runsDir, path.basename(folder));
  // A path that looks like one, to be found by it again.
  const near = path.relative('', folder);
  return isPath(near) ? near : folder;
}

async function realFolder(folder: string): Promise<string | undefined> {
  return fs.realpath(folder).catch(() => undefined);
}

function isPath(name: string): boolean {
  return /[/\\]/.test(name) || name === '.' || name === '..';
}

/** Whether it is the path of the link to the newest run. */
function isLatestOf(runsDir: string, name: string): boolean {
  return isPath(name) && path.resolve(name) === path.resolve(runsDir, LATEST);
}

/** The name of a run given by name or path. */
async function nameWithin(runsDir: string, nameOrPath: string): Promise<string> {
  const looksLikePath = isPath(nameOrPath);
  const name = looksLikePath ? path.basename(path.resolve(nameOrPath)) : nameOrPath;
  if (looksLikePath && path.resolve(nameOrPath) !== path.resolve(runsDir, name)) {
    throw await notOfFolder(runsDir, nameOrPath);
  }
  requireRunName(name);
  return name;
}

/** Why a path is no run of a folder: it lies in a run, is one elsewhere, or none at all. */
async function notOfFolder(runsDir: string, given: string): Promise<UsageError | DataError> {
  const run = await runAround(path.resolve(given));
  if (run === undefined) {
    return new DataError(`there is no run ${shorten(given)}`, { hint: listHint(runsDir) });
  }
  if (run !== path.resolve(given)) {
    const hint = `Name the run: ${shorten(path.relative('', run) || '.')}`;
    return new UsageError(`${shorten(given)} lies in a run, and is none itself`, { hint });
  }
  return new UsageError(`${shorten(given)} is not in the runs folder ${runsDir}`, {
    hint: `Name a run of that folder, or point to another with: --runs-dir ${shorten(path.dirname(run))}`,
  });
}

/** The run that a path is, or lies in. */
async function runAround(place: string): Promise<string | undefined> {
  if (await isRun(place)) return place;
  const above = path.dirname(place);
  return above === place ? undefined : runAround(above);
}

/** @throws UsageError for what cannot be the name of a run's folder */
export function requireRunName(name: string): void {
  const isTaken = name === 'last' || name === LATEST;
  if (RUN_NAME.test(name) && !isTaken) return;
  throw new UsageError(`"${shorten(name)}" cannot be the name of a run${isTaken ? ': it stands for the newest' : ''}`, {
    hint: 'A name is made of up to 200 letters, digits, - _ and dots, and begins with a letter or digit.',
  });
}

async function latestRun(runsDir: string): Promise<string> {
  const names = await listRunNames(runsDir);
  const pointed = await readLatest(runsDir);
  const name = pointed !== undefined && names.includes(pointed) ? pointed : names.at(-1);
  if (name === undefined)
    throw new DataError(`there is no run in ${runsDir}`, {
      hint: `Start one with: ${commandLine('train', ...inRunsDir(runsDir))}`,
    });
  return path.join(runsDir, name);
}

async function readLatest(runsDir: string): Promise<string | undefined> {
  const link = path.join(runsDir, LATEST);
  // A name has at most 200 characters.
  const file = () => readBounded(link, { most: 1000 }).then(String);
  const target = await fs.readlink(link).catch(() => file().catch(() => undefined));
  return target?.trim();
}

/** Points `latest` at a run: a link, or a file holding its name where links are not allowed. */
export async function pointLatest(runsDir: string, name: string): Promise<void> {
  const temporary = path.join(runsDir, `.${LATEST}-${process.pid}`);
  await fs.rm(temporary, { force: true });
  await fs.symlink(name, temporary, 'dir').catch(() => fs.writeFile(temporary, `${name}\n`, { flag: 'wx' }));
  await fs.rename(temporary, path.join(runsDir, LATEST));
}

/** Points `latest` at the newest run where the one that it names is gone. */
export async function moveLatestOn(runsDir: string): Promise<void> {
  const names = await listRunNames(runsDir);
  const newest = names.at(-1);
  if (newest === undefined) return fs.rm(path.join(runsDir, LATEST), { force: true });
  if (!names.includes((await readLatest(runsDir)) ?? '')) await pointLatest(runsDir, newest).catch(() => {});
}

function cannotRead(runsDir: string, error: unknown): DataError {
  return new DataError(`the runs folder ${runsDir} cannot be read: ${folderProblem(error)}`, {
    hint: 'Name another folder with --runs-dir.',
    cause: error,
  });
}

/** What shows the runs of a folder. */
export function listHint(runsDir: string): string {
  return `List them with: ${commandLine('runs', ...inRunsDir(runsDir))}`;
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
