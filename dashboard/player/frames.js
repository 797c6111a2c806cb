// @ts-check
// Frames: a curve of densities, its velocity and its particles at some times, as in core/pictures/frames.py, and their
// interpolated values at all times in between.

// Points of a path in each interval between two frames, and the number of intervals whose cubics are kept.
const PATH_STEPS = 6, PIECES_KEPT = 4;

class Frames {
  // The following values are computed on first use and then kept.
  /** @type {Map<number, Piece>} */
  #pieces = new Map();
  /** @type {Map<number, number[]>} */
  #linePaths = new Map();
  /** @type {Float64Array} */
  #pathTimes = null;
  /** @type {Float64Array[]} */
  #running = [];
  /** @type {number[]} */
  #ranks = null;
  /** @type {Difference} */
  difference = null;
  /** @type {Interval[][]} */
  hulls = null;
  /** @type {number[][]} */
  contour = null;
  /** @type {Map<number, number[][]>} */
  paths = null;
  /** @type {{w2: number, uncertainty: number}} */
  distance = null;
  /** @type {number | undefined} */
  action = undefined;
  /** @type {boolean} */
  motionless = null;

  /** @param {FramesHeader} header @param {Record<string, ReelArray>} arrays */
  constructor(header, arrays) {
    /** @param {string} key */
    const array = (key) => arrays[`${header.name}.${key}`] ?? null;
    /** @param {string} key @returns {Values} */
    const values = (key) => array(key)?.values ?? null;
    const { source, dim, axes, box, step = null, seconds = null } = header;
    this.source = source;
    this.dim = dim;
    this.axes = axes;
    this.box = box;
    this.step = step;
    this.seconds = seconds;
    this.arrowPlaces = header.arrow_places ?? null;
    this.times = values("times");
    this.density = values("density");
    this.densityMax = values("density_max");
    this.cells = this.density.length / this.times.length;
    this.unknown = this.dim > 1 ? UNKNOWN_8 : UNKNOWN_16;
    this.velocity = values("velocity");
    this.logSpeed = values("log_speed");
    this.direction = values("direction");
    this.particles = values("particles");
    this.numParticles = array("particles").shape[1];
    this.energy = values("kinetic_energy");
    // The largest speed at each time: `speed` over all places that count for the kinetic energy (for the numbers), and
    // `seenSpeed` over the places where the density is visible (for axes and colours).
    this.speed = values("max_speed");
    this.seenSpeed = values("seen_speed") ?? this.speed;
    this.modeMass = values("mode_mass");
    this.particleMass = values("particle_mass");
    this.numModes = (array("mode_mass") ?? array("particle_mass"))?.shape[1] ?? 0;
  }

  /** @param {number} t */
  around(t) {
    return aroundTime(this.times, t);
  }

  // ρ_t(x) at all grid points. The server sends the square root of the density as a fraction of its maximum.
  /** @param {number} t @param {Float64Array} out */
  densityAt(t, out = new Float64Array(this.cells)) {
    const { i, j, w } = this.around(t), n = this.cells, q = this.density, top = this.unknown - 1;
    const a = ((1 - w) * this.densityMax[i]) / top ** 2, b = (w * this.densityMax[j]) / top ** 2;
    for (let k = 0, p = i * n, r = j * n; k < n; k++, p++, r++)
      out[k] = q[p] > top || q[r] > top ? NaN : a * q[p] * q[p] + b * q[r] * q[r];
    return out;
  }

  // v_t(x) at all grid points, on the line only.
  /** @param {number} t */
  velocityAt(t) {
    if (!this.velocity) return null;
    const { i, j, w } = this.around(t), n = this.cells, v = this.velocity;
    return Float64Array.from({ length: n }, (_, k) => (1 - w) * v[i * n + k] + w * v[j * n + k]);
  }

