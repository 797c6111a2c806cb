// @ts-check
// A stage: one player of the page with its sliders. Each position of a slider has its own reel (encoded pictures).

// The width of a printed picture, in pixels.
const PRINT_WIDTH = 1000;

class Stage {
  /** @type {{param: string, k: number} | null} The slider that was moved last, and its position. */
  moved = null;
  turn = 0;
  /** @type {(() => void)[]} Called after every change of the picture or the time. */
  onChange = [];
  /** @type {TimeMark[]} */
  marks = [];
  isSeen = false;
  wasSeen = false;

  /** @param {HTMLElement} element @param {StageSpec} spec @param {Palettes} palettes */
  constructor(element, spec, palettes) {
    this.element = element;
    this.spec = spec;
    this.palettes = palettes;
    this.resumes = spec.plays;
    this.host = /** @type {HTMLElement} */ (element.querySelector(".host"));
    this.shadow = this.host.attachShadow({ mode: "open" });
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("player"));
    this.shadow.append(template.content.cloneNode(true));
    this.sliders = elementsIn(element, "input[data-param]").map((slider) => /** @type {HTMLInputElement} */ (slider));
    for (const slider of this.sliders) slider.oninput = () => this.move(slider);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** @returns {HTMLElement} */
  get root() {
    return this.shadow.querySelector(".player");
  }

  get player() {
    return players.get(this.root);
  }

  get t() {
    return this.player?.scene?.t ?? 0;
  }

  // The position of the moved slider, with its family (the pictures of all its positions); null if all sliders are at
  // the view's own settings.
  /** @returns {Position | null} */
  get place() {
    const family = this.spec.families.find(({ param }) => param === this.moved?.param);
    return family && this.moved.k !== family.own ? { family, k: this.moved.k } : null;
  }

  // The value of a table at the current positions of the sliders.
  /**
   * @template Value
   * @param {Table<Value>} table
   * @returns {Value}
   */
  entryOf(table) {
    const { place } = this;
    return place ? /** @type {Value[]} */ (table[place.family.param])[place.k] : table.own;
  }

  // Shows the pictures for the current positions of the sliders.
  async show() {
    const turn = (this.turn += 1), { place, spec } = this;
    const id = place ? place.family.reels[place.k] : spec.reel;
    const data = await reelOf(document.getElementById(id).textContent);
    if (turn !== this.turn) return; // another position has been chosen in the meantime
    const { preview } = spec.options, value = place?.family.values[place.k];
    const terms = place ? { ...preview, problem: withValue(preview.problem, place.family.param, value) } : preview;
    const options = { ...spec.options, palettes: this.palettes, preview: terms, marks: this.marks };
    showReel({ data, options, parentElement: this.shadow, setStateValue: () => this.changed() });
    this.element.dataset.shown = id;
    this.changed();
  }

  // Handles a moved slider. All other sliders return to the view's own values, since pictures exist only for one
  // changed setting at a time.
  /** @param {HTMLInputElement} slider */
  move(slider) {
    const k = Number(slider.value);
    this.moved = { param: slider.dataset.param, k };
    for (const family of this.spec.families) {
      const other = this.sliders.find(({ dataset }) => dataset.param === family.param);
      if (other !== slider) other.value = String(family.own);
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
  /** @param {TimeMark[]} marks */
  mark(marks) {
    this.marks = this.player.options.marks = marks;
    this.player.rebuild();
  }

  // Lets the player run only while it is visible on the screen.
  /** @param {boolean} isSeen */
  see(isSeen) {
    if (!this.player || isSeen === this.isSeen) return;
    this.isSeen = isSeen;
    this.wasSeen ||= isSeen;
    if (!isSeen) {
      this.resumes = this.player.clock.playing;
      this.player.pause();
    } else if (this.resumes && !this.calm) this.player.play();
  }

  // Applies the page's colours.
  recolour() {
    this.player?.receive(this.player.bytes, this.player.options);
  }

  // Draws a picture for printing, at the time that the view or the viewer has set. If the view starts by playing and
  // the viewer has not paused it, the picture shows the moment of the largest kinetic energy.
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

/** @param {Problem} problem @param {string} param @param {number} value @returns {Problem} */
function withValue(problem, param, value) {
  if (param in problem) return { ...problem, [param]: value };
  return { ...problem, target: { ...problem.target, [param]: value } };
}
