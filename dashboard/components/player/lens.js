// The lens: which part of the pictures is seen, the same in all panels. All of it, a part chosen by hand, or, in the
// plane, the part that holds the mass at each time.

// A picture is enlarged so many times at most, by this factor at a press of a button or a key.
const DEEPEST = 100, ZOOM_STEP = 1.5;
// Around the mass, this share of its extent; and never fewer cells of the grid than this.
const AIR = 1.35, FEWEST_CELLS = 4;

class Lens {
  constructor(player) {
    Object.assign(this, { player, whole: [], shown: [] });
  }

  get memory() {
    return this.player.memory.lens;
  }

  // The part that is seen at a time. While a mode is held it stays, or the mode would run away with the finger.
  boxAt(t, views, whole, held) {
    this.whole = whole;
    const { follow, box } = this.memory;
    if (held) return held;
    const chosen = follow && whole.length > 1 ? massBox(views, t, whole) : box?.length === whole.length ? box : whole;
    const next = chosen.map((range, k) => within(range, whole[k]));
    // The same part is the same object, so that layers drawn for it are kept.
    if (JSON.stringify(next) !== JSON.stringify(this.shown)) this.shown = next;
    return this.shown;
  }

  get factor() {
    const [seen] = this.shown, [all] = this.whole;
    return seen && all ? (all[1] - all[0]) / (seen[1] - seen[0]) : 1;
  }

  get isWhole() {
    return !this.memory.follow && !this.memory.box;
  }

  // Enlarges around a place, by default the middle of what is seen; below 1 it shows more.
  zoom(factor, at = null) {
    const { whole, shown } = this, bounded = Math.min(DEEPEST / this.factor, Math.max(1 / this.factor, factor));
    const box = shown.map(([low, high], k) => {
      const centre = at?.[k] ?? (low + high) / 2;
      return [centre - (centre - low) / bounded, centre + (high - centre) / bounded];
    });
    this.show(this.factor * bounded < 1.0001 ? null : box.map((range, k) => within(range, whole[k])));
  }

  // Moves what is seen by a distance on each axis.
  pan(distances) {
    if (this.factor < 1.0001) return;
    this.show(this.shown.map(([low, high], k) => within([low + distances[k], high + distances[k]], this.whole[k])));
  }

  // Known at once, since several events may come before the next picture.
  show(box) {
    Object.assign(this.memory, { box, follow: false });
    this.shown = box ?? this.whole;
    this.changed();
  }

  // A part that was chosen in one target says nothing about another.
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

// A range moved into another, or the other one where it is longer.
function within([low, high], [least, most]) {
  if (high - low >= most - least) return [least, most];
  const shift = Math.max(0, least - low) - Math.max(0, high - most);
  return [low + shift, high + shift];
}

// A square around the mass of all panels at a time, with some air.
function massBox(views, t, whole) {
  const hulls = views.map(({ answer }) => massHullOf(answer, t));
  const cell = Math.max(...views.map(({ answer }) => spacingOf(answer)));
  const hull = whole.map((_, k) => [Math.min(...hulls.map((h) => h[k][0])), Math.max(...hulls.map((h) => h[k][1]))]);
  const half = Math.max(FEWEST_CELLS * cell, ...hull.map(([low, high]) => (AIR * (high - low)) / 2));
  return hull.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

// The distance between two points of the grid on the first axis.
function spacingOf({ axes: [[low, high, count]] }) {
  return (high - low) / (count - 1);
}
