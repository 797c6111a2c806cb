// The picture of a curve on the line: ρ_t(x), v_t(x), and the density over (t, x) with the paths of mass.

const COLUMNS = 161;
// Not the median: between two equal modes it may lie anywhere.
const LEVELS = [0.02, 0.1, 0.19, 0.28, 0.37, 0.46, 0.54, 0.63, 0.72, 0.81, 0.9, 0.98];
// A velocity is drawn faintly where the density is below this share of its maximum.
const SEEN_DENSITY = 1e-4;
const WIDE = 720;

function drawLine(view, scene) {
  const { context, width, height, ratio } = fit(view.canvas);
  context.clearRect(0, 0, width, height);
  const places = (view.places = linePlaces(scene, width, height));
  drawDensityCurve(context, view, scene, places.density);
  drawVelocityCurve(context, view, scene, places.velocity);
  drawCourse(context, view, scene, places.course, ratio);
}

function linePlaces(scene, width, height) {
  const { size } = scene.style, [x] = scene.box, t = [0, 1];
  const left = 4.2 * size, under = 2.9 * size, gap = 1.1 * size, rho = [0, 1.06 * scene.densityTop], v = [-1.05, 1.05];
  if (width >= WIDE) {
    const half = width * 0.5, inner = (height - under - gap - 6) / 2, start = half + left;
    return {
      course: area(left, 6, half - left - 12, height - under - 6, t, x),
      density: area(start, 6, width - start - 10, inner, x, rho),
      velocity: area(start, 6 + inner + gap, width - start - 10, inner, x, v),
    };
  }
  const inner = height - 2 * under - gap - 6, across = width - left - 10;
  const [a, b] = [0.29 * inner, 0.29 * inner], begin = 6 + a + gap + b + under;
  return {
    density: area(left, 6, across, a, x, rho),
    velocity: area(left, 6 + a + gap, across, b, x, v),
    course: area(left, begin, across, height - under - begin, t, x),
  };
}