  // Positions of all particles, x0, y0, x1, y1 …; NaN for failed ones.
  /** @param {number} t @param {Float32Array} [out] */
  placesAt(t, out) {
    const { i, j, w } = this.around(t), size = this.numParticles * this.dim;
    const places = out?.length === size ? out : new Float32Array(size);
    if (i === j) return places.map((_, k) => this.coordinateAt(k, i));
    return onPiece(this.piece(i), w, places);
  }

  // One coordinate of one particle at a frame; k = dim · particle + axis.
  /** @param {number} k @param {number} frame */
  coordinateAt(k, frame) {
    const level = this.particles[frame * this.numParticles * this.dim + k], [low, high] = this.box[k % this.dim];
    return level === UNKNOWN_16 ? NaN : low + ((high - low) / (UNKNOWN_16 - 1)) * level;
  }

  // The paths of all particles from frame i to the next, as cubics. Those of the last few intervals are kept, since
  // playing needs them repeatedly.
  /** @param {number} i */
  piece(i) {
    const pieces = this.#pieces;
    if (!pieces.has(i)) {
      if (pieces.size >= PIECES_KEPT) pieces.delete(pieces.keys().next().value);
      const count = this.numParticles * this.dim;
      pieces.set(i, smoothPiece(this.times, (k, frame) => this.coordinateAt(k, frame), count, i));
    }
    return pieces.get(i);
  }

