// The page: one state, and everything that shows or changes it.

import { LARGEST_SEED, fromAddress, isSeed, surprise, toAddress } from "./address.js";
import { Controls } from "./controls.js";
import { animation, slide } from "./downloads.js";
import { byId, element, paint, save } from "./elements.js";
import { Engine } from "./engine.js";
import { axesOf, describe, evenly, middleCodes, moved, valueText, vectors } from "./latents.js";
import { Reading } from "./reading.js";
import { pythonLines, restRequest } from "./snippets.js";
import { Tiles } from "./tiles.js";
import { frames, mapView, pictureView, seedsView, stripView } from "./views.js";

const FRAMES = 25;

const about = JSON.parse(byId("about").textContent);
const axes = axesOf(about);
const numeric = axes.filter((axis) => axis.kind !== "category");
let state = fromAddress(about, location.hash);
let touched = numeric[0] ?? axes[0];
let [across, down] = numeric.length > 1 ? numeric : axes;
let [scheduled, started] = [false, false];

const engine = new Engine(about, takeImages, fail);
const controls = new Controls(byId("codes"), axes, (axis, value) => {
  touched = axis;
  change({ codes: moved(state.codes, axis, value) });
});
new Reading(about, axes, engine, (codes) => change({ codes }));
const tiles = Object.fromEntries(["strip", "seeds", "map"].map((name) => [name, new Tiles(byId(name), about.image)]));
// What each view shows, or shall show: `key` of the states, `version` and the rows that are still to come.
const shown = Object.fromEntries(["picture", "strip", "seeds", "map"].map((name) => [name, { version: 0, oldest: 0, missing: new Set() }]));

function change(values) {
  state = { ...state, ...values };
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(update);
}

function update() {
  scheduled = false;
  controls.show(state.codes, touched);
  byId("seed").value = state.seed;
  history.replaceState(null, "", toAddress(about, state));
  byId("python").textContent = pythonLines(about, state);
  byId("rest").textContent = restRequest(about, state);
  byId("strip-title").textContent = touched.key;
  const views = { picture: pictureView(state), strip: stripView(state, touched), seeds: seedsView(state) };
  if (down) views.map = mapView(state, across, down);
  const wanted = Object.entries(views).map(([name, view]) => prepare(name, view)).filter(Boolean);
  if (started && wanted.length) engine.draw(wanted);
}

// Lays a view out; what the worker shall draw of it, if anything.
function prepare(name, view) {
  const entry = shown[name];
  const newLayout = tiles[name]?.arrange(view);
  tiles[name]?.mark(view.marked);
  const key = JSON.stringify(view.states);
  if (key !== entry.key) {
    entry.key = key;
    entry.version += 1;
    entry.missing = new Set(view.states.keys());
    entry.words = `${describe(axes, view.states[0].codes)}, seed ${view.states[0].seed}`;
  }
  // Images for another layout have no place any more.
  if (newLayout) entry.oldest = entry.version;
  if (tiles[name]) tiles[name].choose = (index) => change(view.states[index]);
  entry.view = view;
  return entry.missing.size && { view: name, vectors: vectors(about, view.states), rows: view.states.length, version: entry.version };
}

function takeImages({ view, version, row, images }) {
  const entry = shown[view];
  if (version < entry.oldest) return;
  const size = about.image.height * about.image.width * about.image.channels;
  if (version === entry.version) {
    for (let index = 0; index < images.length / size; index++) entry.missing.delete(row + index);
  }
  if (view !== "picture") return tiles[view].paint(row, images);
  for (const id of ["picture", "again"]) paint(byId(id), images, about.image);
  if (version === entry.version) byId("picture").setAttribute("aria-label", `Generated picture: ${entry.words}`);
  if (document.body.classList.contains("ready")) return;
  document.body.classList.add("ready");
  performance.mark("first-picture");
}

function fail(message) {
  byId("status").textContent = `The network cannot run in this browser: ${message}`;
  document.body.classList.add("failed");
}

function setSeed(seed) {
  if (isSeed(seed)) change({ seed });
}

function chooseAxes() {
  [across, down] = ["map-across", "map-down"].map((id) => axes.find((axis) => axis.key === byId(id).value));
  if (across === down) byId("map-note").textContent = "Choose two different codes.";
  else {
    byId("map-note").textContent = "";
    change({});
  }
}

async function downloadSlide() {
  const titles = { strip: touched.key, map: down && `${across.key} (across), ${down.key} (down)` };
  const views = ["strip", ...(down ? ["map"] : [])].map((name) => [
    name,
    { ...shown[name].view, canvases: tiles[name].canvases, title: titles[name] },
  ]);
  const words = [...axes.map((axis) => `${axis.key} ${valueText(axis, state.codes)}`), `seed ${state.seed}`];
  save(await slide(about.name, words, byId("picture"), Object.fromEntries(views)), `${about.name}.png`);
}

async function downloadGif() {
  const values = touched.kind === "number" ? evenly(-touched.limit, touched.limit, FRAMES) : touched.values;
  const { states, words } = frames(state, touched, values);
  const images = await engine.render(vectors(about, states), states.length);
  save(animation(images, words, about), `${about.name}-${touched.key}.gif`);
}

async function copy(id, button) {
  await navigator.clipboard.writeText(byId(id).textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function connect() {
  byId("title").textContent = about.name;
  byId("kind").textContent = about.kind;
  byId("seed").max = LARGEST_SEED;
  byId("seed").oninput = ({ target }) => setSeed(target.valueAsNumber);
  // What is no seed does not stay there.
  byId("seed").onchange = ({ target }) => (target.value = state.seed);
  byId("seed-down").onclick = () => setSeed(state.seed - 1);
  byId("seed-up").onclick = () => setSeed(state.seed + 1);
  byId("surprise").onclick = () => change(surprise(about));
  byId("reset").onclick = () => change({ seed: 0, codes: middleCodes(about) });
  byId("png").onclick = downloadSlide;
  byId("gif").onclick = downloadGif;
  for (const id of ["python", "rest"]) byId(`copy-${id}`).onclick = ({ target }) => copy(id, target);
  for (const id of ["map-across", "map-down"]) {
    byId(id).append(...axes.map((axis) => element("option", { value: axis.key }, axis.key)));
    byId(id).onchange = chooseAxes;
  }
  byId("trained-range").hidden = !axes.some((axis) => axis.kind === "number");
  byId("map-section").hidden = !down;
  if (down) [byId("map-across").value, byId("map-down").value] = [across.key, down.key];
  window.onhashchange = () => change(fromAddress(about, location.hash));
}

async function start() {
  try {
    await engine.start();
    started = true;
    update();
    await engine.loadEncoder();
  } catch (error) {
    fail(error.message);
  }
}

connect();
update();
start();
