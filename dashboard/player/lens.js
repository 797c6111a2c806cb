// @ts-check
// The lens: the visible part of space, the same in all panels. It is the whole space of the pictures, a box that the
// viewer has chosen by zooming, or, in the plane, a box that follows the mass.

// The largest zoom, and the zoom factor of one press of a button or key.
const MAX_ZOOM = 100, ZOOM_STEP = 1.5;
// The box that follows the mass is this many times as wide as the mass, and at least this many grid cells.
const FOLLOW_MARGIN = 1.35, MIN_CELLS = 4;

class Lens {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    /** @type {Interval[]} */
    this.whole = [];
    /** @type {Interval[]} */
    this.shown = [];
  }

  get memory() {
    return this.player.memory.lens;
  }

  // The visible box at time t. It stays fixed while a mode is dragged; otherwise the mode would escape the pointer.
  /** @param {number} t @param {View[]} views @param {Interval[]} whole @param {Interval[] | undefined} held */
  boxAt(t, views, whole, held) {
    this.whole = whole;
    const { follow, box } = this.memory;
    if (held) return held;
    const chosen = follow && whole.length > 1 ? massBox(views, t, whole) : box?.length === whole.length ? box : whole;
    const next = chosen.map((range, k) => within(range, whole[k]));
    // If the box is unchanged, the same object is returned, so that layers drawn for it are reused.
    if (JSON.stringify(next) !== JSON.stringify(this.shown)) this.shown = next;
    return this.shown;
  }

  // The factor by which the picture is enlarged.
  get factor() {
    const [seen] = this.shown, [all] = this.whole;
    return seen && all ? (all[1] - all[0]) / (seen[1] - seen[0]) : 1;
  }

  get isWhole() {
    return !this.memory.follow && !this.memory.box;
  }

  // Enlarges around a point, by default the middle of the box; a factor below 1 zooms out.
  /** @param {number} factor @param {number[] | null} at */
  zoom(factor, at = null) {
    const { whole, shown } = this, bounded = Math.min(MAX_ZOOM / this.factor, Math.max(1 / this.factor, factor));
    /** @type {Interval[]} */
    const box = shown.map(([low, high], k) => {
      const centre = at?.[k] ?? (low + high) / 2;
      return [centre - (centre - low) / bounded, centre + (high - centre) / bounded];
    });
    this.show(this.factor * bounded < 1.0001 ? null : box.map((range, k) => within(range, whole[k])));
  }

  // Shifts the box by a distance on each axis.
  /** @param {number[]} distances */
  pan(distances) {
    if (this.factor < 1.0001) return;
    this.show(this.shown.map(([low, high], k) => within([low + distances[k], high + distances[k]], this.whole[k])));
  }

  // Sets the box immediately, since further events may arrive before the next drawing.
  /** @param {Interval[] | null} box */
  show(box) {
    Object.assign(this.memory, { box, follow: false });
    this.shown = box ?? this.whole;
    this.changed();
  }

  // Forgets the chosen box when the target changes.
  /** @param {string | undefined} name */
  newTarget(name) {
    if (this.memory.target !== name) Object.assign(this.memory, { target: name, box: null });
  }

  toggleFollow() {
    Object.assign(this.memory, { box: null, follow: !this.memory.follow });
    this.changed();
  }

  changed() {
    this.player.refreshLens();
    this.player.clock.request();
  }
}

// The range, shifted so that it lies within the bounds; the bounds themselves if the range is longer.
/** @param {Interval} range @param {Interval} bounds @returns {Interval} */
function within([low, high], [least, most]) {
  if (high - low >= most - least) return [least, most];
  const shift = Math.max(0, least - low) - Math.max(0, high - most);
  return [low + shift, high + shift];
}

// A square around the mass of all panels at time t, with a margin.
/** @param {View[]} views @param {number} t @param {Interval[]} whole @returns {Interval[]} */
function massBox(views, t, whole) {
  const hulls = views.map(({ frames }) => massHullOf(frames, t));
  const cell = Math.max(...views.map(({ frames }) => frames.spacing));
  const hull = whole.map((_, k) => [Math.min(...hulls.map((h) => h[k][0])), Math.max(...hulls.map((h) => h[k][1]))]);
  const half = Math.max(MIN_CELLS * cell, ...hull.map(([low, high]) => (FOLLOW_MARGIN * (high - low)) / 2));
  return hull.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}
