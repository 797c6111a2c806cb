// A stage: one player of the page with its sliders. A slider's positions have reels of their own.

/** @typedef {{param: string, values: number[], own: number, reels: (string | null)[]}} Family */
/** @typedef {{reel: string, plays: boolean, options: any, families: Family[], conditions: any[]}} StageSpec */

// Pixels: the width of a printed picture.
const PRINT_WIDTH = 1000;

class Stage {
  /** @param {HTMLElement} element @param {StageSpec} spec @param {object} palettes */
  constructor(element, spec, palettes) {
    Object.assign(this, { element, spec, palettes, moved: null, turn: 0, onChange: [], marks: [] });
    Object.assign(this, { isSeen: false, wasSeen: false, resumes: spec.plays });
    this.host = element.querySelector(".host");
    this.shadow = this.host.attachShadow({ mode: "open" });
    this.shadow.append(document.getElementById("player").content.cloneNode(true));
    this.sliders = [...element.querySelectorAll("input[data-param]")];
    for (const slider of this.sliders) slider.oninput = () => this.move(slider);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  get root() {
    return this.shadow.querySelector(".player");
  }

  get player() {
    return players.get(this.root);
  }

  get t() {
    return this.player?.scene?.t ?? 0;
  }

  // The moved slider's family and position; null at the view's own settings.
  get place() {
    const family = this.spec.families.find(({ param }) => param === this.moved?.param);
    return family && this.moved.k !== family.own ? { family, k: this.moved.k } : null;
  }

  // Shows the reel of the sliders' positions.
  async show() {
    const turn = (this.turn += 1), { place, spec } = this;
    const id = place ? place.family.reels[place.k] : spec.reel;
    const data = await reelOf(document.getElementById(id).textContent);
    if (turn !== this.turn) return; // another position was chosen meanwhile
    const { preview } = spec.options, value = place?.family.values[place.k];
    const terms = place ? { ...preview, problem: withValue(preview.problem, place.family.param, value) } : preview;
    const options = { ...spec.options, palettes: this.palettes, preview: terms, marks: this.marks };
    showReel({ data, options, parentElement: this.shadow, setStateValue: () => this.changed() });
    this.element.dataset.shown = id;
    this.changed();
  }

  // Only one slider is away from the view's value: the reels of a family share all other settings.
  move(slider) {
    const k = Number(slider.value);
    this.moved = { param: slider.dataset.param, k };
    for (const family of this.spec.families) {
      const other = this.sliders.find(({ dataset }) => dataset.param === family.param);
      if (other !== slider) other.value = family.own;
      const text = String(family.values[Number(other.value)]);
      other.setAttribute("aria-valuetext", text);
      other.nextElementSibling.textContent = text;
    }
    this.show();
  }

  changed() {
    for (const heard of this.onChange) heard();
  }

  // Draws lines on the time axis.
  mark(marks) {
    this.marks = this.player.options.marks = marks;
    this.player.rebuild();
  }

  // Plays only while it is on the screen.
  see(isSeen) {
    if (!this.player || isSeen === this.isSeen) return;
    this.isSeen = isSeen;
    this.wasSeen ||= isSeen;
    if (!isSeen) {
      this.resumes = this.player.clock.playing;
      this.player.pause();
    } else if (this.resumes && !this.calm) this.player.play();
  }

  // Takes over the page's colours.
  recolour() {
    this.player?.receive(this.player.bytes, this.player.options);
  }

  // A picture for paper at the time of the view or of the viewer; while it plays, at the worst moment.
  print() {
    const { player, host } = this;
    if (!player) return;
    const { t, playing } = player.clock, isUntouched = this.spec.plays && (playing || !this.wasSeen);
    player.pause();
    host.style.width = `${PRINT_WIDTH}px`;
    this.recolour();
    Object.assign(player.theme, { paper: "#ffffff" });
    if (isUntouched) player.clock.t = worstMoment(player.scene.views)?.t ?? t;
    player.draw();
    const picture = composite(player);
    picture.className = "printed";
    this.element.append(picture);
    host.style.width = "";
    player.clock.t = t;
  }

  unprint() {
    this.element.querySelector(".printed")?.remove();
    this.recolour();
  }
}

/** @param {any} problem @param {string} param @param {number} value */
function withValue(problem, param, value) {
  if (param in problem) return { ...problem, [param]: value };
  return { ...problem, target: { ...problem.target, [param]: value } };
}
