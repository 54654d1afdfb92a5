// What a state (a seed, and a value for each code) is to the generator, and the axes along which codes move.
// A value is a category's id, or an array with a number (a bit, degrees) per dimension.

import { foldIn, integers, normalQuantile, uniform } from "./random.js";

const STRIP_VALUES = 9;
const ANGLES = 12;

// Draws of one part of the latents, as values.
const DRAW = {
  Categorical: (part, seed) => integers(1, seed, part.size)[0],
  Bernoulli: (part, seed) => integers(part.dim, seed, 2),
  Uniform: (part, seed) => uniform(part.dim, seed).map((u) => 2 * u - 1),
  Normal: (part, seed) => uniform(part.dim, seed).map(normalQuantile),
  Circular: (part, seed) => uniform(1, seed).map((u) => 360 * u),
};

// The value of the noise (part 0) or a code that a seed draws; as `LatentSpec.sample_each` in Python.
export function drawPart(about, index, seed) {
  const part = index === 0 ? about.noise : about.codes[index - 1];
  return DRAW[part.distribution](part, foldIn([seed % 2 ** 32, Math.floor(seed / 2 ** 32)], index));
}

// A seed's own codes, rounded as the controls round them.
export function drawCodes(about, seed) {
  const drawn = about.codes.map((code, index) => [code.name, drawPart(about, index + 1, seed)]);
  return Object.fromEntries(drawn.map(([name, value]) => [name, Array.isArray(value) ? value.map(rounded) : value]));
}

// The values in the middle: where the page starts, and where "Reset" leads.
export function middleCodes(about) {
  return Object.fromEntries(
    about.codes.map((code) => [code.name, code.distribution === "Categorical" ? 0 : new Array(code.dim).fill(0)]),
  );
}

// Two decimals, which the page shows, the address keeps and the Python line says.
export function rounded(number) {
  return Math.round(number * 100) / 100;
}

function spread(code, value) {
  if (code.distribution === "Categorical") return Array.from({ length: code.size }, (_, id) => Number(id === value));
  if (code.distribution === "Circular") return [Math.cos, Math.sin].map((side) => side((value[0] * Math.PI) / 180));
  return value;
}

const noiseOfSeed = new Map();

function noise(about, seed) {
  if (!noiseOfSeed.has(seed)) {
    if (noiseOfSeed.size > 1000) noiseOfSeed.clear();
    noiseOfSeed.set(seed, spread(about.noise, drawPart(about, 0, seed)));
  }
  return noiseOfSeed.get(seed);
}

// States as the generator's input, row by row.
export function vectors(about, states) {
  const rows = states.map((state) => [
    ...noise(about, state.seed),
    ...about.codes.flatMap((code) => spread(code, state.codes[code.name])),
  ]);
  return new Float32Array(rows.flat());
}

// Every direction in which a state can move: a code, or one dimension of it.
export function axesOf(about) {
  return about.codes.flatMap((code) => {
    if (code.distribution === "Categorical") {
      const labels = code.names.length ? code.names : Array.from({ length: code.size }, (_, id) => String(id));
      return [{ key: code.name, code, kind: "category", values: labels.map((_, id) => id), labels }];
    }
    return Array.from({ length: code.dim }, (_, dimension) => numberAxis(code, dimension));
  });
}

function numberAxis(code, dimension) {
  const key = code.dim === 1 ? code.name : `${code.name}[${dimension}]`;
  const axis = { key, code, dimension };
  if (code.distribution === "Bernoulli") return { ...axis, kind: "bit", values: [0, 1], labels: ["0", "1"] };
  if (code.distribution === "Circular") {
    const values = Array.from({ length: ANGLES }, (_, i) => (360 * i) / ANGLES);
    return { ...axis, kind: "angle", values, labels: values.map((value) => `${value}°`) };
  }
  const [limit, trained] = code.distribution === "Normal" ? [3, 2] : [2, 1];
  const values = evenly(-limit, limit, STRIP_VALUES);
  return { ...axis, kind: "number", limit, trained, values, labels: values.map(String) };
}

// `count` numbers from `low` to `high`.
export function evenly(low, high, count) {
  return Array.from({ length: count }, (_, i) => rounded(low + ((high - low) * i) / (count - 1)));
}

export function valueOn(axis, codes) {
  const value = codes[axis.code.name];
  return axis.kind === "category" ? value : value[axis.dimension];
}

// The codes with one value changed.
export function moved(codes, axis, value) {
  const name = axis.code.name;
  return { ...codes, [name]: axis.kind === "category" ? value : codes[name].with(axis.dimension, value) };
}

// The value on an axis in words.
export function valueText(axis, codes) {
  const value = valueOn(axis, codes);
  if (axis.kind === "category") return axis.labels[value];
  return axis.kind === "angle" ? `${value}°` : value.toFixed(axis.kind === "bit" ? 0 : 2);
}

// All codes in words.
export function describe(axes, codes) {
  return axes.map((axis) => `${axis.key} ${valueText(axis, codes)}`).join(", ");
}
