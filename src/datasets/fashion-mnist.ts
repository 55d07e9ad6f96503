import type { FileDataset } from './spec.js';

/** Where Debian's package puts the files. */
const SYSTEM_FOLDER = '/usr/share/datasets/fashion-mnist';

/** https://github.com/zalandoresearch/fashion-mnist */
export const fashionMnist = {
  kind: 'files',
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  imageShape: [28, 28, 1],
  classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  onBlack: true,
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
  sources: [
    { kind: 'cache' },
    // Up to version 0.1 the cache had no folder for each data set.
    { kind: 'former-cache' },
    { kind: 'data-dir' },
    { kind: 'system', folder: SYSTEM_FOLDER },
    // The project's own bucket (by S3's HTTPS name: its website name has none), Keras' copy, the project's repository.
    { kind: 'mirror', url: 'https://fashion-mnist.s3.eu-central-1.amazonaws.com/' },
    { kind: 'mirror', url: 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/' },
    { kind: 'mirror', url: 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/' },
    { kind: 'apt', package: 'dataset-fashion-mnist', folder: SYSTEM_FOLDER },
  ],
  // Some proxies and mirrors answer with MNIST, whose files have the same names, sizes and shapes.
  lookalike: 'MNIST instead of Fashion-MNIST',
} as const satisfies FileDataset;
