// The picture on screen, elsewhere: a line of Python, a request to TensorFlow Serving.

export function pythonLines(about, state) {
  const codes = about.codes.map((code) => `, ${code.name}=${pythonValue(code, state.codes[code.name])}`);
  return [
    "import infogan_keras as ig",
    "",
    `model = ${about.python}`,
    `image = model.generate(1, seed=${state.seed}${codes.join("")})[0]`,
  ].join("\n");
}

export function restRequest(about, state) {
  const body = { signature_name: "generate_png", instances: [{ seed: state.seed, ...state.codes }] };
  return `curl http://localhost:8501/v1/models/${about.name}:predict -d '${JSON.stringify(body)}'`;
}

function pythonValue(code, value) {
  if (code.distribution === "Categorical") return code.names.length ? JSON.stringify(code.names[value]) : value;
  return value.length === 1 ? value[0] : `[[${value.join(", ")}]]`;
}
