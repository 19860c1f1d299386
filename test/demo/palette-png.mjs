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

/** Maps each color to a place in the palette: the most frequent colors, and for any other the nearest of them. */
function choosePalette(/** @type {Uint32Array} */ colors) {
  const counts = new Map();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const palette = byCount.slice(0, MAX_COLORS);
  const nearest = (color) =>
    palette.reduce((best, candidate, index) => {
      return distance(candidate, color) < distance(palette[best], color) ? index : best;
    }, 0);
  const places = new Map(byCount.map((color, index) => [color, index < MAX_COLORS ? index : nearest(color)]));
  return { palette, places };
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
