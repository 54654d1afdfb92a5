// From any picture to what the encoder reads: the model's size, channels and polarity, in numbers from 0 to 1.

const INK = 0.2;
const LONGEST_SIDE = 512;

// A source (image or canvas) as a canvas of at most 512 pixels a side, on white where it is transparent.
export function reduced(source) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(source.width, source.height));
  const canvas = blank(Math.max(1, Math.round(source.width * scale)), Math.max(1, Math.round(source.height * scale)), 1);
  smooth(canvas).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// The brightness of a picture's border, 0 to 1: its background.
export function backgroundOf(canvas) {
  const gray = brightness(canvas);
  const { width, height } = canvas;
  const border = Array.from(gray).filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  return border.sort((a, b) => a - b)[Math.floor(border.length / 2)];
}

// Light for dark.
export function inverted(canvas) {
  const copy = blank(canvas.width, canvas.height, 0);
  const context = copy.getContext("2d");
  context.filter = "invert(1)";
  context.drawImage(canvas, 0, 0);
  return copy;
}

// Cropped around the centre to the image's proportions, and resized.
export function fitted(canvas, { width, height }) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const [w, h] = [width * scale, height * scale];
  const made = blank(width, height, 0);
  smooth(made).drawImage(canvas, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h, 0, 0, width, height);
  return made;
}

// What is drawn, scaled to the share `ink` of the image and centred by its mass, as MNIST's digits are.
export function centred(canvas, { width, height }, ink) {
  const background = backgroundOf(canvas);
  const made = blank(width, height, Math.round(background));
  const box = inkBox(canvas, background);
  if (!box) return made;
  const scale = Math.min((ink * width) / box.width, (ink * height) / box.height);
  const [left, top] = [width / 2 - (box.massX - box.left) * scale, height / 2 - (box.massY - box.top) * scale];
  const context = smooth(made);
  context.drawImage(canvas, box.left, box.top, box.width, box.height, left, top, box.width * scale, box.height * scale);
  return made;
}

// The numbers of a canvas, row by row, with 1 channel (brightness) or 3.
export function numbers(canvas, channels) {
  if (channels === 1) return brightness(canvas);
  const { data } = pixels(canvas);
  return Float32Array.from({ length: (data.length / 4) * 3 }, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)] / 255);
}

function inkBox(canvas, background) {
  const gray = brightness(canvas);
  let [left, top, right, bottom, mass, massX, massY] = [Infinity, Infinity, -1, -1, 0, 0, 0];
  gray.forEach((value, i) => {
    const weight = Math.abs(value - background);
    if (weight < INK) return;
    const [x, y] = [i % canvas.width, Math.floor(i / canvas.width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    [mass, massX, massY] = [mass + weight, massX + weight * (x + 0.5), massY + weight * (y + 0.5)];
  });
  if (!mass) return null;
  return { left, top, width: right - left + 1, height: bottom - top + 1, massX: massX / mass, massY: massY / mass };
}

function brightness(canvas) {
  const { data } = pixels(canvas);
  return Float32Array.from({ length: data.length / 4 }, (_, i) => (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255);
}

function pixels(canvas) {
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
}

function blank(width, height, white) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  // The pixels are read again: keep them where that is fast.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = white ? "white" : "black";
  context.fillRect(0, 0, width, height);
  return canvas;
}

function smooth(canvas) {
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  return context;
}
