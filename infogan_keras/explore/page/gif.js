// Animated GIF files (GIF89a).

const CLEAR = 256;
const END = 257;

// `frames`: ImageData of one size; each is shown for `milliseconds`, and the animation repeats.
export function encodeGif(frames, milliseconds) {
  const { width, height } = frames[0];
  const palette = paletteOf(frames);
  const out = [...ascii("GIF89a"), ...short(width), ...short(height), 0xf7, 0, 0, ...palette.colours];
  out.push(0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0);
  for (const frame of frames) {
    out.push(0x21, 0xf9, 4, 0, ...short(Math.round(milliseconds / 10)), 0, 0);
    out.push(0x2c, 0, 0, 0, 0, ...short(width), ...short(height), 0, 8);
    const data = compress(palette.indices(frame));
    for (let start = 0; start < data.length; start += 255) {
      const block = data.slice(start, start + 255);
      out.push(block.length, ...block);
    }
    out.push(0);
  }
  out.push(0x3b);
  return new Blob([new Uint8Array(out)], { type: "image/gif" });
}

// At most 256 colours: all there are, or the most frequent of 32,768.
function paletteOf(frames) {
  const counts = new Map();
  const exact = (data, i) => (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
  const coarse = (data, i) => exact(data, i) & 0xf8f8f8;
  let key = exact;
  const count = () => {
    counts.clear();
    for (const { data } of frames) {
      for (let i = 0; i < data.length; i += 4) counts.set(key(data, i), (counts.get(key(data, i)) ?? 0) + 1);
    }
  };
  count();
  if (counts.size > 256) {
    key = coarse;
    count();
  }
  const chosen = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const index = new Map(chosen.map((colour, i) => [colour, i]));
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const nearest = (colour) => {
    const distances = chosen.map((other) => parts(other).reduce((sum, part, i) => sum + (part - parts(colour)[i]) ** 2, 0));
    return distances.indexOf(Math.min(...distances));
  };
  const colours = new Uint8Array(768);
  chosen.forEach((colour, i) => colours.set(parts(colour), 3 * i));
  const indices = ({ data }) => {
    const found = new Uint8Array(data.length / 4);
    for (let pixel = 0; pixel < found.length; pixel++) {
      const colour = key(data, 4 * pixel);
      if (!index.has(colour)) index.set(colour, nearest(colour));
      found[pixel] = index.get(colour);
    }
    return found;
  };
  return { colours, indices };
}

// LZW with codes of 9 to 12 bits.
function compress(indices) {
  const out = [];
  let [buffer, filled, size, next] = [0, 0, 9, END + 1];
  let table = new Map();
  const emit = (code) => {
    buffer |= code << filled;
    for (filled += size; filled >= 8; filled -= 8) {
      out.push(buffer & 255);
      buffer >>>= 8;
    }
  };
  emit(CLEAR);
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const key = (prefix << 8) | indices[i];
    if (table.has(key)) {
      prefix = table.get(key);
      continue;
    }
    emit(prefix);
    prefix = indices[i];
    if (next === 4096) {
      emit(CLEAR);
      [size, next, table] = [9, END + 1, new Map()];
    } else {
      if (next === 1 << size) size += 1;
      table.set(key, next++);
    }
  }
  emit(prefix);
  emit(END);
  out.push(buffer & 255);
  return out;
}

function short(number) {
  return [number & 255, number >> 8];
}

function ascii(text) {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
