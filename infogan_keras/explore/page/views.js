// What the page shows of a state: which states each view draws, and how they are laid out.

import { moved, valueOn, valueText } from "./latents.js";

const SEEDS = 20;

// The picture itself.
export function pictureView(state) {
  return { states: [state] };
}

// The code that was touched last, at each of its values.
export function stripView(state, axis) {
  return {
    states: axis.values.map((value) => ({ ...state, codes: moved(state.codes, axis, value) })),
    columns: axis.values.length,
    labels: axis.labels.map((label) => `${axis.key} ${label}`),
    columnLabels: axis.labels,
    marked: nearest(axis, state),
  };
}

// The same codes with other noise: the seeds around this one.
export function seedsView(state) {
  const first = Math.floor(state.seed / SEEDS) * SEEDS;
  const seeds = Array.from({ length: SEEDS }, (_, index) => first + index);
  return {
    states: seeds.map((seed) => ({ ...state, seed })),
    columns: 5,
    labels: seeds.map((seed) => `seed ${seed}`),
    marked: [state.seed - first],
  };
}

// Two codes at once.
export function mapView(state, across, down) {
  const places = down.values.flatMap((y, row) => across.values.map((x, column) => ({ x, y, row, column })));
  const rows = nearest(down, state);
  return {
    states: places.map(({ x, y }) => ({ ...state, codes: moved(moved(state.codes, across, x), down, y) })),
    columns: across.values.length,
    labels: places.map(({ row, column }) => `${across.key} ${across.labels[column]}, ${down.key} ${down.labels[row]}`),
    columnLabels: across.labels,
    rowLabels: down.labels,
    marked: nearest(across, state).flatMap((column) => rows.map((row) => row * across.values.length + column)),
  };
}

// The frames of an animation along an axis, there and back where it has two ends.
export function frames(state, axis, values) {
  const there = values.map((value) => ({ ...state, codes: moved(state.codes, axis, value) }));
  const words = there.map(({ codes }) => `${axis.key} ${valueText(axis, codes)}`);
  if (axis.kind !== "number") return { states: there, words };
  return { states: [...there, ...there.slice(1, -1).reverse()], words: [...words, ...words.slice(1, -1).reverse()] };
}

// The place on an axis of the state's value: one index, or none where it lies between two places.
function nearest(axis, state) {
  const index = axis.values.findIndex((value) => Math.abs(value - valueOn(axis, state.codes)) < 0.005);
  return index < 0 ? [] : [index];
}