function drawDensityCurve(context, view, scene, place) {
  const { style, theme } = scene;
  clipped(context, place, () => {
    for (const [answer, learned] of [[view.learned, true], [view.exact, false]]) {
      if (!answer) continue;
      const density = answer.densityAt(scene.t), xs = Array.from(density, (_, k) => place.x(answer.point(0, k)));
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
    if (scene.settings.particles && view.answer.numParticles) rug(context, view, scene, place);
    drawCut(context, place, scene);
    tracedOnLine(view, scene, (x) => verticalMark(context, place, x, scene));
  });
  axes(context, place, style, { yTicks: ticks(0, scene.densityTop, place.height / 34), yLabel: "density ρₜ" });
}

// The particles as strokes on the x axis.
function rug(context, view, scene, place) {
  const here = view.answer.placesAt(scene.t), every = Math.ceil(here.length / 300);
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

// The axis is linear up to a speed of one and logarithmic beyond, the same in all panels.
function drawVelocityCurve(context, view, scene, place) {
  const { style, theme, speedTop } = scene, [[low, high]] = scene.box;
  const bend = (v) => Math.asinh(v) / Math.asinh(speedTop);
  clipped(context, place, () => {
    context.fillStyle = style.faint;
    context.fillRect(place.left, place.y(0), place.width, 1);
    for (const [answer, learned] of [[view.learned, true], [view.exact, false]]) {
      const velocity = answer?.velocityAt(scene.t);
      if (!velocity) continue;
      const density = answer.densityAt(scene.t), floor = SEEN_DENSITY * density.reduce((a, b) => (b > a ? b : a), 0);
      const xs = Array.from(velocity, (_, k) => place.x(answer.point(0, k)));
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
  axes(context, place, style, {
    xTicks: ticks(low, high, place.width / 70), xLabel: "x", yLabel: "velocity vₜ",
    yTicks: marks.map(bend), yText: (y) => told(Number((Math.sinh(y * Math.asinh(speedTop))).toPrecision(3))),
  });
}

function speedTicks(top) {
  const most = Math.floor(Math.log10(top) + 1e-9);
  if (most < 1) return [0, 10 ** most];
  const step = Math.max(1, Math.round(most / 2));
  return [0, ...Array.from({ length: Math.floor(most / step) }, (_, k) => 10 ** ((k + 1) * step))];
}

// The density over (t, x): a layer made once, over it what moves.
function drawCourse(context, view, scene, place, ratio) {
  const { style, theme } = scene, answer = view.answer, [[low, high]] = scene.box;
  const look = [view.shown, view.stale, theme.name, scene.settings.particles, scene.contrast];
  const key = [place.width, place.height, low, high, ratio, ...look].join();
  if (view.layerKey !== key || view.layerOf !== answer) {
    Object.assign(view, { layer: courseLayer(view, scene, place, ratio), layerKey: key, layerOf: answer });
  }
  context.drawImage(view.layer, place.left, place.top, place.width, place.height);
  clipped(context, place, () => {
    if (view.stale) stalePattern(context, place, theme);
    if (scene.hideAfter !== null) coverFuture(context, place, scene);
    drawCut(context, place, scene, true);
    tracedOnLine(view, scene, (x, path) => {
      const seen = path.filter((_, k) => scene.hideAfter === null || answer.pathTimes[k] <= scene.hideAfter);
      trace(context, seen.map((_, k) => place.x(answer.pathTimes[k])), seen.map((value) => place.y(value)));
      outlined(context, scene, 2.2);
      ring(context, place.x(scene.t), place.y(x), scene);
    });
    context.fillStyle = theme.ink;
    context.fillRect(place.x(scene.t) - 0.75, place.top, 1.5, place.height);
    if (scene.settings.particles) pathDots(context, view, scene, place);
  });
  axes(context, place, style, {
    xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yTicks: ticks(low, high, place.height / 42),
    xLabel: answer.source === "chains" ? "share of the run" : "time t", yLabel: "x",
  });
}

// The part that is seen of the picture of all densities, and the paths over it.
function courseLayer(view, scene, place, ratio) {
  const layer = view.layer ?? document.createElement("canvas"), answer = view.answer, small = courseImage(view, scene);
  const width = Math.max(1, Math.round(place.width * ratio)), height = Math.max(1, Math.round(place.height * ratio));
  const pen = sized(layer, width, height, ratio);
  pen.globalAlpha = 1;
  pen.clearRect(0, 0, place.width, place.height);
  pen.fillStyle = hatching(pen, scene.style.faint);
  pen.fillRect(0, 0, place.width, place.height);
  pen.imageSmoothingQuality = "high";
  const local = area(0, 0, place.width, place.height, place.xRange, place.yRange), [low, high] = answer.axes[0];
  pen.drawImage(small, 0, local.y(high), place.width, local.y(low) - local.y(high));
  if (scene.settings.particles) {
    const xs = Array.from(answer.pathTimes, local.x);
    pen.strokeStyle = view.shown === "exact" ? scene.theme.ink : view.colour;
    pen.globalAlpha = 0.75;
    pen.lineWidth = 1.1;
    pen.lineJoin = "round";
    for (const level of LEVELS) {
      trace(pen, xs, answer.linePath(level).map(local.y));
      pen.stroke();
    }
  }
  return layer;
}

// One pixel for each point of the grid at each of so many times; zooming needs no other.
function courseImage(view, scene) {
  const { answer } = view, key = [view.shown, view.stale, scene.theme.name, scene.contrast].join();
  if (view.course?.key === key && view.course.answer === answer) return view.course.image;
  const n = answer.cells, image = Object.assign(document.createElement("canvas"), { width: COLUMNS, height: n });
  const brush = image.getContext("2d"), data = brush.createImageData(COLUMNS, n);
  paintCourse(new Uint32Array(data.data.buffer), view, scene, n);
  brush.putImageData(data, 0, 0);
  view.course = { key, answer, image };
  return image;
}

function paintCourse(pixels, view, scene, n) {
  const difference = view.shown === "difference", at = (c) => c / (COLUMNS - 1);
  const column = (t) => (difference ? differenceAt(view, t) : view.answer.densityAt(t));
  const columns = Array.from({ length: COLUMNS }, (_, c) => column(at(c)));
  const top = difference ? scene.contrast : topOf(columns);
  const table = difference ? scene.theme.diverging : view.stale ? scene.theme.grey : scene.theme.density;
  columns.forEach((column, c) => {
    for (let k = 0; k < n; k++) {
      const share = column[k] / top, level = (UNKNOWN_8 - 1) * Math.sqrt(Math.min(1, Math.max(0, share)));
      const entry = difference ? differenceLevel(column[k], top) : Number.isNaN(share) ? UNKNOWN_8 : Math.round(level);
      pixels[(n - 1 - k) * COLUMNS + c] = table[entry];
    }
  });
}

// Only one value in a hundred is larger: of every other column each fourth value is looked at.
function topOf(columns) {
  const sizes = new Float64Array(Math.ceil(columns.length / 2) * Math.ceil(columns[0].length / 4));
  let known = 0;
  for (let c = 0; c < columns.length; c += 2) {
    const column = columns[c];
    for (let k = 0; k < column.length; k += 4) if (!Number.isNaN(column[k])) sizes[known++] = Math.abs(column[k]);
  }
  return sizes.subarray(0, known).sort()[Math.floor(0.99 * (known - 1))] || 1;
}

function pathDots(context, view, scene, place) {
  const radius = scene.style.size * 0.24;
  context.fillStyle = view.shown === "exact" ? scene.theme.ink : view.colour;
  for (const level of LEVELS) {
    const x = view.answer.linePathAt(level, scene.t);
    if (Number.isNaN(x)) continue;
    context.beginPath();
    context.arc(place.x(scene.t), place.y(x), radius, 0, 2 * Math.PI);
    context.fill();
  }
}

// What is traced on the line is a share of the mass: the same in every panel.
function tracedOnLine(view, scene, draw) {
  const level = scene.traced?.level;
  if (level === undefined) return;
  const x = view.answer.linePathAt(level, scene.t);
  if (!Number.isNaN(x)) draw(x, view.answer.linePath(level));
}

function verticalMark(context, place, x, scene) {
  context.beginPath();
  context.moveTo(place.x(x), place.top);
  context.lineTo(place.x(x), place.bottom);
  outlined(context, scene, 1.2);
}

function levelAt(view, scene, px, py) {
  const places = view.places;
  if (!places?.course) return null;
  const inCourse = places.course.holds(px, py);
  const other = [places.density, places.velocity].find((place) => place.holds(px, py));
  if (!inCourse && !other) return null;
  const t = inCourse ? Math.min(1, Math.max(0, places.course.atX(px))) : scene.t;
  const x = inCourse ? places.course.atY(py) : other.atX(px), answer = view.answer;
  if (!answer.numParticles) {
    return { level: Math.min(0.999, Math.max(0.001, answer.levelOf(x, answer.distribution(t)))) };
  }
  // Of carried particles, the one that is nearest here; its rank at the start tells it in the other panels.
  const here = answer.placesAt(t);
  let best = 0, least = Infinity; // lost ones are NaN
  here.forEach((place, k) => { if (Math.abs(place - x) < least) [best, least] = [k, Math.abs(place - x)]; });
  return { level: answer.ranks.indexOf(best) / Math.max(1, answer.ranks.length - 1) };
}
