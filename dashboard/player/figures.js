// @ts-check
// One figure for each view: title, badge, key numbers, picture, and a note over the picture.

const FIGURE = `<figcaption><span class="title"></span> <span class="badge"></span>
  <a class="learn" hidden></a>
  <button class="only icon quiet"></button></figcaption>
  <div class="numbers"><dl>
    <div><dt><button class="term" data-term="kinetic_energy">‖vₜ‖²</button></dt><dd class="energy">–</dd></div>
    <div><dt><button class="term" data-term="largest_speed">max |vₜ|</button></dt><dd class="fastest">–</dd></div>
  </dl><span class="beside"></span><button class="term action" data-term="action"></button></div>
  <canvas role="img" aria-label="${TEXTS.undescribed}"></canvas>
  <div class="shape" hidden><svg aria-hidden="true"><path></path></svg></div>
  <div class="handles"></div><p class="over" hidden></p>`;

// Creates, reuses and removes figures, so that the page shows one for each view in order.
/** @param {Player} player @param {View[]} views */
function placeFigures(player, views) {
  const place = player.$(".panels"), names = views.map((view, k) => figureName(views, view, k));
  for (const [name, figure] of player.figures) {
    if (names.includes(name)) continue;
    figure.remove();
    player.figures.delete(name);
  }
  views.forEach((view, k) => {
    if (!player.figures.has(names[k])) player.figures.set(names[k], newFigure(player));
    const figure = player.figures.get(names[k]);
    if (place.children[k] !== figure) place.insertBefore(figure, place.children[k] ?? null);
    fillFigure(player, figure, view);
  });
  const wide = [0, 1, 2, 3, 2][views.length] ?? 3, flat = views[0]?.frames.dim === 1;
  place.style.setProperty("--columns", String(Math.max(1, wide)));
  place.classList.toggle("plane", views[0]?.frames.dim > 1);
  const stretch = flat ? (views.length > 1 ? 1.35 : 1.05) : 1.1;
  place.style.setProperty("--height", `${(player.options.height * stretch) / 16}rem`);
}

/** @param {View[]} views @param {View} view @param {number} k */
function figureName(views, view, k) {
  return `${view.panel.key}/${views.findIndex((other) => other.panel === view.panel) === k ? 0 : 1}`;
}

/** @param {Player} player @param {Figure} figure @param {View} view */
function fillFigure(player, figure, view) {
  /** @param {string} name @returns {Control} */
  const field = (name) => figure.querySelector(`.${name}`);
  view.canvas = /** @type {Picture} */ (figure.querySelector("canvas"));
  view.canvas.view = view;
  view.numbers = { energy: field("energy"), speed: field("fastest"), beside: field("beside") };
  // Layers that were drawn for the same frames are reused. Layers for other frames are redrawn on the same canvases.
  if (figure.kept) Object.assign(view, layersOf(figure.kept));
  figure.kept = view;
  figure.style.setProperty("--colour", view.methodColour);
  figure.classList.toggle("stale", view.stale);
  figure.classList.toggle("dim", view.untrained);
  setText(field("title"), view.panel.title);
  setText(field("badge"), view.badge);
  setText(field("action"), actionText(view));
  setText(field("over"), overText(view));
  field("over").hidden = !field("over").textContent;
  fillOnly(player, field("only"), view);
  fillLearn(player, figure.querySelector(".learn"), view.panel.method);
}

// Shows the link to the step of a lesson that explains a panel, if the page provides one.
/** @param {Player} player @param {HTMLAnchorElement} link @param {string} method */
function fillLearn(player, link, method) {
  const step = player.options.learn?.[method];
  link.hidden = !step;
  if (!step || link.title === TEXTS.learn(step.title)) return;
  setIcon(link, "learn");
  link.href = step.href;
  link.title = TEXTS.learn(step.title);
  link.setAttribute("aria-label", link.title);
  link.onclick = (event) => pressOwn(event, `.st-key-learn-${method} a`);
}

// Clicks the page's own link, which opens the target page without loading the app again.
/** @param {MouseEvent} event @param {string} selector */
function pressOwn(event, selector) {
  /** @type {HTMLElement | null} */
  const own = document.querySelector(selector);
  if (!own || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  own.click();
}

/** @param {Player} player @param {Control} button @param {View} view */
function fillOnly(player, button, view) {
  const solo = player.settings.solo !== null;
  button.hidden = player.panels.length < 2;
  setIcon(button, solo ? "all" : "only");
  button.title = solo ? TEXTS.showAll : TEXTS.showAlone;
  button.setAttribute("aria-label", `${button.title}: ${view.panel.title}`);
  button.onclick = () => {
    player.choose({ solo: solo ? null : view.panel.key });
    player.commitSoon();
  };
}

/** @param {Layers} layers */
function layersOf({ layer, layerKey, layerOf, evolution, screen, image, still, dots }) {
  return { layer, layerKey, layerOf, evolution, screen, image, still, dots };
}

/** @param {Player} player */
function newFigure(player) {
  const figure = document.createElement("figure");
  figure.innerHTML = FIGURE;
  const canvas = /** @type {Picture} */ (figure.querySelector("canvas"));
  canvas.onclick = (event) => canvas.wasDragged || onPicture(player, canvas.view, event);
  canvas.ondblclick = (event) => player.modes.add(canvas.view, event.offsetX, event.offsetY);
  wireGestures(player, canvas);
  for (const each of figure.querySelectorAll("button[data-term]")) {
    const button = /** @type {HTMLElement} */ (each);
    button.title = TEXTS.define;
    button.onclick = () => define(player, button);
  }
  return figure;
}

// A click traces one particle, or one quantile, in all panels; a second click clears the trace.
/** @param {Player} player @param {View} view @param {MouseEvent} event */
function onPicture(player, view, event) {
  const box = view.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
  player.root.focus({ preventScroll: true });
  const found = view.frames.dim > 1 ? particleAt(view, px, py) : levelAt(view, player.scene, px, py);
  player.scene.traced = isSameTrace(player.scene.traced, found) ? null : found;
  player.clock.request();
}

/** @param {Trace | null} traced @param {Trace | null} found */
function isSameTrace(traced, found) {
  if (!traced || !found) return false;
  return found.index !== undefined ? traced.index === found.index : Math.abs(traced.level - found.level) < 0.02;
}

// Shows the definition of a key number beside it.
/** @param {Player} player @param {HTMLElement} button */
function define(player, button) {
  const text = player.$(".definition");
  const reason = button.textContent.startsWith(TEXTS.actionUnknown(true)) ? TEXTS.whyUnknown : "";
  text.textContent = [player.options.glossary?.[button.dataset.term], reason].filter(Boolean).join(" ");
  // With `source`, the definition appears beside the button in browsers that support this.
  /** @type {any} */ (text).showPopover({ source: button });
}
