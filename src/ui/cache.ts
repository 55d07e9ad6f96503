import * as format from './format.js';
import { type Column, renderTable } from './table.js';

const COLUMNS: readonly Column[] = [{ title: 'In the cache' }, { title: 'Size', align: 'right' }];

/** Each entry in a line, with their sum. */
export function renderCache(
  entries: readonly { readonly name: string; readonly bytes: number }[],
  folder: string,
  width: number,
): string[] {
  if (entries.length === 0) return [`There is nothing in ${folder}.`];
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = entries.map(({ name, bytes }) => [name, format.bytes(bytes)]);
  return [folder, '', ...renderTable(COLUMNS, rows, { footer: ['Total', format.bytes(total)], width })];
}
