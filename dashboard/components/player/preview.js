// Pictures ahead of the page: while a slider or a mode moves, those of its place are asked for at once. The page,
// which takes longer to come to the same place, has the last word.

// A page that has not come by then was not on its way.
const PAGE_MS = 10000;

class Preview {
  constructor(player) {
    Object.assign(this, { player, terms: null, place: "", panels: null, shownProblem: null });
    Object.assign(this, { wanted: null, asking: false, held: null, timer: 0 });
    this.ended = new AbortController();
    const options = { capture: true, signal: this.ended.signal };
    const listen = (name, handler) => document.addEventListener(name, handler, options);
    listen("keydown", (event) => this.onKey(event));
    listen("pointerdown", (event) => this.hold(event));
    for (const name of ["pointerup", "pointercancel"]) listen(name, () => this.release());
  }

  // What the page's own pictures are of; once that is something else, they are the newer ones.
  follow(terms) {
    const place = placeOf(terms ?? {});
    if (place !== this.place) this.drop();
    Object.assign(this, { terms, place });
  }

  // What the pictures that are seen are of.
  get shownTerms() {
    return this.terms && { ...this.terms, problem: this.isShown ? this.shownProblem : this.terms.problem };
  }

  get isShown() {
    return this.panels !== null;
  }

  // The page's panels, with the exact pictures of the place on the way.
  over(panels) {
    if (!this.panels) return panels;
    const keys = new Set([...panels, ...this.panels].map(({ key }) => key));
    const order = Object.keys(this.player.options.palettes.methods);
    const find = (list, key) => list.find((panel) => panel.key === key);
    const found = [...keys].map((key) => panelAhead(find(panels, key), find(this.panels, key)));
    return found.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  }

  // Sliders tell nothing of where they are. After a key it is looked at once; while a pointer is down, at every frame.
  onKey(event) {
    const slider = this.sliderOf(event.target);
    if (slider) setTimeout(() => this.look(slider));
  }

  hold(event) {
    const slider = this.sliderOf(event.target.closest?.("[data-testid=stSlider]")?.querySelector("input[type=range]"));
    if (!slider || slider.input.disabled) return;
    this.held = slider;
    const follow = () => {
      if (this.held !== slider) return;
      this.look(slider);
      requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  }

  look(slider) {
    const value = Number(slider.input.value);
    if (value === slider.value || !this.terms) return;
    slider.value = value;
    const { name } = slider, { problem } = this.terms;
    const isOfTarget = !(name in problem), moved = { ...(isOfTarget ? problem.target : problem), [name]: value };
    this.want(isOfTarget ? { ...problem, target: moved } : moved);
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.expectPage();
  }

  // The name of what a slider of the page sets; null for any other thing.
  sliderOf(input) {
    if (!this.terms || input?.type !== "range" || !input.closest("[data-testid=stSlider]")) return null;
    const classes = [...(input.closest("[class*=st-key-]")?.classList ?? [])];
    const name = classes.map((each) => this.terms.sliders[each]).find(Boolean);
    return name ? { input, name, value: Number(input.value) } : null;
  }

  want(problem) {
    this.wanted = { problem, method: this.terms.method };
    this.expectPage();
    this.ask();
  }

  // One request at a time; what was wanted in between is passed over.
  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.wanted) await this.fulfil();
    } finally {
      this.asking = false;
    }
  }

  async fulfil() {
    const { wanted, place } = this;
    this.wanted = null;
    const panels = placeOf(wanted) === place ? null : await this.fetch(wanted);
    // The next request is under way while these are drawn.
    if (this.held) this.look(this.held);
    // The page may have moved on meanwhile; where nothing came, what is shown stays.
    if (place !== this.place || panels === undefined) return;
    Object.assign(this, { panels, shownProblem: panels ? wanted.problem : null });
    this.player.present();
  }

  async fetch(wanted) {
    const body = JSON.stringify({ ...wanted, t: this.player.clock.t });
    const headers = { "Content-Type": "application/json" };
    try {
      const response = await fetch(this.terms.url, { method: "POST", headers, body, signal: this.ended.signal });
      if (response.ok) return takePanels(unpackReel(new Uint8Array(await response.arrayBuffer())), new Map());
      await this.complain(response);
    } catch {
      // The page comes all the same.
    }
    return undefined;
  }

  // Once: a server that refuses all previews is not set up well. What cannot be previewed, or not now, is nothing to complain of.
  async complain(response) {
    if (this.hasComplained || [422, 503].includes(response.status)) return;
    this.hasComplained = true;
    console.warn(`No previews while a slider moves: ${response.status}. ${await response.text()}`);
  }

  // After the last movement the page is on its way; should it not come, its own pictures are shown again.
  expectPage() {
    clearTimeout(this.timer);
    const { modes } = this.player;
    if (this.held || modes.held) return;
    this.timer = setTimeout(() => {
      if (!this.isShown && !modes.own) return;
      this.drop();
      modes.forget();
      this.player.present();
    }, PAGE_MS);
  }

  drop() {
    clearTimeout(this.timer);
    Object.assign(this, { panels: null, wanted: null });
  }

  stop() {
    this.ended.abort();
    this.held = null;
    this.drop();
  }
}

// The page's panel, with the exact picture of the place on the way; where none is known there, what it shows is not
// of that place.
function panelAhead(own, ahead) {
  if (own?.course.length) return { ...own, exact: ahead?.exact ?? null, stale: true };
  return ahead ?? { ...own, badge: INSTEAD.held };
}

function placeOf({ problem, method }) {
  return JSON.stringify([problem, method]);
}
