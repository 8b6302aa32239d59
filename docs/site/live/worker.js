// Trains in the background: two_moons.wasm on one side, the page on the other. A message { seed } starts it; a message for
// each epoch comes back, some with the density as an image.
const cells = 128, halfWidth = 1.75, pause = 200; // ms from image to image, at least

onmessage = async ({ data: { seed } }) => {
  const said = [];
  let exports, start, lastImage = -pause;

  const page = {
    at_end_of_epoch(epoch, epochs, trainLoss, heldOutLoss) {
      const now = performance.now();
      const report = { epoch, epochs, trainLoss, heldOutLoss, entropy: exports.entropy(), seconds: (now - start) / 1000 };
      if (now - lastImage >= pause || epoch === epochs) {
        const address = exports.density(cells, halfWidth);
        report.image = new Float32Array(exports.memory.buffer, address, cells * cells).slice();
        report.seconds = (performance.now() - start) / 1000;
        lastImage = now;
      }
      postMessage(report, report.image ? [report.image.buffer] : []);
    },
  };

  // What the C++ library asks of its system: the time, and a place for what a failing program says.
  const system = {
    clock_time_get(_clock, _precision, address) {
      new DataView(exports.memory.buffer).setBigUint64(address, BigInt(Math.round(performance.now() * 1e6)), true);
      return 0;
    },
    fd_write(_file, pieces, count, written) {
      const memory = new DataView(exports.memory.buffer);
      let total = 0;
      for (let i = 0; i < count; ++i) {
        const [address, size] = [memory.getUint32(pieces + 8 * i, true), memory.getUint32(pieces + 8 * i + 4, true)];
        said.push(new TextDecoder().decode(new Uint8Array(memory.buffer, address, size)));
        total += size;
      }
      memory.setUint32(written, total, true);
      return 0;
    },
  };
  const notSupported = 58; // ENOTSUP of WASI
  const all = new Proxy(system, { get: (functions, name) => functions[name] || (() => notSupported) });

  try {
    const answer = await fetch("two_moons.wasm");
    if (!answer.ok) throw new Error(`two_moons.wasm: ${answer.status}`);
    const program = await WebAssembly.instantiate(await answer.arrayBuffer(), { page, wasi_snapshot_preview1: all });
    exports = program.instance.exports;
    exports._initialize();
    start = performance.now();
    exports.train(seed);
  } catch (error) {
    postMessage({ error: said.join("") || String(error) });
  }
};
