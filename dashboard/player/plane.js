// @ts-check
// The picture of a curve in the plane at one time: density, arrows, particles, the target's contour.

// Number of arrow colours; minimum distance between arrows and maximum length of an arrow, in units of the type size.
const ARROW_COLOURS = 8, ARROW_SPACING = 1.7, MAX_ARROW = 3;
// Levels of the target's contour, as fractions of its maximum.
const CONTOURS = [0.5, 0.1];
// Maximum number of particles with a trail; length of a trail in time; maximum number of particles with a rim.
const MOST_TRAILS = 500, TRAIL = 0.045, MOST_RIMS = 800;

/** @param {View} view @param {Scene} scene */
function drawPlane(view, scene) {
  const { context, width, height, ratio } = fit(view.canvas);
  const { style, theme } = scene, frames = view.frames, [[x0, x1], [y0, y1]] = frames.axes, [ax, ay] = scene.box;
  context.clearRect(0, 0, width, height);
  const left = 3.4 * style.size, bottom = 3.1 * style.size, top = 6;
  const side = Math.max(40, Math.min(width - left - 10, height - bottom - top));
  const place = area(left + Math.max(0, (width - left - 10 - side) / 2), top, side, side, ax, ay);
  view.places = { plane: place };
  clipped(context, place, () => {
    context.fillStyle = hatching(context, style.faint);
    context.fillRect(place.left, place.top, side, side);
    // While pictures move, their rate matters more than smooth scaling.
    context.imageSmoothingQuality = scene.playing || scene.isAhead ? "low" : "high";
    const wide = place.x(x1) - place.x(x0), high = place.y(y0) - place.y(y1);
    context.drawImage(densityImage(view, scene), place.x(x0), place.y(y1), wide, high);
    if (view.stale) stalePattern(context, place, theme);
  });
  const still = stillOf(view, scene, place, width, height, ratio);
  context.drawImage(still, 0, 0, still.width / ratio, still.height / ratio);
  clipped(context, place, () => {
    const hasArrows = frames.logSpeed && view.shown !== "difference";
    if (scene.settings.arrows && hasArrows) drawArrows(context, view, place, scene);
    if (scene.settings.particles && frames.numParticles) drawParticles(context, view, place, scene);
    if (scene.traced !== null) drawTracedPoint(context, view, place, scene);
    drawCut(context, place, scene);
  });
}

// An image with the axes and the contour. It is redrawn only if the visible box or the looks have changed.
/**
 * @param {View} view @param {Scene} scene @param {Plot} place @param {number} width @param {number} height
 * @param {number} ratio
 */
function stillOf(view, scene, place, width, height, ratio) {
  const { style, theme, settings } = scene, source = view.exact ?? view.learned;
  // The contour is left out in a preview of a single time before t = 1, and while a prediction hides the target.
  const contour = settings.contour && source.times.at(-1) === 1 && scene.hideAfter === null;
  const key = [width, height, ratio, style.size, theme.name, contour, place.left, scene.box].join();
  if (view.still?.key === key && view.still.source === source) return view.still.image;
  const image = view.still?.image ?? document.createElement("canvas"), [ax, ay] = scene.box;
  const pen = sized(image, view.canvas.width, view.canvas.height, ratio);
  pen.clearRect(0, 0, width, height);
  if (contour) clipped(pen, place, () => drawContour(pen, source, place, style));
  // The name of the axis replaces the topmost tick label.
  const yTicks = ticks(ay[0], ay[1], place.height / 60).filter((y) => place.y(y) > place.top + 1.5 * style.size);
  drawAxes(pen, place, style, { xTicks: ticks(ax[0], ax[1], place.width / 60), yTicks, xLabel: "x₁" });
  pen.textAlign = "right";
  pen.fillText("x₂", place.left - 8, place.top + style.size * 0.6);
  view.still = { key, source, image };
  return image;
}

/** @param {View} view @param {Scene} scene */
function densityImage(view, scene) {
  const frames = view.frames, [n0, n1] = [frames.axes[0][2], frames.axes[1][2]];
  const screen = (view.screen ??= document.createElement("canvas"));
  if (screen.width !== n0 || screen.height !== n1) {
    Object.assign(screen, { width: n0, height: n1 });
    view.image = null;
  }
  const brush = screen.getContext("2d");
  view.image ??= brush.createImageData(n0, n1);
  const pixels = new Uint32Array(view.image.data.buffer);
  if (view.shown === "difference") paintDifference(pixels, view, scene, n0, n1);
  else paintDensity(pixels, frames, scene.t, view.stale ? scene.theme.grey : scene.theme.density, n0, n1);
  brush.putImageData(view.image, 0, 0);
  return screen;
}

