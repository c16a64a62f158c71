// Streams the bytes of files, unpacked.

/** Whether a file is packed with gzip, by its name. */
export function isPacked(name: string): boolean {
  return name.endsWith(".gz");
}

/** The unpacked bytes of a file, as a stream. Nothing is read before somebody asks. */
export function streamOf(file: Blob, name: string): ReadableStream<Uint8Array> {
  const stream = file.stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
  return isPacked(name) ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
}

/** The first `limit` bytes of a file, unpacked. */
export async function headOf(file: Blob, name: string, limit: number): Promise<Uint8Array> {
  if (!isPacked(name)) return new Uint8Array(await file.slice(0, limit).arrayBuffer());
  const reader = streamOf(file, name).getReader();
  const head = new Uint8Array(limit);
  let length = 0;
  try {
    while (length < limit) {
      const { done, value } = await reader.read();
      if (done) break;
      const piece = value.subarray(0, limit - length);
      head.set(piece, length);
      length += piece.length;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
  return head.subarray(0, length);
}

/** Orders texts by their UTF-8 bytes, as stores are listed; `<` puts an emoji before `ｆ`. */
export function byBytes(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const apart = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (apart !== 0) return apart;
  }
  return left.length - right.length;
}

/** The unpacked length of a file. A packed file is read to the end for it. */
export async function lengthOf(file: Blob, name: string): Promise<number> {
  if (!isPacked(name)) return file.size;
  let length = 0;
  for await (const piece of pieces(streamOf(file, name))) length += piece.length;
  return length;
}

/** The chunks of a stream; not every browser can iterate one. */
export async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    ended = true;
  } finally {
    if (!ended) void reader.cancel().catch(() => {});
  }
}
