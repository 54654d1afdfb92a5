// The page's side of the worker.

const textOf = (id) => {
  const element = document.getElementById(id);
  const text = element.textContent;
  // The page needs the megabytes once.
  element.remove();
  return text;
};

export class Engine {
  // `onImages({view, version, row, images})` gets the parts of what `draw` asked for, `onError(message)` what failed.
  constructor(about, onImages, onError) {
    this.about = about;
    this.waiting = new Map();
    this.count = 0;
    const code = new Blob([textOf("worker")], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(code));
    this.worker.onerror = (event) => onError(event.message);
    this.worker.onmessage = ({ data }) => {
      if (data.view) return onImages(data);
      const waiting = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (!data.error) waiting.resolve(data.answer);
      else if (waiting) waiting.reject(new Error(data.error));
      else onError(data.error);
    };
  }

  start() {
    return this.ask({ task: "start", wasm: textOf("wasm"), generator: textOf("generator"), description: this.about });
  }

  loadEncoder() {
    return this.ask({ task: "loadEncoder", encoder: textOf("encoder") });
  }

  // Views `{view, vectors, rows, version}`, the most urgent first, in place of those that are not drawn yet.
  draw(views) {
    this.worker.postMessage({ task: "draw", views });
  }

  render(vectors, rows) {
    return this.ask({ task: "render", vectors, rows });
  }

  encode(pixels) {
    return this.ask({ task: "encode", pixels });
  }

  ask(message) {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id });
    });
  }
}
