/** A picture as its file has it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] bytes: red, green, blue, alpha. */
  readonly rgba: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How pictures of one kind are told from others and decoded. */
export interface PictureFormat {
  readonly name: string;
  readonly matches: (bytes: Buffer) => boolean;
  /** What its header claims, read before anything is decoded; undefined where it has no whole header. */
  readonly size: (bytes: Buffer) => Size | undefined;
  /** Its EXIF data: a TIFF file without pictures. */
  readonly exif?: (bytes: Buffer) => Buffer | undefined;
  /** @throws any error for a damaged picture */
  readonly decode: (bytes: Buffer) => Promise<Picture>;
}
