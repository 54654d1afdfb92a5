// The section that reads a picture: from a drawing or a file to codes, and from there to the controls.

import { byId, element, paint } from "./elements.js";
import { Pad, acceptDrops, readFile } from "./pad.js";
import { backgroundOf, centred, fitted, inverted, numbers, reduced } from "./prepare.js";
import { codesOf, showReadout } from "./readout.js";

export class Reading {
  // `onCodes(codes)` is called with what was read.
  constructor(about, axes, engine, onCodes) {
    Object.assign(this, { about, axes, engine, onCodes, source: null, count: 0 });
    byId("expected").textContent = expectation(about);
    this.pad = new Pad(byId("pad"), about.background, (canvas) => this.take(canvas, { drawn: true }));
    byId("clear").onclick = () => this.clear();
    byId("file").onchange = ({ target }) => {
      if (target.files.length) this.takeFile(target.files[0]);
      // The same file again is a change too.
      target.value = "";
    };
    acceptDrops(document.documentElement, (file) => this.takeFile(file));
    for (const id of ["invert", "centre"]) byId(id).onchange = () => this.source && this.read();
  }

  async takeFile(file) {
    try {
      const image = await readFile(file);
      this.take(image, { drawn: false });
      this.say(`${file.name}, ${image.width} × ${image.height}.`);
    } catch (error) {
      this.say(error.message, "error");
    }
  }

  // Sets the switches as the picture needs them, and reads it.
  take(image, { drawn }) {
    const { background, image: size } = this.about;
    this.source = reduced(image);
    const light = backgroundOf(this.source) > 0.5;
    const fits = image.width === size.width && image.height === size.height;
    byId("invert").checked = !drawn && background !== null && light !== (background === "light");
    byId("centre").checked = background !== null && !fits;
    this.say("");
    this.read();
  }

  async read() {
    const { image, ink } = this.about;
    const canvas = byId("invert").checked ? inverted(this.source) : this.source;
    const prepared = byId("centre").checked ? centred(canvas, image, ink) : fitted(canvas, image);
    const pixels = numbers(prepared, image.channels);
    paint(byId("seen"), pixels, image);
    byId("result").hidden = false;
    const current = ++this.count;
    try {
      const answer = await this.engine.encode(pixels);
      if (current !== this.count) return;
      showReadout(byId("readout"), this.axes, answer);
      this.onCodes(codesOf(this.about, answer));
    } catch (error) {
      this.say(`The picture could not be read: ${error.message}`, "error");
    }
  }

  clear() {
    this.count += 1;
    this.source = null;
    this.pad.clear();
    byId("result").hidden = true;
    this.say("");
  }

  say(text, kind = "") {
    byId("reading-status").replaceChildren(element("span", { class: kind }, text));
  }
}

function expectation({ image, background }) {
  const kind = image.channels === 1 ? "gray" : "colour";
  const polarity = { dark: ", light on dark", light: ", dark on light" }[background] ?? "";
  return `The network reads ${kind} pictures of ${image.width} × ${image.height} pixels${polarity}. Others are brought to that here.`;
}
