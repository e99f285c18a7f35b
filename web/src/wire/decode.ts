/** Reads the container that `asterism.scene.wire` writes; docs/formats-scene.md describes every byte. */

import type {
  Arrow,
  Column,
  Label,
  LabelQuality,
  LabelScores,
  Neighbors,
  Pairs,
  Path,
  Pin,
  Projection,
  Quality,
  Scene,
  Stability,
  TextBlob,
  ThemeColors,
} from "./types";

const MAGIC = "ASTERISM";
const VERSION = 1;
const ALIGN = 8;
const DISTANCE_STEPS = 127;
const ROWS = 2 ** 21;
/** Base64 characters and packed bytes that are read before the page may answer; the first is a multiple of 4. */
const CHARS_AT_ONCE = 2 ** 21;
const BYTES_AT_ONCE = 2 ** 18;

type Bytes = Uint8Array<ArrayBuffer>;

interface Block {
  offset: number;
  size: number;
  raw: number;
  codec: "raw" | "deflate";
  dtype: string;
}

interface TextHeader {
  lengths: number;
  bytes: number;
}

type Told = Record<string, number | null>;
type LabelParts<T, P> = { space: T; map: T; shuffled: T; pca: P; errors: T };

interface QualityHeader {
  scores: Told;
  chance: Told;
  pca: Told | null;
  nNeighbors: number;
  nSampled: number;
  nVectors: number;
  lost: number;
  false: number;
  errors?: Told | null;
  verdict?: string[];
  shepard?: number | null;
  labels?: (Omit<LabelQuality, keyof LabelParts<0, 0>> & LabelParts<Told, Told | null>) | null;
  stability?: (Omit<Stability, "kept"> & { kept: number }) | null;
}

interface ProjectionHeader extends Omit<Projection, "points" | "quality"> {
  points: number;
  quality: QualityHeader | null;
}

type ColumnHeader =
  | { kind: "category"; name: string; codes: number; values: TextHeader }
  | { kind: "number"; name: string; values: number }
  | { kind: "date"; name: string; values: number }
  | { kind: "text"; name: string; values: TextHeader };

type Place = readonly number[] | null;

interface Header {
  title: string;
  kind: Scene["kind"];
  n: number;
  texts: TextHeader;
  projections: ProjectionHeader[];
  columns: ColumnHeader[];
  color: string | null;
  neighbors: { k: number; planes: number; rows: number; distances: number | null; top: number } | null;
  metric: string;
  labels: { texts: TextHeader; levels: number; sizes: number; places: number[] };
  paths: { name: string; captions: string[]; places: number[] }[];
  arrows: { name: string; starts: Place[]; ends: Place[] }[];
  pins: { text: string; places: Place[] }[];
  pairs: { name: string; rows: number }[];
  remarks: string[];
  about: Record<string, string>;
  palette: { light: ThemeColors; dark: ThemeColors };
  /** Bytes of the blocks that the first picture needs; they come first. */
  first: number;
  blocks: Block[];
}

/**
 * The container in the page: base64 in `<script type="application/octet-stream;base64" id="scene">`, and of a large one
 * the end, which the first picture does without, behind this script in an element with the id `scene-rest`.
 */
export async function readScene(root: Document = document): Promise<Scene> {
  return decodeScene(fromBase64(take(root, "scene")), async () => {
    if (root.readyState === "loading") await new Promise((done) => root.addEventListener("DOMContentLoaded", done));
    await pause();
    const text = take(root, "scene-rest");
    const bytes = new Uint8Array(Math.ceil((text.length / 4) * 3));
    let size = 0;
    for (let at = 0; at < text.length; at += CHARS_AT_ONCE) {
      const part = fromBase64(text.slice(at, at + CHARS_AT_ONCE));
      bytes.set(part, size);
      size += part.length;
      await pause();
    }
    return bytes.subarray(0, size);
  });
}

function take(root: Document, id: string): string {
  const holder = root.getElementById(id);
  if (holder === null) throw new Error(`The page has no element with the id “${id}”: the file was cut short.`);
  const text = (holder.textContent ?? "").trim();
  holder.textContent = ""; // the decoded bytes are all that is needed from here on
  return text;
}

/** Lets the page answer and draw. */
function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done));
}

