/** One of the four files of the data set. */
export interface DataFile {
  readonly name: string;
  /** Size of the payload, decompressed. */
  readonly bytes: number;
  /** SHA-256 of the payload: mirrors and Debian compress differently, so the .gz has no one hash. */
  readonly sha256: string;
}

export const DATA_FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    bytes: 47_040_016,
    sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    bytes: 60_008,
    sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    bytes: 7_840_016,
    sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    bytes: 10_008,
    sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
} as const satisfies Record<string, DataFile>;

export type DataFileKey = keyof typeof DATA_FILES;
