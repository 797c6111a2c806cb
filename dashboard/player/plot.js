// @ts-check
// Plots: canvases at the screen's resolution, axes with round ticks, lines with gaps where a value is unknown.

// The type size of the page, as a multiple of the default of 16 pixels.
function typeScale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

// Gives a canvas as many pixels as it covers on the screen; returns its drawing context and size.
/** @param {HTMLCanvasElement} canvas */
function fit(canvas) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
  const context = sized(canvas, width, height, ratio);
  return { context, width: canvas.clientWidth, height: canvas.clientHeight, ratio };
}

// Gives a canvas this size in pixels; returns its drawing context. An unchanged size is not set again, because that
// would clear the canvas.
/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} ratio */
function sized(canvas, width, height, ratio) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

// Round numbers in a range, about `count` of them.
/** @param {number} low @param {number} high @param {number} count @returns {number[]} */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

// The position of a plot inside a canvas, with functions that convert between values and pixels.
/**
 * @param {number} left @param {number} top @param {number} width @param {number} height @param {Interval} xRange
 * @param {Interval} yRange @returns {Plot}
 */
function area(left, top, width, height, [x0, x1], [y0, y1]) {
  return {
    left, top, width, height, right: left + width, bottom: top + height, xRange: [x0, x1], yRange: [y0, y1],
    x: (value) => left + ((value - x0) / (x1 - x0)) * width,
    y: (value) => top + height - ((value - y0) / (y1 - y0)) * height,
    atX: (pixel) => x0 + ((pixel - left) / width) * (x1 - x0),
    atY: (pixel) => y0 + ((top + height - pixel) / height) * (y1 - y0),
    holds: (px, py) => px >= left - 2 && px <= left + width + 2 && py >= top - 2 && py <= top + height + 2,
  };
}

/** @param {Pen} context @param {Plot} place @param {Style} style @param {AxesLook} look */
function drawAxes(context, place, style, { xTicks = [], yTicks = [], xLabel, yLabel, xText, yText }) {
  const { ink, faint, size } = style;
  xText ??= tickTexts(xTicks);
  yText ??= tickTexts(yTicks);
  context.font = `${size}px ${style.font}`;
  context.strokeStyle = faint;
  context.lineWidth = 1;
  context.strokeRect(place.left + 0.5, place.top + 0.5, place.width - 1, place.height - 1);
  context.fillStyle = ink;
  context.globalAlpha = 0.85;
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const tick of xTicks) {
    context.fillRect(place.x(tick), place.bottom, 1, 4);
    context.fillText(xText(tick), place.x(tick), place.bottom + 6);
  }
  if (xLabel) context.fillText(xLabel, place.left + place.width / 2, place.bottom + 8 + size);
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const tick of yTicks) {
    context.fillRect(place.left - 4, place.y(tick), 4, 1);
    context.fillText(yText(tick), place.left - 7, place.y(tick));
  }
  if (yLabel) {
    context.save();
    context.translate(place.left - 3.5 * size, place.top + place.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(yLabel, 0, 0);
    context.restore();
  }
  context.globalAlpha = 1;
}

// Makes the current path a line through the points; an unknown value leaves a gap.
/** @param {Pen} context @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys */
function trace(context, xs, ys) {
  context.beginPath();
  let pen = false;
  for (let k = 0; k < xs.length; k++) {
    if (!Number.isFinite(ys[k])) pen = false;
    else if (pen) context.lineTo(xs[k], ys[k]);
    else {
      context.moveTo(xs[k], ys[k]);
      pen = true;
    }
  }
}

/** @param {Pen} context @param {Plot} place @param {() => void} draw */
function clipped(context, place, draw) {
  context.save();
  context.beginPath();
  context.rect(place.left, place.top, place.width, place.height);
  context.clip();
  draw();
  context.restore();
}