export function fromBase64(text: string): Bytes {
  const native = (Uint8Array as unknown as { fromBase64?: (text: string) => Bytes }).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** @param rest Brings what follows the bytes given; without it they must be all. */
export async function decodeScene(
  bytes: Bytes,
  rest: () => Promise<Bytes> = async () => new Uint8Array(),
): Promise<Scene> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new Error(`The data begin with “${magic}”, not “${MAGIC}”: the file is damaged.`);
  const version = view.getUint32(MAGIC.length, true);
  if (version > VERSION) throw new Error(`The data have format ${version}; this page reads up to ${VERSION}.`);
  const start = MAGIC.length + 8;
  const end = start + view.getUint32(MAGIC.length + 4, true);
  if (end > bytes.length) throw cutShort();
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))) as Header;
  const blocks = bytes.subarray(end + (-end & (ALIGN - 1)));
  // An empty block may stand where the first ones end.
  const isFirst = ({ offset, size }: Block): boolean => size === 0 || offset < Math.max(header.first, blocks.length);
  const data: (Bytes | undefined)[] = await Promise.all(
    header.blocks.map((block) => (isFirst(block) ? inflate(cut(blocks, block, 0), block) : undefined)),
  );
  const readRest = async (): Promise<void> => {
    const held = header.blocks.every(isFirst) ? null : await rest();
    for (const [i, block] of held ? header.blocks.entries() : [])
      data[i] ??= await inflate(cut(held as Bytes, block, header.first), block, true);
  };
  return assemble(header, data, readRest);
}

function cutShort(): Error {
  return new Error("The data end early: the file was cut short.");
}

function cut(blocks: Bytes, { offset, size }: Block, start: number): Bytes {
  const packed = blocks.subarray(offset - start, offset - start + size);
  if (packed.length !== size) throw cutShort();
  return packed;
}

/** @param isPatient The page answers between pieces. */
async function inflate(packed: Bytes, block: Block, isPatient = false): Promise<Bytes> {
  if (block.codec === "raw") return packed.slice(); // a buffer of its own, for arrays of wider numbers
  const source = isPatient ? inPieces(packed) : new Blob([packed]).stream();
  const stream = source.pipeThrough(new DecompressionStream("deflate-raw"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  if (raw.length !== block.raw) throw new Error("A block unpacks to another length than it says: the file is damaged.");
  return raw;
}

function inPieces(bytes: Bytes): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    async pull(sink) {
      await pause();
      sink.enqueue(bytes.subarray(at, at + BYTES_AT_ONCE));
      at += BYTES_AT_ONCE;
      if (at >= bytes.length) sink.close();
    },
  });
}

function assemble(header: Header, data: readonly (Bytes | undefined)[], readRest: () => Promise<void>): Scene {
  const block = (number: number): Bytes => {
    const found = data[number];
    if (found === undefined) throw new Error(`There is no block ${number}: the file is damaged.`);
    return found;
  };
  const unread: [TextBlob, TextHeader][] = [];
  const texts = (told: TextHeader): TextBlob => {
    if (data[told.bytes]) return textBlob(new Uint32Array(block(told.lengths).buffer), block(told.bytes));
    const blob = { n: header.n, bytes: new Uint8Array(), offsets: new Uint32Array() };
    unread.push([blob, told]);
    return blob;
  };
  const projections = header.projections.map((told) => projection(told, block));
  const scene: Scene = {
    title: header.title,
    kind: header.kind,
    n: header.n,
    texts: texts(header.texts),
    projections,
    columns: header.columns.map((told) => column(told, header.blocks, block, texts)),
    color: header.color,
    neighbors: header.neighbors && lazyNeighbors(header.neighbors, projections[0] as Projection, header.n, block),
    metric: header.metric,
    labels: labels(header, block),
    paths: header.paths.map(
      (told): Path => ({ ...told, places: told.places.map((number) => new Float32Array(block(number).buffer)) }),
    ),
    arrows: header.arrows.map(
      (told): Arrow => ({ ...told, starts: told.starts.map(place), ends: told.ends.map(place) }),
    ),
    pins: header.pins.map((told): Pin => ({ ...told, places: told.places.map(place) })),
    pairs: header.pairs.map((told): Pairs => ({ name: told.name, rows: new Int32Array(block(told.rows).buffer) })),
    remarks: header.remarks,
    about: header.about,
    palette: header.palette,
    whole: readRest().then(
      () => {
        for (const [blob, told] of unread) Object.assign(blob, texts(told));
        return "";
      },
      (error: Error) => {
        scene.neighbors = null;
        return error.message;
      },
    ),
  };
  return scene;
}

type Find = (number: number) => Bytes;

function projection(told: ProjectionHeader, block: Find): Projection {
  return {
    ...told,
    points: new Uint16Array(block(told.points).buffer),
    quality: told.quality && quality(told.quality, block),
  };
}

function quality(told: QualityHeader, block: Find): Quality {
  const { errors, verdict, shepard, labels, stability } = told;
  return {
    ...told,
    scores: numbers(told.scores),
    chance: numbers(told.chance),
    pca: told.pca && numbers(told.pca),
    lost: block(told.lost),
    false: block(told.false),
    errors: errors ? numbers(errors) : null,
    verdict: verdict ?? [],
    shepard: typeof shepard === "number" ? new Float32Array(block(shepard).buffer) : null,
    labels: labels ? { ...labels, ...labelScores(labels) } : null,
    stability: stability ? { ...stability, kept: block(stability.kept) } : null,
  };
}

