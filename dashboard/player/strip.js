// @ts-check
// Two strips (charts over time) below the scrubber (the slider of the time): the velocities, and the mode masses.

// Space for the labels left of a strip, in units of the type size; player.css gives the scrubber the same left end.
const GUTTER = 4.2;
const DASHES = [[], [6, 4], [2, 3], [8, 3, 2, 3]];
const MOST_NAMED_MODES = 4, MOST_DOTTED_MODES = 8, MOST_LABELS = 4;
// Height of a line of text, in units of the type size.
const MARK_LINE = 1.2;
// Horizontal and vertical distance of a label from its point on the line, in units of the type size.
const CLEAR = 0.95;
/** @type {WeakMap<HTMLCanvasElement, StripStill>} */
const stills = new WeakMap();

/** @param {number} width @param {number} height @param {Style} style @param {Interval} range @param {boolean} last */
function stripPlace(width, height, style, range, last) {
  const left = GUTTER * style.size, under = last ? 2.9 * style.size : 6;
  return area(left, 8, width - left - 10, height - 8 - under, [0, 1], range);
}

// Draws max |v_t| and ‖v_t‖² over t on one log axis; thin lines are exact, thick ones learned.
/** @param {HTMLCanvasElement} canvas @param {Scene} scene */
function drawStrip(canvas, scene) {
  drawOverStill(canvas, scene, stillStrip);
}

// Draws the mode masses over t: lines show those of the density, dots those of the particles.
/** @param {HTMLCanvasElement} canvas @param {Scene} scene */
function drawLedger(canvas, scene) {
  drawOverStill(canvas, scene, stillLedger, massesAtCursor);
}

// Draws a strip with the cursor. The strip without the cursor is an image that is kept between animation frames. A
// preview has a single time, so during previews the strip of the earlier settings stays, greyed out.
/**
 * @param {HTMLCanvasElement} canvas @param {Scene} scene
 * @param {(pen: Pen, width: number, height: number, scene: Scene) => Plot} draw
 * @param {(pen: Pen, place: Plot, scene: Scene) => Interval} beside draws beside the cursor; returns how far it reaches
 */
function drawOverStill(canvas, scene, draw, beside = () => [0, 0]) {
  const { context, width, height, ratio } = fit(canvas), outdated = onlyTime(scene.views) !== null;
  const key = [width, height, ratio, scene.style.size, scene.theme.name, scene.hideAfter, JSON.stringify(scene.pointed)]
    .join();
  let still = stills.get(canvas);
  const sameSize = still?.image.width === canvas.width && still.image.height === canvas.height;
  if (outdated && still && sameSize) {
    if (!still.outdated) greyOut(still, scene, ratio);
  } else if (!still || still.key !== key || still.views !== scene.views) {
    const image = (!still?.outdated && still?.image) || document.createElement("canvas");
    const pen = sized(image, canvas.width, canvas.height, ratio);
    pen.clearRect(0, 0, width, height);
    pen.save();
    const place = draw(pen, width, height, scene);
    clipped(pen, place, () => coverFuture(pen, place, scene));
    scene.marks.forEach((mark, k) => drawMark(pen, place, scene, mark, k));
    pen.restore();
    stills.set(canvas, (still = { key, views: scene.views, image, place, from: 0, to: canvas.width, outdated: false }));
  }
  canvas.dataset.outdated = String(still.outdated);
  const { image, place, from, to } = still;
  context.clearRect(from / ratio, 0, (to - from) / ratio, height);
  const wide = to - from;
  context.drawImage(image, from, 0, wide, image.height, from / ratio, 0, wide / ratio, image.height / ratio);
  if (!still.outdated) clipped(context, place, () => cursor(context, place, scene));
  const [left, right] = still.outdated ? [0, 0] : beside(context, place, scene), at = place.x(scene.t);
  still.from = Math.max(0, Math.floor((at - left - 2) * ratio));
  still.to = Math.min(image.width, Math.ceil((at + right + 2) * ratio));
}

// Draws a marked time with its label. The label of the k-th mark is in the k-th line, on the side with more space.
/** @param {Pen} pen @param {Plot} place @param {Scene} scene @param {TimeMark} mark @param {number} k */
function drawMark(pen, place, scene, { t, label, is_exact }, k) {
  const { style, theme } = scene, x = place.x(t), isRight = t < 0.5;
  pen.save();
  pen.strokeStyle = pen.fillStyle = theme.ink;
  pen.lineWidth = is_exact ? 2 : 1.5;
  pen.setLineDash(is_exact ? [] : [4, 3]);
  pen.beginPath();
  pen.moveTo(x, place.top);
  pen.lineTo(x, place.bottom);
  pen.stroke();
  pen.font = `600 ${style.size}px ${style.font}`;
  pen.textAlign = isRight ? "left" : "right";
  pen.textBaseline = "top";
  pen.fillText(label, x + (isRight ? 5 : -5), place.top + 3 + MARK_LINE * k * style.size);
  pen.restore();
}

