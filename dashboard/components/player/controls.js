// Buttons, keys and clicks, and how they show what is chosen.

function wire(player) {
  const { $, clock, root } = player;
  for (const name of ["back", "forward", "loop"]) icon($(`.${name}`), name);
  $(".play").onclick = () => togglePlay(player);
  $(".back").onclick = () => player.step(-1);
  $(".forward").onclick = () => player.step(1);
  $(".loop").onclick = () => toggleLoop(player);
  $(".speed").onchange = (event) => (clock.speed = Number(event.target.value));
  $(".worst").onclick = () => {
    player.pause();
    player.seek(worstMoment(player.scene.views) ?? clock.t);
    player.commitSoon();
  };
  $(".time").oninput = (event) => {
    player.pause();
    player.seek(Number(event.target.value));
  };
  $(".time").onchange = () => player.commitSoon();
  for (const button of root.querySelectorAll(".backdrop button")) {
    button.onclick = () => {
      player.choose({ backdrop: button.dataset.backdrop, beside: false });
      player.commitSoon();
    };
  }
  for (const button of root.querySelectorAll("[data-switch]")) {
    const name = button.dataset.switch;
    button.onclick = () => player.choose({ [name]: !player.settings[name], ...(name === "beside" ? { backdrop: "auto" } : {}) });
  }
  $(".modes").onclick = () => player.modes.toggle();
  wireTraining(player);
  wirePredict(player);
  $(".picture").onclick = () => savePicture(player);
  $(".video").onclick = () => {
    toggleRecording(player);
    player.refreshControls();
  };
  $(".copy").onclick = () => copyLink(player);
  root.onkeydown = (event) => onKey(player, event);
  player.refreshControls = () => refreshControls(player);
}

function togglePlay(player) {
  if (player.clock.playing) {
    player.pause();
    player.commitSoon();
  } else player.play();
}

function toggleLoop(player) {
  player.clock.loop = !player.clock.loop;
  player.refreshControls();
}

function onKey(player, event) {
  const tag = event.target.tagName, range = tag === "INPUT" && event.target.type === "range" && !event.target.matches(".time");
  if (event.ctrlKey || event.metaKey || event.altKey || range || tag === "SELECT" || event.target.matches(".link")) return;
  const actions = {
    " ": () => togglePlay(player),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    Home: () => leap(player, 0),
    End: () => leap(player, 1),
    l: () => toggleLoop(player),
    L: () => toggleLoop(player),
    Escape: () => traceNothing(player),
  };
  if (!actions[event.key] || (event.key === " " && tag === "BUTTON")) return;
  event.preventDefault();
  event.stopPropagation();
  actions[event.key]();
}

function leap(player, t) {
  player.pause();
  player.seek(t);
  player.commitSoon();
}

function traceNothing(player) {
  player.scene.traced = null;
  player.clock.request();
}

// A click traces the particle under it in all panels, or sets the mark of a prediction.
function onPicture(player, view, event) {
  const box = view.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
  player.root.focus({ preventScroll: true });
  if (player.guess && !player.guess.revealed) {
    const place = view.places.plane ?? [view.places.density, view.places.velocity].find((other) => other.holds(px, py));
    if (place) setMark(player, place.atX(px));
    else if (view.places.course.holds(px, py)) setMark(player, view.places.course.atY(py));
    return;
  }
  const found = view.answer.dim > 1 ? particleAt(view, px, py) : levelAt(view, player.scene, px, py);
  const { traced } = player.scene, same = traced && found && (found.index !== undefined ? traced.index === found.index : Math.abs(traced.level - found.level) < 0.02);
  player.scene.traced = same ? null : found;
  player.clock.request();
}

// One figure for each view, kept as long as the view is there.
function placeFigures(player, views) {
  const place = player.$(".panels"), names = views.map((view, k) => `${view.panel.key}/${views.findIndex((other) => other.panel === view.panel) === k ? 0 : 1}`);
  for (const [name, figure] of player.figures) {
    if (names.includes(name)) continue;
    figure.remove();
    player.figures.delete(name);
  }
  views.forEach((view, k) => {
    if (!player.figures.has(names[k])) player.figures.set(names[k], newFigure());
    const figure = player.figures.get(names[k]);
    if (place.children[k] !== figure) place.insertBefore(figure, place.children[k] ?? null);
    view.canvas = figure.querySelector("canvas");
    // What was drawn for the last data may be drawn again: the layers remember for which answer they were made.
    Object.assign(view, figure.kept && figure.kept.answer === view.answer && figure.kept.shown === view.shown ? layersOf(figure.kept) : {});
    figure.kept = view;
    view.canvas.onclick = (event) => onPicture(player, view, event);
    view.canvas.ondblclick = (event) => player.modes.add(view, event.offsetX, event.offsetY);
    figure.style.setProperty("--colour", view.methodColour);
    figure.classList.toggle("stale", view.stale);
    figure.querySelector(".title").textContent = view.panel.title;
    figure.querySelector(".badge").textContent = view.badge;
    const only = figure.querySelector(".only"), solo = player.settings.solo !== null;
    only.hidden = player.panels.length < 2;
    icon(only, solo ? "all" : "only");
    only.title = solo ? "Show all panels" : "Show this panel alone";
    only.setAttribute("aria-label", `${only.title}: ${view.panel.title}`);
    only.onclick = () => {
      player.choose({ solo: solo ? null : view.panel.key });
      player.commitSoon();
    };
  });
  const wide = views.length === 4 ? 2 : views.length;
  place.style.setProperty("--columns", Math.max(1, wide));
  place.classList.toggle("plane", views[0]?.answer.dim > 1);
  const flat = views[0]?.answer.dim === 1, height = player.options.height * (flat ? (views.length > 1 ? 1.35 : 1.05) : 1.1);
  place.style.setProperty("--height", `${height}px`);
}

