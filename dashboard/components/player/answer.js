// An answer: a curve, its velocity and its particles over time, and what can be read off them between two frames.

class Answer {
  constructor(told, arrays) {
    const array = (key) => arrays[`${told.name}.${key}`] ?? null;
    const values = (key) => array(key)?.values ?? null;
    Object.assign(this, { source: told.source, dim: told.dim, axes: told.axes, box: told.box });
    this.step = told.step ?? null;
    this.seconds = told.seconds ?? null;
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
    this.speed = values("max_speed");
    this.modeMass = values("mode_mass");
    this.particleMass = values("particle_mass");
    this.numModes = (array("mode_mass") ?? array("particle_mass"))?.shape[1] ?? 0;
  }

  // The frames around a time, and how far it is between them.
  around(t) {
    const last = this.times.length - 1;
    let i = 0;
    while (i < last - 1 && this.times[i + 1] <= t) i++;
    if (!last) return { i: 0, j: 0, w: 0 };
    const w = (t - this.times[i]) / (this.times[i + 1] - this.times[i]);
    return { i, j: i + 1, w: Math.min(1, Math.max(0, w)) };
  }

  // ρ_t at all points of the grid, per unit of x.
  densityAt(t, out = new Float64Array(this.cells)) {
    const { i, j, w } = this.around(t), n = this.cells, q = this.density, top = this.unknown - 1;
    const a = ((1 - w) * this.densityMax[i]) / top ** 2, b = (w * this.densityMax[j]) / top ** 2;
    for (let k = 0, p = i * n, r = j * n; k < n; k++, p++, r++)
      out[k] = q[p] > top || q[r] > top ? NaN : a * q[p] * q[p] + b * q[r] * q[r];
    return out;
  }

  // v_t(x) on the line.
  velocityAt(t) {
    if (!this.velocity) return null;
    const { i, j, w } = this.around(t), n = this.cells, v = this.velocity;
    return Float64Array.from({ length: n }, (_, k) => (1 - w) * v[i * n + k] + w * v[j * n + k]);
  }

  // Where all particles are: x0, y0, x1, y1 …; NaN for lost ones.
  placesAt(t, out) {
    const { i, j, w } = this.around(t), size = this.numParticles * this.dim, q = this.particles;
    const places = out?.length === size ? out : new Float32Array(size);
    for (let axis = 0; axis < this.dim; axis++) {
      const low = this.box[axis][0], unit = (this.box[axis][1] - low) / (UNKNOWN_16 - 1);
      for (let k = axis, p = i * size + axis, r = j * size + axis; k < size; k += this.dim, p += this.dim, r += this.dim)
        places[k] = q[p] === UNKNOWN_16 || q[r] === UNKNOWN_16 ? NaN : low + unit * ((1 - w) * q[p] + w * q[r]);
    }
    return places;
  }

  // The path of one particle over the frames' times.
  path(index) {
    return Array.from(this.times, (t) => {
      const places = this.placesAt(t);
      return Array.from(places.subarray(index * this.dim, (index + 1) * this.dim));
    });
  }

  point(axis, k) {
    const [low, high, count] = this.axes[axis];
    return low + (k / (count - 1)) * (high - low);
  }

  // The distribution function of the first coordinate at a time, at the grid's points.
  distribution(t) {
    const density = this.densityAt(t), n = this.axes[0][2], m = this.dim > 1 ? this.axes[1][2] : 1;
    const line = new Float64Array(n), total = new Float64Array(n);
    for (let k = 0; k < this.cells; k++) line[(k / m) | 0] += Number.isNaN(density[k]) ? 0 : density[k];
    for (let k = 1; k < n; k++) total[k] = total[k - 1] + (line[k - 1] + line[k]) / 2;
    return total.map((mass) => mass / (total[n - 1] || 1));
  }

  // Where a share of the mass lies to the left.
  quantile(level, cumulative) {
    let k = 1;
    while (k < cumulative.length - 1 && cumulative[k] < level) k++;
    const rise = cumulative[k] - cumulative[k - 1];
    return this.point(0, k - 1 + (rise > 0 ? Math.min(1, Math.max(0, (level - cumulative[k - 1]) / rise)) : 0.5));
  }

  // The share of the mass left of a place.
  levelOf(x, cumulative) {
    const [low, high, count] = this.axes[0], at = Math.min(count - 1, Math.max(0, ((x - low) / (high - low)) * (count - 1)));
    const k = Math.min(count - 2, Math.floor(at));
    return cumulative[k] + (at - k) * (cumulative[k + 1] - cumulative[k]);
  }

  // On the line: distribution functions at all frames, made once.
  get distributions() {
    return (this._distributions ??= Array.from(this.times, (t) => this.distribution(t)));
  }

  // On the line: the path that keeps a share of the mass below it, or the particle that starts there.
  linePath(level) {
    const paths = (this._paths ??= new Map());
    if (!paths.has(level)) paths.set(level, this._linePath(level));
    return paths.get(level);
  }

  _linePath(level) {
    if (!this.numParticles) return this.distributions.map((cumulative) => this.quantile(level, cumulative));
    if (!this._ranks) {
      const start = this.placesAt(this.times[0]);
      this._ranks = Array.from(start.keys()).sort((a, b) => start[a] - start[b]);
    }
    return this.path(this._ranks[Math.round(level * (this._ranks.length - 1))]).map(([x]) => x);
  }
}

// A row of values over time, between two frames.
function between(answer, values, t) {
  const { i, j, w } = answer.around(t);
  return w === 0 ? values[i] : w === 1 ? values[j] : (1 - w) * values[i] + w * values[j];
}

function massesAt(answer, masses, t) {
  const { i, j, w } = answer.around(t), K = answer.numModes;
  return Array.from({ length: K }, (_, k) => (1 - w) * masses[i * K + k] + w * masses[j * K + k]);
}
