import { readFromFolder } from './folder.js';
import type { SourceFactory } from './source.js';

/** The folder that the user names. A file that it lacks is an error, since somebody expects it there. */
export const dataDirSource: SourceFactory = ({ dataDir }) =>
  dataDir === undefined
    ? undefined
    : {
        name: `folder ${dataDir}`,
        remote: false,
        read: async (file) => {
          const bytes = await readFromFolder(dataDir, file);
          if (bytes === undefined) throw new Error(`there is no ${file.name}, gzipped or not`);
          return bytes;
        },
      };
