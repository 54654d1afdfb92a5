// Runs the two networks beside the page. LiteRT's two scripts stand before this one.
// A "draw" is dropped for a newer one at the next pause; every other task is answered, in turn.

let latest = null;
let busy = false;
let turn = 0;
let about;
const tasks = [];
const networks = {};

self.onmessage = ({ data }) => {
  if (data.task === "draw") latest = data;
  else tasks.push(data);
  if (!busy) work();
};

async function work() {
  busy = true;
  while (tasks.length || latest) {
    const message = tasks.shift() ?? latest;
    if (message === latest) latest = null;
    try {
      await TASKS[message.task](message);
    } catch (error) {
      postMessage({ id: message.id, error: String(error.message ?? error) });
    }
  }
  busy = false;
}

const TASKS = {
  async start({ id, wasm, generator, description }) {
    about = description;
    const silent = () => {};
    const [wasmBinary, file] = await Promise.all([unpacked(wasm), unpacked(generator)]);
    const runtime = new LiteRt(await ModuleFactory({ wasmBinary, print: silent, printErr: silent }));
    setGlobalLiteRt(runtime);
    // Without a device it does not look for WebGPU.
    runtime.setDefaultEnvironment(new Environment({ webGpuDevice: null }));
    networks.generator = await compile(file);
    postMessage({ id });
  },

  async loadEncoder({ id, encoder }) {
    networks.encoder = await compile(await unpacked(encoder));
    postMessage({ id });
  },

  async encode({ id, pixels }) {
    const { height, width, channels } = about.image;
    postMessage({ id, answer: await run(networks.encoder, pixels, [1, height, width, channels]) });
  },

  // All images of some latents.
  async render({ id, vectors, rows }) {
    const answer = new Float32Array(rows * imageSize());
    for (let row = 0; row < rows; row += about.batch) {
      answer.set(await generate(vectors, row, Math.min(about.batch, rows - row)), row * imageSize());
    }
    postMessage({ id, answer }, [answer.buffer]);
  },

  // Views, the most urgent first, in parts.
  async draw({ views }) {
    for (const { view, vectors, rows, version } of views) {
      const parts = Math.ceil(rows / about.batch);
      // Not always from the first part on: while a slider moves, only one may have its turn.
      turn += 1;
      for (let part = 0; part < parts; part++) {
        const row = ((part + turn) % parts) * about.batch;
        const images = await generate(vectors, row, Math.min(about.batch, rows - row));
        postMessage({ view, version, row, images }, [images.buffer]);
        await pause();
        if (latest) return;
      }
    }
  },
};

// `count` images, in [0, 1], of the rows from `row` on.
async function generate(vectors, row, count) {
  const rows = count === 1 ? 1 : about.batch;
  const inputs = new Float32Array(rows * about.latents);
  inputs.set(vectors.subarray(row * about.latents, (row + count) * about.latents));
  const { output } = await run(networks.generator, inputs, [rows, about.latents]);
  return output.slice(0, count * imageSize());
}

function compile(file) {
  return getGlobalLiteRt().loadAndCompile(file, { accelerator: "wasm" });
}

function imageSize() {
  return about.image.height * about.image.width * about.image.channels;
}

async function run(network, values, shape) {
  const inputs = new Tensor(values, shape);
  const outputs = await network.run(`rows_${shape[0]}`, { inputs });
  inputs.delete();
  const answer = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    answer[name] = tensor.toTypedArray().slice();
    tensor.delete();
  }
  return answer;
}

// Lets messages that have arrived be read.
function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// Bytes of a base64 text of a gzip file.
async function unpacked(text) {
  const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