function labelScores(told: LabelParts<Told, Told | null>): LabelParts<LabelScores, LabelScores | null> {
  const { space, map, shuffled, pca, errors } = told;
  return {
    space: numbers(space),
    map: numbers(map),
    shuffled: numbers(shuffled),
    pca: pca && numbers(pca),
    errors: numbers(errors),
  };
}

/** JSON has no NaN. */
function numbers<T>(told: Told): T {
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value ?? Number.NaN])) as T;
}

function column(told: ColumnHeader, blocks: Block[], block: Find, texts: (told: TextHeader) => TextBlob): Column {
  if (told.kind === "category") {
    const bytes = block(told.codes);
    const dtype = blocks[told.codes]?.dtype;
    const raised =
      dtype === "u1" ? bytes : dtype === "u2" ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
    const codes = new Int32Array(raised.length);
    for (let row = 0; row < codes.length; row++) codes[row] = (raised[row] as number) - 1;
    return { kind: "category", name: told.name, codes, values: allTexts(texts(told.values)) };
  }
  if (told.kind === "number") {
    const { buffer } = block(told.values);
    const values = blocks[told.values]?.dtype === "f8" ? new Float64Array(buffer) : new Float32Array(buffer);
    return { kind: "number", name: told.name, values };
  }
  if (told.kind === "date") {
    return { kind: "date", name: told.name, values: new Float64Array(block(told.values).buffer) };
  }
  return { kind: "text", name: told.name, values: texts(told.values) };
}

function allTexts(blob: TextBlob): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: blob.n }, (_, i) =>
    decoder.decode(blob.bytes.subarray(blob.offsets[i], blob.offsets[i + 1])),
  );
}

function textBlob(lengths: Uint32Array, bytes: Uint8Array): TextBlob {
  const offsets = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = (offsets[i] as number) + (lengths[i] as number);
  return { n: lengths.length, bytes, offsets };
}

/** Large ones take a while: they are worked out when first asked for. */
function lazyNeighbors(told: NonNullable<Header["neighbors"]>, first: Projection, n: number, block: Find): Neighbors {
  let made: Neighbors | null = null;
  const make = (): Neighbors => {
    made ??= neighbors(told, first, n, block);
    return made;
  };
  return {
    k: told.k,
    get rows() {
      return make().rows;
    },
    get distances() {
      return make().distances;
    },
  };
}

/** Rows are numbered along a curve through the first projection; see `_neighbors` of the writer. */
function neighbors(told: NonNullable<Header["neighbors"]>, first: Projection, n: number, block: Find): Neighbors {
  const { k, planes, top } = told;
  const order = alongCurve(first, n);
  const bytes = block(told.rows);
  const size = n * k;
  const rows = new Int32Array(size);
  for (let i = 0, at = 0; i < n; i++) {
    const row = order[i] as number;
    for (let j = 0; j < k; j++, at++) {
      let gap = 0;
      for (let plane = planes - 1; plane >= 0; plane--) gap = gap * 256 + (bytes[plane * size + at] as number);
      const folded = gap - 1;
      const other = folded % 2 === 0 ? i + folded / 2 : i - (folded + 1) / 2;
      rows[row * k + j] = gap === 0 ? -1 : (order[other] as number);
    }
  }
  if (told.distances === null) return { k, rows, distances: null };
  const increments = block(told.distances);
  const distances = new Float32Array(size);
  for (let i = 0; i < n; i++) {
    const row = order[i] as number;
    for (let j = 0, at = 0; j < k; j++) {
      at = (at + (increments[j * n + i] as number)) & 255;
      distances[row * k + j] = (at / DISTANCE_STEPS) * top;
    }
  }
  return { k, rows, distances };
}

/** Rows in Morton order: the bits of x and y in turn, ties by row. */
function alongCurve(projection: Projection, n: number): Uint32Array {
  const { points, dim } = projection;
  // Code and row fit into the 53 bits of a number while there are fewer than 2²¹ rows, which Python sees to.
  const keys = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const code = spread(points[row * dim] as number) + 2 * spread(points[row * dim + 1] as number);
    keys[row] = code * ROWS + row;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key % ROWS);
}

/** Puts a zero bit between the bits of a 16-bit number. */
function spread(value: number): number {
  let bits = value;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

function labels(header: Header, block: Find): Label[] {
  const told = header.labels;
  const levels = block(told.levels);
  const sizes = new Uint32Array(block(told.sizes).buffer);
  const places = told.places.map((number) => new Float32Array(block(number).buffer));
  const blob = textBlob(new Uint32Array(block(told.texts.lengths).buffer), block(told.texts.bytes));
  return allTexts(blob).map((text, i) => ({
    text,
    level: levels[i] as number,
    size: sizes[i] as number,
    places: places.map((all, p) => {
      const dim = header.projections[p]?.dim ?? 2;
      return [...all.subarray(i * dim, (i + 1) * dim)];
    }),
  }));
}

function place(told: Place): readonly number[] {
  return told ?? [Number.NaN, Number.NaN, Number.NaN];
}
