/** Writes a picture as a PNG with a palette, which for a page's screenshot is a third of what the browser writes. */
import { crc32, deflateSync } from "node:zlib";

const MAX_COLORS = 256;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  const checksum = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** @param {number} a @param {number} b */
function distance(a, b) {
  const channels = [16, 8, 0].map((shift) => ((a >> shift) & 255) - ((b >> shift) & 255));
  return channels.reduce((sum, difference) => sum + difference * difference, 0);
}

/**
 * Chooses a palette: the most frequent colors, and then those that are farthest from all that were chosen, so that a
 * color of few pixels is kept too. Any other color maps to the nearest one.
 *
 * @param {Uint32Array} colors
 */
function choosePalette(colors) {
  const counts = new Map();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const palette = byCount.slice(0, MAX_COLORS / 2);
  const nearest = new Map(byCount.map((color) => [color, { place: 0, distance: Number.POSITIVE_INFINITY }]));
  const compare = (chosen, place) => {
    for (const [color, best] of nearest) {
      const difference = distance(chosen, color);
      if (difference < best.distance) nearest.set(color, { place, distance: difference });
    }
  };
  for (const [place, color] of palette.entries()) compare(color, place);
  while (palette.length < MAX_COLORS) {
    const [farthest] = [...nearest].reduce((a, b) => (b[1].distance > a[1].distance ? b : a));
    palette.push(farthest);
    compare(farthest, palette.length - 1);
  }
  return { palette, places: new Map([...nearest].map(([color, { place }]) => [color, place])) };
}

/**
 * @param {{ width: number, height: number, rgba: Uint8Array }} picture opaque
 * @returns {Buffer} a PNG
 */
export function encodePalettePNG({ width, height, rgba }) {
  const colors = Uint32Array.from({ length: width * height }, (_, at) => {
    return (rgba[4 * at] << 16) | (rgba[4 * at + 1] << 8) | rgba[4 * at + 2];
  });
  const { palette, places } = choosePalette(colors);
  const lines = Buffer.alloc(height * (width + 1));
  for (const [at, color] of colors.entries()) lines[Math.floor(at / width) + at + 1] = places.get(color);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a pixel, with a palette; no further options.
  header.set([8, 3, 0, 0, 0], 8);
  const entries = palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]);
  const parts = [
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(entries)),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
  ];
  return Buffer.concat([Buffer.from(SIGNATURE), ...parts, chunk("IEND", Buffer.alloc(0))]);
}
