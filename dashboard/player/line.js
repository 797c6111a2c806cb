// @ts-check
// The picture of a curve on the line: ρ_t(x), v_t(x), and the density over (t, x) with paths of samples.

// Levels of the quantiles whose paths are drawn. The median is left out: between two equal modes it is arbitrary.
const LEVELS = [0.02, 0.1, 0.19, 0.28, 0.37, 0.46, 0.54, 0.63, 0.72, 0.81, 0.9, 0.98];
// The velocity is faint where the density is below this fraction of its maximum.
const SEEN_DENSITY = 1e-4;
// From this width on, in pixels, the plots are side by side.
const WIDE = 720;

/** @param {View} view @param {Scene} scene */
function drawLine(view, scene) {
  const { context, width, height, ratio } = fit(view.canvas);
  context.clearRect(0, 0, width, height);
  const places = (view.places = linePlaces(scene, width, height));
  drawDensityCurve(context, view, scene, places.density);
  if (places.velocity) drawVelocityCurve(context, view, scene, places.velocity);
  drawEvolution(context, view, scene, places.evolution, ratio);
}

/** @param {Scene} scene @param {number} width @param {number} height @returns {Places} */
function linePlaces(scene, width, height) {
  /** @type {Interval[]} */
  const [t, rho, v] = [[0, 1], [0, 1.06 * scene.densityTop], [-1.05, 1.05]];
  const { size } = scene.style, [x] = scene.box;
  const left = 4.2 * size, under = 2.9 * size, gap = 1.1 * size, has = scene.hasVelocity;
  if (width >= WIDE) {
    const half = width * 0.5, inner = has ? (height - under - gap - 6) / 2 : height - under - 6, start = half + left;
    return {
      evolution: area(left, 6, half - left - 12, height - under - 6, t, x),
      density: area(start, 6, width - start - 10, inner, x, rho),
      ...(has && { velocity: area(start, 6 + inner + gap, width - start - 10, inner, x, v) }),
    };
  }
  const inner = height - 2 * under - gap - 6, across = width - left - 10;
  const a = (has ? 0.29 : 0.4) * inner, b = has ? gap + 0.29 * inner : 0, begin = 6 + a + b + under;
  return {
    density: area(left, 6, across, a, x, rho),
    ...(has && { velocity: area(left, 6 + a + gap, across, b - gap, x, v) }),
    evolution: area(left, begin, across, height - under - begin, t, x),
  };
}

// Whether the paths of samples are drawn over the density.
/** @param {Scene} scene */
function hasPaths(scene) {
  return scene.settings.particles && scene.hasVelocity;
}

/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place */
function drawDensityCurve(context, view, scene, place) {
  const { style, theme } = scene, [[low, high]] = scene.box;
  clipped(context, place, () => {
    for (const { frames, learned } of curvesOf(view)) {
      const density = frames.densityAt(scene.t), xs = Array.from(density, (_, k) => place.x(frames.point(0, k)));
      trace(context, xs, Array.from(density, (value) => place.y(value)));
      context.strokeStyle = learned ? view.learnedColour : theme.ink;
      context.lineWidth = learned ? 1.8 : 1.5;
      context.stroke();
      context.lineTo(place.right, place.bottom);
      context.lineTo(place.left, place.bottom);
      context.fillStyle = faded(learned ? view.learnedColour : theme.ink, learned ? 0.32 : 0.06);
      context.fill();
      if (learned && view.learnedStale) {
        context.fillStyle = hatching(context, faded(theme.ink, 0.35));
        context.fill();
      }
    }
    if (scene.settings.particles && view.frames.numParticles) rug(context, view, scene, place);
    drawCut(context, place, scene);
    tracedOnLine(view, scene, (x) => verticalMark(context, place, x, scene));
  });
  // The plot of the velocity below shares its x axis.
  const xAxis = scene.hasVelocity ? {} : { xTicks: ticks(low, high, place.width / 70), xLabel: "x" };
  const yTicks = ticks(0, scene.densityTop, place.height / 34);
  drawAxes(context, place, style, { ...xAxis, yTicks, yLabel: "density ρₜ" });
}

