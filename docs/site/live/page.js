// Draws what worker.js sends: the density, and the losses so far.
document.addEventListener("DOMContentLoaded", () => {
  const live = document.getElementById("live");
  const density = document.getElementById("live-density");
  const curve = document.getElementById("live-curve");
  const again = document.getElementById("live-again");
  const line = document.getElementById("live-line");
  const scripts = new URL(document.querySelector("script[src*='live/page.js']").src);
  let worker, seed = 0, reports = [];

  const context = density.getContext("2d");

  function drawDensity(values) { // in a colour that is good on white and on black
    const cells = Math.sqrt(values.length);
    density.width = density.height = cells;
    const image = context.createImageData(cells, cells);
    values.forEach((p, i) => image.data.set([190, 95, 20, 255 * Math.min(1, (p / 1.3) ** 0.6)], 4 * i));
    context.putImageData(image, 0, 0);
  }

  function drawCurve({ epochs, entropy }) {
    const [width, height, top] = [curve.viewBox.baseVal.width, curve.viewBox.baseVal.height, 2];
    const x = (epoch) => (width * (epoch - 1)) / (epochs - 1);
    const y = (loss) => height * (1 - Math.max(0, Math.min(top, loss) - 0.2) / (top - 0.2));
    const points = reports.map((r) => `${x(r.epoch).toFixed(1)},${y(r.heldOutLoss).toFixed(1)}`).join(" ");
    curve.querySelector("polyline").setAttribute("points", points);
    curve.querySelector("line").setAttribute("y1", y(entropy));
    curve.querySelector("line").setAttribute("y2", y(entropy));
  }

  function show(report) {
    if (report.error) {
      live.dataset.state = "failed";
      line.textContent = `It does not run here: ${report.error}`;
      return;
    }
    reports.push(report);
    if (report.image) drawDensity(report.image);
    drawCurve(report);
    const done = report.epoch === report.epochs;
    live.dataset.state = done ? "done" : "training";
    Object.assign(live.dataset, { loss: report.heldOutLoss, seconds: report.seconds });
    line.textContent =
      `Seed ${seed}, epoch ${report.epoch} of ${report.epochs}, ${report.seconds.toFixed(1)} s: ` +
      `held-out loss ${report.heldOutLoss.toFixed(3)} nats, entropy ${report.entropy.toFixed(3)}`;
  }

  function start() {
    worker?.terminate();
    reports = [];
    live.dataset.state = "starting";
    line.textContent = "Starting …";
    try {
      worker = new Worker(new URL("worker.js", scripts));
    } catch (error) {
      return show({ error });
    }
    worker.onmessage = ({ data }) => show(data);
    worker.onerror = (event) => show({ error: event.message });
    worker.postMessage({ seed });
  }

  again.addEventListener("click", () => {
    ++seed;
    start();
  });
  if (location.protocol === "file:") {
    show({ error: "browsers start no workers from files; python3 -m http.server in this folder serves it" });
  } else {
    start();
  }
});
