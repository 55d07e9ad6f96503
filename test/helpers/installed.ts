import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The script in this clone. */
export const SCRIPT = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'fmnist-bin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same as npm installs it: linked to by its name, in a folder of the PATH. */
export const FMNIST = path.join(folder, 'fmnist');
symlinkSync(SCRIPT, FMNIST);
process.env.PATH = `${folder}${path.delimiter}${process.env.PATH}`;
