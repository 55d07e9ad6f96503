import { readFromFolder } from './folder.js';
import type { SourceFactory } from './source.js';

/** Where Debian's package `dataset-fashion-mnist` puts the files. */
export const SYSTEM_FOLDER = '/usr/share/datasets/fashion-mnist';

export const systemSource: SourceFactory = () => ({
  name: `system folder ${SYSTEM_FOLDER}`,
  remote: false,
  read: (file) => readFromFolder(SYSTEM_FOLDER, file),
});