// Writes the colours of the density into `pixels`: quantised densities of two frames, interpolated in steps of 1/256,
// and coloured by a table.
/**
 * @param {Uint32Array} pixels @param {Frames} frames @param {number} t @param {Uint32Array} table @param {number} n0
 * @param {number} n1
 */
function paintDensity(pixels, frames, t, table, n0, n1) {
  const { i, j, w } = frames.around(t), q = frames.density, to = Math.round(w * 256), from = 256 - to;
  for (let x = 0, a = i * n0 * n1, b = j * n0 * n1; x < n0; x++)
    for (let pixel = (n1 - 1) * n0 + x; pixel >= 0; pixel -= n0, a++, b++)
      pixels[pixel] = table[q[a] === UNKNOWN_8 || q[b] === UNKNOWN_8 ? UNKNOWN_8 : (q[a] * from + q[b] * to) >> 8];
}

/** @param {Pen} context @param {Plot} place @param {Theme} theme */
function stalePattern(context, place, theme) {
  context.fillStyle = hatching(context, faded(theme.ink, 0.35));
  context.fillRect(place.left, place.top, place.width, place.height);
}

// Contour lines of the target, which is the density at t = 1.
/** @param {Pen} context @param {Frames} source @param {Plot} place @param {Style} style */
function drawContour(context, source, place, style) {
  source.contour ??= contourLines(source);
  context.beginPath();
  for (const [x0, y0, x1, y1] of source.contour) {
    context.moveTo(place.x(x0), place.y(y0));
    context.lineTo(place.x(x1), place.y(y1));
  }
  context.strokeStyle = style.ink;
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

// Contour lines by marching squares: segments [x0, y0, x1, y1], interpolated between the corners of each grid cell.
/** @param {Frames} frames @returns {number[][]} */
function contourLines(frames) {
  const density = frames.densityAt(1), n0 = frames.axes[0][2], n1 = frames.axes[1][2];
  let top = 0;
  for (const value of density) if (value > top) top = value;
  const lines = [];
  for (const level of CONTOURS.map((fraction) => fraction * top))
    for (let x = 0; x < n0 - 1; x++)
      for (let y = 0; y < n1 - 1; y++) {
        const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
        /** @type {number[]} */
        const crossings = [];
        corners.forEach(([px, py], k) => {
          const [qx, qy] = corners[(k + 1) % 4], a = density[px * n1 + py], b = density[qx * n1 + qy];
          if (a > level === b > level) return;
          const s = (level - a) / (b - a);
          crossings.push(frames.point(0, px + s * (qx - px)), frames.point(1, py + s * (qy - py)));
        });
        for (let k = 0; k + 3 < crossings.length; k += 4) lines.push(crossings.slice(k, k + 4));
      }
  return lines;
}

// Arrows of the velocity where there is mass. Colour is speed, on one scale for all panels.
/** @param {Pen} context @param {View} view @param {Plot} place @param {Scene} scene */
function drawArrows(context, view, place, scene) {
  const frames = view.frames, { i, j, w } = frames.around(scene.t), [ix, iy] = frames.arrowPlaces;
  const size = ix.length * iy.length, n1 = frames.axes[1][2], [low, high] = scene.speedRange;
  const apart = place.x(frames.point(0, ix[1])) - place.x(frames.point(0, ix[0]));
  // The more the picture is enlarged, the more arrows fit.
  const every = Math.max(1, Math.ceil((ARROW_SPACING * scene.style.size) / apart)), cell = every * apart;
  const groups = Array.from({ length: ARROW_COLOURS }, () => /** @type {number[]} */ ([]));
  for (let a = 0; a < ix.length; a += every)
    for (let b = 0; b < iy.length; b += every) {
      const k = a * iy.length + b, at = ix[a] * n1 + iy[b], p = i * size + k, q = j * size + k;
      if (!frames.density[i * frames.cells + at] && !frames.density[j * frames.cells + at]) continue;
      const log = (1 - w) * frames.logSpeed[p] + w * frames.logSpeed[q];
      if (Number.isNaN(log)) continue;
      let turn = frames.direction[q] - frames.direction[p];
      turn -= 256 * Math.round(turn / 256);
      const angle = ((frames.direction[p] + w * turn) / 256) * 2 * Math.PI;
      const position = Math.min(1, Math.max(0, (log - low) / (high - low)));
      const length = Math.min(cell, MAX_ARROW * scene.style.size) * (0.3 + 0.75 * position);
      const group = groups[Math.min(ARROW_COLOURS - 1, (position * ARROW_COLOURS) | 0)];
      const x = place.x(frames.point(0, ix[a])), y = place.y(frames.point(1, iy[b]));
      group.push(x, y, length * Math.cos(angle), -length * Math.sin(angle));
    }
  context.lineWidth = scene.style.size / 8;
  groups.forEach((group, level) => {
    context.beginPath();
    for (let k = 0; k < group.length; k += 4) arrow(context, group[k], group[k + 1], group[k + 2], group[k + 3]);
    const speed = (level + 0.5) / ARROW_COLOURS;
    context.strokeStyle = view.stale ? scene.theme.staleColour : css(mix(scene.theme.speed_scale, speed));
    context.stroke();
  });
}

/** @param {Pen} context @param {number} x @param {number} y @param {number} dx @param {number} dy */
function arrow(context, x, y, dx, dy) {
  const tipX = x + dx / 2, tipY = y + dy / 2, backX = tipX - 0.38 * dx, backY = tipY - 0.38 * dy;
  context.moveTo(x - dx / 2, y - dy / 2);
  context.lineTo(tipX, tipY);
  context.moveTo(backX - 0.2 * dy, backY + 0.2 * dx);
  context.lineTo(tipX, tipY);
  context.lineTo(backX + 0.2 * dy, backY - 0.2 * dx);
}

/** @param {Pen} context @param {View} view @param {Plot} place @param {Scene} scene */
function drawParticles(context, view, place, scene) {
  const frames = view.frames, here = (view.here = frames.placesAt(scene.t, view.here));
  if (scene.settings.trails && !scene.reducesMotion) {
    const before = (view.before = frames.placesAt(Math.max(frames.times[0], scene.t - TRAIL), view.before));
    context.beginPath();
    for (let k = 0; k < Math.min(here.length, 2 * MOST_TRAILS); k += 2) {
      if (Number.isNaN(here[k]) || Number.isNaN(before[k])) continue;
      context.moveTo(place.x(before[k]), place.y(before[k + 1]));
      context.lineTo(place.x(here[k]), place.y(here[k + 1]));
    }
    context.strokeStyle = view.colour;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
  }
  // A rim makes particles stand out from the density. With very many particles it takes long to draw and shows
  // little.
  /** @type {[colour: string, size: number][]} */
  const rims = frames.numParticles <= MOST_RIMS ? [[scene.theme.paper, scene.style.size * 0.3]] : [];
  drawDots(context, view, here, place, [...rims, [view.colour, scene.style.size * 0.2]]);
}

/** @param {Pen} context @param {View} view @param {Plot} place @param {Scene} scene */
function drawTracedPoint(context, view, place, scene) {
  const frames = view.frames, index = scene.traced.index;
  if (frames.dim < 2 || index === undefined || index >= frames.numParticles) return;
  frames.paths ??= new Map();
  const path = frames.paths.get(index) ?? frames.path(index);
  frames.paths.set(index, path);
  const seen = scene.hideAfter === null ? path : path.filter((_, k) => frames.pathTimes[k] <= scene.hideAfter);
  trace(context, seen.map(([x]) => place.x(x)), seen.map(([, y]) => place.y(y)));
  outlined(context, scene, 2.2);
  const [x, y] = frames.placesAt(scene.t).subarray(2 * index, 2 * index + 2);
  if (!Number.isNaN(x)) ring(context, place.x(x), place.y(y), scene);
}

// Strokes the current path with an outline, so that it is visible on every colour.
/** @param {Pen} context @param {Scene} scene @param {number} width */
function outlined(context, scene, width) {
  context.lineJoin = "round";
  context.strokeStyle = scene.theme.paper;
  context.lineWidth = width + 2.5;
  context.stroke();
  context.strokeStyle = scene.theme.ink;
  context.lineWidth = width;
  context.stroke();
}

/** @param {Pen} context @param {number} x @param {number} y @param {Scene} scene */
function ring(context, x, y, scene) {
  context.beginPath();
  context.arc(x, y, scene.style.size * 0.42, 0, 2 * Math.PI);
  context.fillStyle = scene.theme.ink;
  outlined(context, scene, 1.5);
  context.fill();
}

// The nearest particle within 18 pixels of a click; null where there is none.
/** @param {View} view @param {number} px @param {number} py @returns {Trace | null} */
function particleAt(view, px, py) {
  const place = view.places?.plane;
  if (!place || !view.here || !place.holds(px, py)) return null;
  let best = null, least = 18 ** 2;
  for (let k = 0; k < view.here.length; k += 2) {
    const distance = (place.x(view.here[k]) - px) ** 2 + (place.y(view.here[k + 1]) - py) ** 2;
    if (distance < least) [least, best] = [distance, k / 2];
  }
  return best === null ? null : { index: best };
}
