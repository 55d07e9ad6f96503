import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|third.?party)/i;
const require = createRequire(import.meta.url);

/**
 * The licences of the packages that files come from: each text once, under the packages that are under it.
 * @param root the repository
 * @param files paths from there; those outside node_modules are our own
 * @throws Error for a package that does not say what its licence is
 */
export async function licenceTexts(root, files) {
  const folders = new Set(
    files.flatMap((file) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  const packages = await Promise.all([...folders].sort().map((folder) => licenceOf(join(root, folder))));
  const rule = '-'.repeat(80);
  const titles = new Map();
  for (const { title, text } of packages) titles.set(text, [...(titles.get(text) ?? []), title]);
  const sections = [...titles].map(([text, named]) => [rule, ...named, rule, text].join('\n'));
  return `fmnist has parts of these packages in it, each under its own licence.\n\n${sections.join('\n\n')}\n`;
}

/** A package without a file of its licence is under the words that its name stands for. */
async function licenceOf(folder) {
  const { name, version, license, author, repository } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name)).map((entry) => entry.name);
  const texts =
    files.length > 0
      ? await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')))
      : license.split(' AND ').map((id) => require(`spdx-license-list/licenses/${id}.json`).licenseText);
  const origin = [author?.name ?? author, repository?.url ?? repository].filter((word) => word !== undefined);
  const title = [`${name} ${version} (${license})`, ...origin].join(', ');
  return { title, text: texts.map((text) => text.trim()).join('\n\n') };
}
