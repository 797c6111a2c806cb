// @ts-check
// Previews: while a slider or a mode moves, the player requests exact pictures for its current value from the server.
// The page's own result replaces them when it arrives.

// If the page has sent no result this long after the last movement, its earlier pictures are shown again.
const PAGE_MS = 10000;

class Preview {
  /** @type {Terms} */
  terms = null;
  pageKey = "";
  /** @type {Panel[]} */
  panels = null;
  /** @type {Problem} */
  shownProblem = null;
  /** @type {{problem: Problem, method: string}} */
  next = null;
  isFetching = false;
  /** @type {PageSlider} */
  held = null;
  timer = 0;
  hasWarned = false;
  ended = new AbortController();

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    const options = { capture: true, signal: this.ended.signal };
    /** @param {keyof DocumentEventMap} name @param {(event: any) => void} handler */
    const listen = (name, handler) => document.addEventListener(name, handler, options);
    listen("keydown", (event) => this.onKey(event));
    listen("pointerdown", (event) => this.hold(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) listen(name, () => this.release());
  }

  // Receives the settings of the page's own pictures. If these settings have changed, the previews are removed.
  /** @param {Terms | null} terms */
  follow(terms) {
    const pageKey = settingsKey(terms ?? {});
    if (pageKey !== this.pageKey) this.drop();
    Object.assign(this, { terms, pageKey });
  }

  // The settings of the visible pictures.
  get shownTerms() {
    return this.terms && { ...this.terms, problem: this.isShown ? this.shownProblem : this.terms.problem };
  }

  get isShown() {
    return this.panels !== null;
  }

  // The page's panels, with their exact pictures replaced by previews.
  /** @param {Panel[]} panels */
  mergedWith(panels) {
    if (!this.panels) return panels;
    const { curves } = this.terms;
    /** @param {Panel} panel */
    const isWanted = ({ key }) => !curves?.length || curves.includes(key);
    const keys = new Set([...panels, ...this.panels.filter(isWanted)].map(({ key }) => key));
    const order = Object.keys(this.player.options.palettes.methods);
    /** @param {Panel[]} list @param {string} key */
    const find = (list, key) => list.find((panel) => panel.key === key);
    const found = [...keys].map((key) => panelAhead(find(panels, key), find(this.panels, key)));
    return found.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  }

  // Streamlit's sliders send no events while they move, so their value is read after each key, and at every animation
  // frame while a pointer is down.
  /** @param {KeyboardEvent} event */
  onKey(event) {
    const slider = this.sliderOf(event.target);
    if (slider) setTimeout(() => this.readSlider(slider));
  }

