// Files to take along: a slide as PNG, a movement as GIF.

import { paint } from "./elements.js";
import { encodeGif } from "./gif.js";

const SLIDE = { width: 1920, height: 1080 };
const FONT = "system-ui, sans-serif";
const [TEXT, PAPER] = ["#222", "#fff"];

// The picture with its codes, the map and the strip on one slide; `views`: `{strip, map}` as on screen, map optional.
export function slide(title, words, picture, views) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, SLIDE);
  const context = blankContext(canvas);
  write(context, title, 80, 84, 44, "bold");
  drawImage(context, picture, 80, 120, 540, 600);
  const size = Math.min(36, Math.floor(580 / words.length / 1.3));
  words.forEach((word, index) => write(context, word, 660, 120 + (index + 0.8) * size * 1.3, size));
  if (views.map) drawTiles(context, views.map, { left: 1020, top: 60, width: 820, height: 680 });
  drawTiles(context, views.strip, { left: 80, top: 780, width: 1760, height: 260 });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// `images`: one frame after the other, all numbers in [0, 1]; `words` stand below each.
export function animation(images, words, about) {
  const { height, width, channels } = about.image;
  const scale = Math.max(1, Math.round(336 / Math.max(width, height)));
  const [small, canvas] = [document.createElement("canvas"), document.createElement("canvas")];
  Object.assign(canvas, { width: Math.max(width * scale, 240), height: height * scale + 44 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const size = height * width * channels;
  const frames = words.map((text, index) => {
    paint(small, images.subarray(index * size, (index + 1) * size), about.image);
    blankContext(canvas);
    drawImage(context, small, (canvas.width - width * scale) / 2, 0, width * scale, height * scale);
    write(context, text, 12, height * scale + 30, 20);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  });
  return encodeGif(frames, 80);
}

function drawTiles(context, view, { left, top, width, height }) {
  const rows = view.canvases.length / view.columns;
  const [leftOfTiles, aboveTiles] = [view.rowLabels ? 90 : 0, 76];
  const { width: w, height: h } = view.canvases[0];
  const scale = Math.min((width - leftOfTiles) / (view.columns * w), (height - aboveTiles) / (rows * h));
  const [stepX, stepY] = [w * scale, h * scale];
  write(context, view.title, left + leftOfTiles, top + 26, 26, "bold");
  view.columnLabels.forEach((label, column) => {
    write(context, label, left + leftOfTiles + (column + 0.5) * stepX, top + 64, 22, "", "center");
  });
  view.canvases.forEach((canvas, index) => {
    const [row, column] = [Math.floor(index / view.columns), index % view.columns];
    const [x, y] = [left + leftOfTiles + column * stepX, top + aboveTiles + row * stepY];
    context.drawImage(canvas, x, y, stepX - 2, stepY - 2);
    if (column === 0 && view.rowLabels) write(context, view.rowLabels[row], x - 12, y + stepY / 2 + 8, 22, "", "right");
  });
}

function blankContext(canvas) {
  const context = canvas.getContext("2d");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return context;
}

// As large as the box allows, with sharp pixels.
function drawImage(context, canvas, left, top, width, height) {
  const scale = Math.min(width / canvas.width, height / canvas.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, left, top, canvas.width * scale, canvas.height * scale);
  context.imageSmoothingEnabled = true;
}

function write(context, text, x, y, size, weight = "", align = "left") {
  context.fillStyle = TEXT;
  context.font = `${weight} ${size}px ${FONT}`;
  context.textAlign = align;
  context.fillText(text, x, y);
}
