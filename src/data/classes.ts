/** What the labels 0 … 9 mean. */
export const CLASS_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

export const IMAGE_HEIGHT = 28;
export const IMAGE_WIDTH = 28;
/** Bytes of one image. */
export const IMAGE_SIZE = IMAGE_HEIGHT * IMAGE_WIDTH;