function layersOf({ layer, layerKey, layerOf, screen, image, still, dots }) {
  return { layer, layerKey, layerOf, screen, image, still, dots };
}

function newFigure() {
  const figure = document.createElement("figure");
  figure.innerHTML = `<figcaption><span class="title"></span> <span class="badge"></span> <button class="only icon quiet"></button></figcaption><canvas role="img" aria-label="The picture of this curve; pause to have it described."></canvas><div class="handles"></div>`;
  return figure;
}

function refreshControls(player) {
  const { $, root, settings, scene, clock } = player, { views } = scene;
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  const plane = views.some((view) => view.answer.dim > 1), learned = views.some((view) => view.learned);
  press($(".loop"), clock.loop);
  press($(".video"), !!player.recorder);
  $(".video").textContent = player.recorder ? "Stop recording" : "Record video";
  for (const button of root.querySelectorAll("[data-switch]")) press(button, settings[button.dataset.switch]);
  const shows = { arrows: plane && views.some((v) => v.answer.logSpeed), contour: plane, trails: plane && !player.calm,
    beside: player.panels.length === 1 && plane && learned && !!player.panels[0].exact };
  for (const [name, on] of Object.entries(shows)) $(`[data-switch=${name}]`).hidden = !on;
  $(".modes").hidden = !player.modes.movable;
  $(".hint").hidden = !player.modes.isOn;
  press($(".modes"), player.modes.isOn);
  const sources = new Set(views.map((view) => view.shown));
  for (const button of root.querySelectorAll(".backdrop button")) {
    press(button, sources.has(button.dataset.backdrop));
    const needed = { exact: (v) => v.exact, learned: (v) => v.learned, difference: (v) => isDifferenceKnown(v.panel, v.learned) };
    button.disabled = !views.some(needed[button.dataset.backdrop]);
  }
  $(".strip").hidden = $(".worst").hidden = !views.some((view) => [view.exact, view.learned].some((a) => a?.energy.some(Number.isFinite) || a?.speed.some(Number.isFinite)));
  $(".ledger").hidden = !views.some((view) => view.answer.numModes);
  $(".key").textContent = keyText(views, !$(".strip").hidden);
  drawLegend(player, plane && shows.arrows && settings.arrows);
  refreshTraining(player);
  refreshPredict(player);
  root.dataset.source = views.some((view) => view.stale) ? "stale" : (views.at(-1)?.shown ?? "exact");
  root.dataset.frames = views[0]?.answer.times.length ?? 0;
  root.dataset.panels = views.length;
}

// What the strips under the time show; in many dimensions speeds are not known, and masses by the particles alone.
function keyText(views, speeds) {
  const learned = views.some((view) => view.learned) ? " Thin lines are exact, broad ones learned." : "";
  const above = speeds ? `Above: ‖vₜ‖² (solid) and the largest |vₜ| (dashed) on a log axis.${learned}` : "";
  if (!views.some((view) => view.answer.numModes)) return above;
  const known = views.some((view) => view.exact?.modeMass || view.learned?.modeMass);
  const dotted = views.some((view) => view.answer.particleMass && view.answer.numModes <= MOST_DOTTED_MODES);
  const dots = dotted ? "; dots: the share of the particles" : "";
  const masses = known ? `the mass of each mode${dots}` : "the share of the particles in each mode";
  return speeds ? `${above} Below: ${masses}.` : `${masses.charAt(0).toUpperCase()}${masses.slice(1)}.`;
}

function drawLegend(player, on) {
  const legend = player.$(".legend");
  legend.hidden = !on;
  if (!on) return;
  const canvas = player.$(".scale"), [low, high] = player.scene.speedRange;
  Object.assign(canvas, { width: ARROW_COLOURS, height: 1 });
  const context = canvas.getContext("2d");
  for (let k = 0; k < ARROW_COLOURS; k++) {
    context.fillStyle = css(mix(player.theme.speed_scale, (k + 0.5) / ARROW_COLOURS));
    context.fillRect(k, 0, 1, 1);
  }
  player.$(".marks").textContent = `${told(10 ** low)} to ${told(10 ** high)}, log scale`;
}
