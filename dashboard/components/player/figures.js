// A figure for each view: its title, its key numbers, its picture, and what is said over it.

const FIGURE = `<figcaption><span class="title"></span> <span class="badge"></span>
  <button class="only icon quiet"></button></figcaption>
  <div class="numbers"><dl>
    <div><dt title="Kinetic energy of the velocity at this time">‖vₜ‖²</dt><dd class="energy">–</dd></div>
    <div><dt title="Largest speed at this time among the places that hold the kinetic energy (ρ|v|² above 10⁻⁶ of its maximum); its square is at least ‖vₜ‖²">max |vₜ|</dt><dd class="fastest">–</dd></div>
  </dl><span class="beside"></span><span class="action" title="Action of the exact curve, and W₂² of its ends"></span></div>
  <canvas role="img" aria-label="The picture of this curve; pause to have it described."></canvas>
  <div class="handles"></div><p class="over" hidden></p>`;

// One figure for each view, kept as long as the view is there.
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
  const wide = views.length === 4 ? 2 : views.length, flat = views[0]?.answer.dim === 1;
  place.style.setProperty("--columns", Math.max(1, wide));
  place.classList.toggle("plane", views[0]?.answer.dim > 1);
  place.style.setProperty("--height", `${(player.options.height * (flat ? (views.length > 1 ? 1.35 : 1.05) : 1.1)) / 16}rem`);
}

function figureName(views, view, k) {
  return `${view.panel.key}/${views.findIndex((other) => other.panel === view.panel) === k ? 0 : 1}`;
}

function fillFigure(player, figure, view) {
  const field = (name) => figure.querySelector(`.${name}`);
  view.canvas = figure.querySelector("canvas");
  view.canvas.view = view;
  view.numbers = { energy: field("energy"), speed: field("fastest"), beside: field("beside") };
  // What was drawn for the last data may be drawn again: the layers remember for which answer they were made.
  const kept = figure.kept && figure.kept.answer === view.answer && figure.kept.shown === view.shown;
  Object.assign(view, kept ? layersOf(figure.kept) : {});
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
}

// What a picture is not, said over it.
function overText(view) {
  const state = view.panel.course.length ? "Not trained for these settings" : "Not trained yet";
  if (view.untrained) return `${state}: training starts from this linear curve.`;
  if (!view.motionless) return "";
  return view.panel.method === "langevin"
    ? "The target. Langevin chains have no curve to play: run them to see where they go."
    : "The same at all times: there is nothing to play.";
}

function fillOnly(player, button, view) {
  const solo = player.settings.solo !== null;
  button.hidden = player.panels.length < 2;
  icon(button, solo ? "all" : "only");
  button.title = solo ? "Show all panels" : "Show this panel alone";
  button.setAttribute("aria-label", `${button.title}: ${view.panel.title}`);
  button.onclick = () => {
    player.choose({ solo: solo ? null : view.panel.key });
    player.commitSoon();
  };
}

function layersOf({ layer, layerKey, layerOf, course, screen, image, still, dots }) {
  return { layer, layerKey, layerOf, course, screen, image, still, dots };
}

function newFigure(player) {
  const figure = document.createElement("figure");
  figure.innerHTML = FIGURE;
  const canvas = figure.querySelector("canvas");
  canvas.onclick = (event) => canvas.wasDragged || onPicture(player, canvas.view, event);
  canvas.ondblclick = (event) => player.modes.add(canvas.view, event.offsetX, event.offsetY);
  wireGestures(player, canvas);
  return figure;
}

// A click traces the particle under it in all panels.
function onPicture(player, view, event) {
  const box = view.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
  player.root.focus({ preventScroll: true });
  const found = view.answer.dim > 1 ? particleAt(view, px, py) : levelAt(view, player.scene, px, py);
  player.scene.traced = isSameTrace(player.scene.traced, found) ? null : found;
  player.clock.request();
}

function isSameTrace(traced, found) {
  if (!traced || !found) return false;
  return found.index !== undefined ? traced.index === found.index : Math.abs(traced.level - found.level) < 0.02;
}