// The particles as short strokes on the x axis.
/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place */
function rug(context, view, scene, place) {
  const here = view.frames.placesAt(scene.t), every = Math.ceil(here.length / 300);
  context.beginPath();
  for (let k = 0; k < here.length; k += every) {
    context.moveTo(place.x(here[k]), place.bottom - 7);
    context.lineTo(place.x(here[k]), place.bottom);
  }
  context.strokeStyle = view.colour;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

// v_t(x), on an axis that is linear up to a speed of 1 and logarithmic beyond (asinh), the same in all panels.
/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place */
function drawVelocityCurve(context, view, scene, place) {
  const { style, theme, speedTop } = scene, [[low, high]] = scene.box;
  /** @param {number} v */
  const bend = (v) => Math.asinh(v) / Math.asinh(speedTop);
  clipped(context, place, () => {
    context.fillStyle = style.faint;
    context.fillRect(place.left, place.y(0), place.width, 1);
    for (const { frames, learned } of curvesOf(view)) {
      const velocity = frames.velocityAt(scene.t);
      if (!velocity) continue;
      const density = frames.densityAt(scene.t), floor = SEEN_DENSITY * density.reduce((a, b) => (b > a ? b : a), 0);
      const xs = Array.from(velocity, (_, k) => place.x(frames.point(0, k)));
      const ys = Array.from(velocity, (value) => place.y(Math.min(2, Math.max(-2, bend(value)))));
      context.strokeStyle = learned ? view.learnedColour : theme.ink;
      context.lineWidth = learned ? 2.6 : 1.4;
      context.globalAlpha = 0.25;
      trace(context, xs, ys);
      context.stroke();
      context.globalAlpha = 1;
      trace(context, xs, ys.map((y, k) => (density[k] > floor ? y : NaN)));
      context.stroke();
    }
    tracedOnLine(view, scene, (x) => verticalMark(context, place, x, scene));
  });
  const marks = [...new Set(speedTicks(speedTop).flatMap((v) => [v, -v]))].filter((v) => v || place.height > 40);
  drawAxes(context, place, style, {
    xTicks: ticks(low, high, place.width / 70), xLabel: "x", yLabel: "velocity vₜ",
    // The ticks are powers of ten: 10⁴ instead of 1·10⁴ leaves room for the label.
    yTicks: marks.map(bend),
    yText: (y) => formatNumber(Number(Math.sinh(y * Math.asinh(speedTop)).toPrecision(3))).replace("1·", ""),
  });
}

/** @param {number} top */
function speedTicks(top) {
  const most = Math.floor(Math.log10(top) + 1e-9);
  if (most < 1) return [0, 10 ** most];
  const step = Math.max(1, Math.round(most / 2));
  return [0, ...Array.from({ length: Math.floor(most / step) }, (_, k) => 10 ** ((k + 1) * step))];
}

// Draws the density over (t, x): a layer that is kept between animation frames, and the moving parts over it.
/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place @param {number} ratio */
function drawEvolution(context, view, scene, place, ratio) {
  const { style, theme } = scene, frames = view.frames, [[low, high]] = scene.box;
  const look = [view.shown, view.stale, theme.name, hasPaths(scene), scene.contrast];
  const key = [place.width, place.height, low, high, ratio, ...look].join();
  if (view.layerKey !== key || view.layerOf !== frames) {
    Object.assign(view, { layer: evolutionLayer(view, scene, place, ratio), layerKey: key, layerOf: frames });
  }
  context.drawImage(view.layer, place.left, place.top, place.width, place.height);
  clipped(context, place, () => {
    if (view.stale) stalePattern(context, place, theme);
    if (scene.hideAfter !== null) coverFuture(context, place, scene);
    drawCut(context, place, scene, true);
    tracedOnLine(view, scene, (x, path) => {
      const seen = path.filter((_, k) => scene.hideAfter === null || frames.pathTimes[k] <= scene.hideAfter);
      trace(context, seen.map((_, k) => place.x(frames.pathTimes[k])), seen.map((value) => place.y(value)));
      outlined(context, scene, 2.2);
      ring(context, place.x(scene.t), place.y(x), scene);
    });
    context.fillStyle = theme.ink;
    context.fillRect(place.x(scene.t) - 0.75, place.top, 1.5, place.height);
    if (hasPaths(scene)) pathDots(context, view, scene, place);
  });
  drawAxes(context, place, style, {
    xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yTicks: ticks(low, high, place.height / 42),
    xLabel: frames.source === "chains" ? "fraction of the run" : "time t", yLabel: "x",
  });
}

// The kept layer: the visible part of the density over (t, x), with the paths of the quantiles.
/** @param {View} view @param {Scene} scene @param {Plot} place @param {number} ratio */
function evolutionLayer(view, scene, place, ratio) {
  const layer = view.layer ?? document.createElement("canvas"), { frames } = view, small = evolutionImage(view, scene);
  const width = Math.max(1, Math.round(place.width * ratio)), height = Math.max(1, Math.round(place.height * ratio));
  const pen = sized(layer, width, height, ratio);
  pen.globalAlpha = 1;
  pen.clearRect(0, 0, place.width, place.height);
  pen.fillStyle = hatching(pen, scene.style.faint);
  pen.fillRect(0, 0, place.width, place.height);
  // While previews follow the finger, their rate matters more than smooth scaling.
  pen.imageSmoothingQuality = scene.isAhead ? "low" : "high";
  const local = area(0, 0, place.width, place.height, place.xRange, place.yRange), [low, high] = frames.axes[0];
  pen.drawImage(small, 0, local.y(high), place.width, local.y(low) - local.y(high));
  if (hasPaths(scene)) {
    const xs = Array.from(frames.pathTimes, local.x);
    pen.strokeStyle = view.shown === "exact" ? scene.theme.ink : view.colour;
    pen.globalAlpha = 0.75;
    pen.lineWidth = 1.1;
    pen.lineJoin = "round";
    for (const level of LEVELS) {
      trace(pen, xs, frames.linePath(level).map(local.y));
      pen.stroke();
    }
  }
  return layer;
}

/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place */
function pathDots(context, view, scene, place) {
  const radius = scene.style.size * 0.24;
  context.fillStyle = view.shown === "exact" ? scene.theme.ink : view.colour;
  for (const level of LEVELS) {
    const x = view.frames.linePathAt(level, scene.t);
    if (Number.isNaN(x)) continue;
    context.beginPath();
    context.arc(place.x(scene.t), place.y(x), radius, 0, 2 * Math.PI);
    context.fill();
  }
}

// Draws the path that the viewer has clicked. On the line it is that of a quantile, with the same level in all panels.
/** @param {View} view @param {Scene} scene @param {(x: number, path: number[]) => void} draw */
function tracedOnLine(view, scene, draw) {
  const level = scene.traced?.level;
  if (level === undefined) return;
  const x = view.frames.linePathAt(level, scene.t);
  if (!Number.isNaN(x)) draw(x, view.frames.linePath(level));
}

/** @param {Pen} context @param {Plot} place @param {number} x @param {Scene} scene */
function verticalMark(context, place, x, scene) {
  context.beginPath();
  context.moveTo(place.x(x), place.top);
  context.lineTo(place.x(x), place.bottom);
  outlined(context, scene, 1.2);
}

// The level of the quantile under a pixel, whose path is then drawn; null outside the plots.
/** @param {View} view @param {Scene} scene @param {number} px @param {number} py @returns {Trace | null} */
function levelAt(view, scene, px, py) {
  const places = view.places;
  if (!places?.evolution) return null;
  const inEvolution = places.evolution.holds(px, py);
  const other = [places.density, places.velocity].find((place) => place?.holds(px, py));
  if (!inEvolution && !other) return null;
  const t = inEvolution ? Math.min(1, Math.max(0, places.evolution.atX(px))) : scene.t;
  const x = inEvolution ? places.evolution.atY(py) : other.atX(px), frames = view.frames;
  if (!frames.numParticles) {
    return { level: Math.min(0.999, Math.max(0.001, frames.levelOf(x, frames.distribution(t)))) };
  }
  // If there are particles: the nearest one. Its rank at the start identifies it in the other panels.
  /** @type {Float32Array} */
  const here = frames.placesAt(t);
  let best = 0, least = Infinity; // failed particles are NaN
  here.forEach((place, k) => { if (Math.abs(place - x) < least) [best, least] = [k, Math.abs(place - x)]; });
  return { level: frames.ranks.indexOf(best) / Math.max(1, frames.ranks.length - 1) };
}