  // The times of the points of a path: several between two frames, since mass can cross a gap between two frames.
  get pathTimes() {
    return (this.#pathTimes ??= finer(this.times, PATH_STEPS));
  }

  // The path of one particle: its position at each of `pathTimes`.
  /** @param {number} index @returns {number[][]} */
  path(index) {
    const { dim, times } = this, points = [];
    /** @param {number} axis @param {number} frame */
    const at = (axis, frame) => this.coordinateAt(index * dim + axis, frame);
    for (let i = 0; i + 1 < times.length; i++) {
      const piece = smoothPiece(times, at, dim, i);
      for (let step = 0; step < PATH_STEPS; step++) points.push(onPiece(piece, step / PATH_STEPS));
    }
    return [...points, Array.from({ length: dim }, (_, axis) => at(axis, times.length - 1))];
  }

  // The coordinate of grid point k on an axis; a fractional k lies between grid points.
  /** @param {number} axis @param {number} k */
  point(axis, k) {
    const [low, high, count] = this.axes[axis];
    return low + (k / (count - 1)) * (high - low);
  }

  // The distance between neighbouring grid points on the first axis.
  get spacing() {
    const [low, high, count] = this.axes[0];
    return (high - low) / (count - 1);
  }

  // The cumulative integral of the first coordinate's density at a frame: its values at the grid points, in units of
  // the grid spacing.
  /** @param {number} i */
  runningMass(i) {
    if (this.#running[i]) return this.#running[i];
    const density = this.densityAt(this.times[i]), n = this.axes[0][2], m = this.dim > 1 ? this.axes[1][2] : 1;
    const line = new Float64Array(n), running = new Float64Array(n);
    for (let k = 0; k < this.cells; k++) line[(k / m) | 0] += Number.isNaN(density[k]) ? 0 : density[k];
    for (let k = 1; k < n; k++) running[k] = running[k - 1] + (line[k - 1] + line[k]) / 2;
    return (this.#running[i] = running);
  }

  // The distribution function of the first coordinate at time t, at the grid points.
  /** @param {number} t */
  distribution(t) {
    const { i, j, w } = this.around(t), before = this.runningMass(i), after = this.runningMass(j);
    const mass = before.map((value, k) => (1 - w) * value + w * after[k]), total = mass.at(-1) || 1;
    return mass.map((value) => value / total);
  }

  // The quantile of the first coordinate at a level and a time: the x with this fraction of the mass to its left.
  /** @param {number} level @param {number} t */
  quantileAt(level, t) {
    const { i, j, w } = this.around(t), before = this.runningMass(i), after = this.runningMass(j);
    /** @param {number} k */
    const mass = (k) => (1 - w) * before[k] + w * after[k];
    let low = 0, k = before.length - 1;
    const wanted = level * mass(k);
    while (k - low > 1) {
      const middle = (low + k) >> 1;
      if (mass(middle) < wanted) low = middle;
      else k = middle;
    }
    const rise = mass(k) - mass(k - 1);
    return this.point(0, k - 1 + (rise > 0 ? Math.min(1, Math.max(0, (wanted - mass(k - 1)) / rise)) : 0.5));
  }

  // The distribution function at x: the fraction of the mass to its left.
  /** @param {number} x @param {Float64Array} cumulative @returns {number} */
  levelOf(x, cumulative) {
    const [low, high, count] = this.axes[0];
    const at = Math.min(1, Math.max(0, (x - low) / (high - low))) * (count - 1);
    const k = Math.min(count - 2, Math.floor(at));
    return cumulative[k] + (at - k) * (cumulative[k + 1] - cumulative[k]);
  }

  // On the line, for a level from 0 to 1: the path of the quantile of this level, which is also the path of a sample.
  // If there are particles, it is the path of the particle with this relative rank at the start.
  /** @param {number} level */
  linePath(level) {
    const paths = this.#linePaths;
    if (!paths.has(level)) paths.set(level, this.#linePath(level));
    return paths.get(level);
  }

  // The position at time t of the path that `linePath` returns for this level.
  /** @param {number} level @param {number} t */
  linePathAt(level, t) {
    const path = this.linePath(level), { i, w } = this.around(t), at = (i + w) * PATH_STEPS, k = Math.floor(at);
    return k >= path.length - 1 ? path.at(-1) : path[k] + (at - k) * (path[k + 1] - path[k]);
  }

  /** @param {number} level */
  #linePath(level) {
    if (!this.numParticles) return Array.from(this.pathTimes, (t) => this.quantileAt(level, t));
    return this.path(this.ranks[Math.round(level * (this.ranks.length - 1))]).map(([x]) => x);
  }

  // On the line: the indices of the particles, from left to right at the start.
  get ranks() {
    if (!this.#ranks) {
      const start = this.placesAt(this.times[0]);
      this.#ranks = Array.from(start.keys()).sort((a, b) => start[a] - start[b]);
    }
    return this.#ranks;
  }
}

// The times with every interval divided into equal steps.
/** @param {Values} times @param {number} steps */
function finer(times, steps) {
  if (times.length < 2) return Float64Array.from(times);
  const last = times.length - 1;
  return Float64Array.from({ length: last * steps + 1 }, (_, k) => {
    const i = Math.min(last - 1, Math.floor(k / steps)), w = k / steps - i;
    return (1 - w) * times[i] + w * times[i + 1];
  });
}

// The indices i and j of the two neighbouring `times` of t, and the interpolation weight w of the time with index j.
/** @param {ArrayLike<number>} times @param {number} t */
function aroundTime(times, t) {
  const last = times.length - 1;
  if (!last) return { i: 0, j: 0, w: 0 };
  let i = 0;
  while (i < last - 1 && times[i + 1] <= t) i++;
  const w = (t - times[i]) / (times[i + 1] - times[i]);
  // Exactly at a frame, the neighbouring frame must not contribute, since its values may be NaN.
  if (w <= 0) return { i, j: i, w: 0 };
  return w >= 1 ? { i: i + 1, j: i + 1, w: 0 } : { i, j: i + 1, w };
}

// Interpolates `values`, one number per frame, at time t.
/** @param {Frames} frames @param {Values} values @param {number} t */
function valueAt(frames, values, t) {
  const { i, j, w } = frames.around(t);
  return w === 0 ? values[i] : w === 1 ? values[j] : (1 - w) * values[i] + w * values[j];
}

// The mode masses at time t, one number per mode.
/** @param {Frames} frames @param {Values} masses @param {number} t */
function massesAt(frames, masses, t) {
  const { i, j, w } = frames.around(t), K = frames.numModes;
  return Array.from({ length: K }, (_, k) => (1 - w) * masses[i * K + k] + w * masses[j * K + k]);
}