  /** @param {PointerEvent} event */
  hold(event) {
    const pressed = /** @type {Element} */ (event.target).closest?.("[data-testid=stSlider]");
    const slider = this.sliderOf(pressed?.querySelector("input[type=range]"));
    if (!slider || slider.input.disabled) return;
    this.held = slider;
    const follow = () => {
      if (this.held !== slider) return;
      this.readSlider(slider);
      requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  }

  /** @param {PageSlider} slider */
  readSlider(slider) {
    const value = Number(slider.input.value);
    if (value === slider.value || !this.terms) return;
    slider.value = value;
    const { name } = slider, { problem } = this.terms;
    if (name in problem) this.request({ ...problem, [name]: value });
    else this.request({ ...problem, target: { ...problem.target, [name]: value } });
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.expectPage();
  }

  // An element of the page as a slider, with the name of the setting that it changes; null for any other element.
  /** @param {any} input @returns {PageSlider | null} */
  sliderOf(input) {
    if (!this.terms || input?.type !== "range" || !input.closest("[data-testid=stSlider]")) return null;
    const classes = [...(input.closest("[class*=st-key-]")?.classList ?? [])];
    const name = classes.map((each) => this.terms.sliders[each]).find(Boolean);
    return name ? { input, name, value: Number(input.value) } : null;
  }

  /** @param {Problem} problem */
  request(problem) {
    this.next = { problem, method: this.terms.method };
    this.expectPage();
    this.fetchAll();
  }

  // Sends one request at a time. Of the settings that arrive meanwhile, only the newest are requested. The next
  // request is sent before the last pictures are drawn, so that the server computes while the browser draws.
  async fetchAll() {
    if (this.isFetching) return;
    this.isFetching = true;
    try {
      let sent = this.send();
      while (sent) {
        const arrived = { ...sent, bytes: await sent.response };
        if (this.held) this.readSlider(this.held);
        sent = this.send();
        this.show(arrived);
      }
    } finally {
      this.isFetching = false;
    }
  }

  // Sends the next request; returns null if there is none. If the page's own pictures already show these settings,
  // nothing is requested, and `response` is null.
  /** @returns {SentRequest | null} */
  send() {
    const { next, pageKey } = this;
    if (!next) return null;
    this.next = null;
    return { problem: next.problem, pageKey, response: settingsKey(next) === pageKey ? null : this.fetch(next) };
  }

  // Shows the previews that have arrived. Previews that arrive after the page's own result are ignored, and a failed
  // request leaves the pictures as they are.
  /** @param {{problem: Problem, pageKey: string, bytes: Uint8Array | null | undefined}} arrived */
  show({ problem, pageKey, bytes }) {
    if (pageKey !== this.pageKey || bytes === undefined) return;
    const panels = bytes && panelsOf(bytes);
    if (panels === undefined) return;
    Object.assign(this, { panels, shownProblem: panels && problem });
    this.player.present();
  }

  /** @param {{problem: Problem, method: string}} settings @returns {Promise<Uint8Array | undefined>} */
  async fetch(settings) {
    const body = JSON.stringify({ ...settings, t: this.player.clock.t });
    const headers = { "Content-Type": "application/json" };
    try {
      const response = await fetch(this.terms.url, { method: "POST", headers, body, signal: this.ended.signal });
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      await this.warnOnce(response);
    } catch {
      // Previews are optional: the page sends its own result in any case.
    }
    return undefined;
  }

  // Warns in the console, once, if the server refuses previews. The status codes 422 (no preview exists for these
  // settings) and 503 (busy) are normal; any other means that the server is set up wrongly.
  /** @param {Response} response */
  async warnOnce(response) {
    if (this.hasWarned || [422, 503].includes(response.status)) return;
    this.hasWarned = true;
    console.warn(TEXTS.noPreviews(response.status, await response.text()));
  }

  // Starts a timer after the last movement. If the page's result has not arrived when it ends, the page's earlier
  // pictures are shown again.
  expectPage() {
    clearTimeout(this.timer);
    const { modes } = this.player;
    if (this.held || modes.held || modes.shaping.held) return;
    this.timer = setTimeout(() => {
      if (!this.isShown && !modes.own) return;
      this.drop();
      modes.forget();
      this.player.present();
    }, PAGE_MS);
  }

  drop() {
    clearTimeout(this.timer);
    Object.assign(this, { panels: null, next: null });
  }

  stop() {
    this.ended.abort();
    this.held = null;
    this.drop();
  }
}

// The panels of a response; undefined if the response is not a reel, for example because a proxy has answered.
/** @param {Uint8Array} bytes @returns {Panel[] | undefined} */
function panelsOf(bytes) {
  try {
    return readPanels(unpackReel(bytes), new Map());
  } catch {
    return undefined;
  }
}

// The page's panel `own` with the exact picture of its preview `ahead`. If there is no preview, a panel without learned
// results keeps its picture, and its badge says that it belongs to the previous settings.
/** @param {Panel | undefined} own @param {Panel | undefined} ahead @returns {Panel} */
function panelAhead(own, ahead) {
  if (own?.course.length) return { ...own, exact: ahead?.exact ?? null, stale: true };
  return ahead ?? { ...own, badge: TEXTS.previousSettings };
}

/** @param {Partial<Terms>} settings */
function settingsKey({ problem, method }) {
  return JSON.stringify([problem, method]);
}