// Greys out the strip of the earlier settings, and writes over it that it is outdated.
/** @param {StripStill} still @param {Scene} scene @param {number} ratio */
function greyOut(still, scene, ratio) {
  const { place, image } = still, { width, height } = image;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const pen = copy.getContext("2d"), { style, theme } = scene;
  pen.filter = "grayscale(1) opacity(0.4)";
  pen.drawImage(image, 0, 0);
  pen.filter = "none";
  pen.scale(ratio, ratio);
  pen.font = `600 ${style.size}px ${style.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const text = TEXTS.outdatedStrip;
  const [x, y] = [place.left + place.width / 2, place.top + place.height / 2];
  const wide = pen.measureText(text).width + style.size;
  pen.fillStyle = theme.paper;
  pen.fillRect(x - wide / 2, y - style.size, wide, 2 * style.size);
  pen.fillStyle = style.ink;
  pen.fillText(text, x, y);
  Object.assign(still, { image: copy, from: 0, to: image.width, outdated: true, views: null });
}

/** @param {Pen} context @param {number} width @param {number} height @param {Scene} scene */
function stillStrip(context, width, height, scene) {
  const { style } = scene, [low, high] = scene.energyRange;
  const place = stripPlace(width, height, style, [low, high], false);
  clipped(context, place, () => {
    for (const view of comparedViews(scene.views))
      for (const { frames, learned } of curvesOf(view)) {
        context.strokeStyle = learned ? view.learnedColour : view.methodColour;
        for (const { values, dash } of [{ values: frames.energy, dash: [] }, { values: frames.speed, dash: [5, 4] }]) {
          const ys = Array.from(values, (v) => place.y(v > 0 ? Math.log10(v) : NaN));
          trace(context, Array.from(frames.times, place.x), ys);
          context.setLineDash(dash);
          context.lineWidth = learned ? 4.5 : 1.7;
          context.globalAlpha = (learned ? 0.38 : 1) * (dash.length ? 0.75 : 1) * emphasis(scene, view);
          context.stroke();
        }
        context.setLineDash([]);
        context.globalAlpha = 1;
      }
    drawPointed(context, place, scene, "energy");
  });
  const step = Math.max(1, Math.round((high - low) / (place.height / 26))), first = Math.ceil(low / step) * step;
  const marks = Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, k) => first + k * step);
  drawAxes(context, place, style, { yTicks: marks, yText: powerOfTen, yLabel: "‖v‖², |v|" });
  return place;
}

/** @param {Pen} context @param {number} width @param {number} height @param {Scene} scene */
function stillLedger(context, width, height, scene) {
  const { style } = scene;
  const place = stripPlace(width, height, style, [0, scene.massTop], true);
  clipped(context, place, () => {
    for (const view of comparedViews(scene.views)) {
      context.globalAlpha = emphasis(scene, view);
      drawMasses(context, view, scene, place);
    }
    context.globalAlpha = 1;
    drawPointed(context, place, scene, "masses");
  });
  drawAxes(context, place, style, {
    xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], xText: (t) => t.toFixed(1).replace(/\.0$/, ""), xLabel: "time t",
    yTicks: massTicks(scene.massTop, place.height / (1.5 * style.size)), yLabel: "mass",
    yText: (mass) => `${Math.round(100 * mass)} %`,
  });
  return place;
}

// The source of the lines of the mode masses, and whether the particles' masses are drawn as dots. If masses are
// known from particles only, and there are too many modes for dots, they are drawn as lines.
/** @param {View} view */
function massesOf({ frames, exact, learned }) {
  const known = [exact, learned].find((one) => one?.modeMass);
  const dotted = !!frames.particleMass && frames.numModes <= MOST_DOTTED_MODES;
  const source = known ?? (dotted ? null : frames);
  return { source, masses: source?.modeMass ?? source?.particleMass, dotted };
}

/** @param {Pen} context @param {View} view @param {Scene} scene @param {Plot} place */
function drawMasses(context, view, scene, place) {
  const { frames } = view, { source, masses, dotted } = massesOf(view);
  for (let k = 0; k < (masses ? source.numModes : 0); k++) {
    const ys = Array.from(source.times, (_, i) => place.y(masses[i * source.numModes + k]));
    trace(context, Array.from(source.times, place.x), ys);
    context.setLineDash(source.numModes > MOST_NAMED_MODES ? [] : DASHES[k]);
    context.strokeStyle = source === view.learned ? view.learnedColour : view.methodColour;
    context.lineWidth = source.numModes > MOST_NAMED_MODES ? 1 : 1.7;
    context.stroke();
  }
  context.setLineDash([]);
  if (!dotted) return;
  context.fillStyle = view.colour;
  frames.times.forEach((t, i) => {
    for (let k = 0; k < frames.numModes; k++) {
      context.beginPath();
      const y = place.y(frames.particleMass[i * frames.numModes + k]);
      context.arc(place.x(t), y, scene.style.size * 0.2, 0, 2 * Math.PI);
      context.fill();
    }
  });
}

// About `most` ticks of the mass axis or fewer, at equal steps of 0.05, 0.1, 0.25, 0.5 or 1.
/** @param {number} top @param {number} most */
function massTicks(top, most) {
  const step = [0.05, 0.1, 0.25, 0.5].find((each) => top / each <= most) ?? 1;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => k * step);
}

// Draws the mode masses beside the cursor, if there are few enough; of two modes in several panels, only the mass of
// the second. Returns how far the labels reach to the left and to the right.
/** @param {Pen} pen @param {Plot} place @param {Scene} scene @returns {Interval} */
function massesAtCursor(pen, place, scene) {
  const { t, style, theme, hideAfter } = scene, labels = massLabels(scene);
  if (!labels.length || (hideAfter !== null && t > hideAfter)) return [0, 0];
  pen.font = `600 ${style.size}px ${style.font}`;
  const wide = Math.max(...labels.map(({ text }) => pen.measureText(text).width)), isRight = t < 0.5;
  // Leave space for the labels of nearby marks, which are above.
  const isNear = scene.marks.some((mark) => Math.abs(place.x(mark.t) - place.x(t)) < 6 * style.size);
  const top = place.top + (isNear ? MARK_LINE * style.size * scene.marks.length : 0);
  const ys = movedApart(labels.map(({ mass }) => place.y(mass)), { ...place, top }, style.size);
  const x = place.x(t) + (isRight ? 1 : -1) * CLEAR * style.size, textAlign = isRight ? "left" : "right";
  Object.assign(pen, { textAlign, textBaseline: "middle", lineWidth: 3, lineJoin: "round", strokeStyle: theme.paper });
  labels.forEach(({ text, colour }, k) => {
    pen.strokeText(text, x, ys[k]);
    pen.fillStyle = colour;
    pen.fillText(text, x, ys[k]);
  });
  return isRight ? [0, wide + 10] : [wide + 10, 0];
}

/** @param {Scene} scene the masses beside the cursor, from the largest to the smallest */
function massLabels({ views, t }) {
  const shown = comparedViews(views).map((view) => ({ view, ...massesOf(view) })).filter(({ masses }) => masses);
  const numModes = Math.max(0, ...shown.map(({ source }) => source.numModes));
  const isAll = shown.length * numModes <= MOST_LABELS;
  if (!isAll && (numModes !== 2 || shown.length > MOST_LABELS)) return [];
  return shown.flatMap(({ view, source, masses }) =>
    massesAt(source, masses, t).map((mass) => ({ mass, text: percent(mass), colour: view.methodColour }))
      .filter(({ mass }, k) => Number.isFinite(mass) && (isAll || k === 1)))
    .sort((a, b) => b.mass - a.mass);
}

// The vertical positions of the labels: beside their points on the lines, and at least one line of text apart. The
// first label is above its point, all others are below theirs, since the lines often meet. A label without space there
// goes to the other side of its point.
/** @param {number[]} heights @param {Plot} place @param {number} size */
function movedApart(heights, { top, bottom }, size) {
  const line = 1.1 * size;
  /** @type {number[]} */
  const found = [];
  for (const [k, y] of heights.entries()) {
    const isAbove = k === 0 ? y - CLEAR * size - line / 2 >= top : y + CLEAR * size + line / 2 > bottom;
    const beside = y + (isAbove ? -CLEAR : CLEAR) * size;
    found.push(Math.max(beside, top + line / 2, (found.at(-1) ?? -Infinity) + line));
  }
  const lowest = bottom - line / 2, last = found.length - 1;
  return found.map((y, k) => Math.min(y, lowest - (last - k) * line));
}

/** @param {Pen} context @param {Plot} place @param {Scene} scene */
function cursor(context, place, scene) {
  context.fillStyle = scene.theme.ink;
  context.fillRect(place.x(scene.t) - 0.75, place.top, 1.5, place.height);
}

// The log₁₀ range of all positive values, with a margin.
/** @param {(Values | null)[]} rows @returns {Interval} */
function logRange(rows) {
  let low = Infinity, high = -Infinity;
  for (const values of rows)
    for (const value of values ?? [])
      if (value > 0 && value < Infinity) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return [-1, 1];
  const [a, b] = [Math.log10(low), Math.log10(high)], room = 0.06 * (b - a) + 0.15;
  return [a - room, b + room];
}
