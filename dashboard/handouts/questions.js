// @ts-check
// Questions of a lesson. The page checks answers against the exact values that it contains.

/** @typedef {Record<string, string>} Words */

/** @param {Document | HTMLElement} place @param {string} selector @returns {HTMLElement[]} */
function elementsIn(place, selector) {
  return Array.from(place.querySelectorAll(selector), (element) => /** @type {HTMLElement} */ (element));
}

/** @param {HTMLElement} question @param {Stage | undefined} stage @param {Words} words */
function wireQuestion(question, stage, words) {
  /** @type {Record<string, (question: HTMLElement, stage: Stage | undefined, words: Words) => void>} */
  const wires = { choose: wireChoice, mark: wireMark, set: wireGoal, write: wireText };
  const wire = wires[question.dataset.kind];
  wire?.(question, stage, words);
}

/** @param {HTMLElement} question @param {string[]} shown classes of the parts that are shown */
function reveal(question, shown) {
  for (const part of elementsIn(question, "[data-part]")) part.hidden = !shown.includes(part.dataset.part);
}

/** @param {HTMLElement} question */
function wireChoice(question) {
  for (const option of question.querySelectorAll("input")) {
    option.onchange = () => {
      question.dataset.result = option.dataset.right === "yes" ? "right" : "wrong";
      reveal(question, [`reply-${option.value}`, "answer"]);
    };
  }
}

/** @param {HTMLElement} question @param {Stage} stage @param {Words} words */
function wireMark(question, stage, words) {
  const button = question.querySelector("button"), { exact, within } = question.dataset;
  stage.onChange.push(() => (button.querySelector("span").textContent = stage.t.toFixed(2)));
  button.onclick = () => {
    stage.player.pause();
    const isRight = Math.abs(stage.t - Number(exact)) <= Number(within);
    question.dataset.result = isRight ? "right" : "wrong";
    for (const place of question.querySelectorAll(".marked")) place.textContent = stage.t.toFixed(2);
    reveal(question, [isRight ? "right" : "wrong", "answer"]);
    const lines = [{ t: stage.t, label: words.yourMark, is_exact: false }];
    stage.mark([...lines, { t: Number(exact), label: words.exactMark, is_exact: true }]);
  };
}

/** @param {HTMLElement} question @param {Stage | undefined} stage */
function wireGoal(question, stage) {
  const condition = stage?.spec.conditions[Number(question.dataset.condition)];
  if (!condition) return;
  stage.onChange.push(() => {
    if (question.dataset.result === "right" || !isReached(condition, stage)) return;
    question.dataset.result = "right";
    reveal(question, ["right", "answer"]);
  });
}

// Whether a condition holds at the sliders' positions and the current time.
/** @param {Goal} goal @param {Stage} stage @returns {boolean} */
function isReached({ name, sign, value, table }, stage) {
  if (table) return stage.entryOf(table);
  const { terms } = stage.player.preview, { problem } = terms;
  const found = name === "t" ? stage.t : (problem[name] ?? problem.target[name]);
  return { ">=": found >= value, "<=": found <= value, ">": found > value, "<": found < value }[sign] ?? false;
}

/** @param {HTMLElement} question @param {Stage | undefined} stage @param {Words} words */
function wireText(question, stage, words) {
  const field = question.querySelector("textarea"), key = `boltzmann-${document.title}-${field.id}`;
  // Some browsers do not let pages from files or in frames store data. `use` is then not applied.
  /**
   * @template Value
   * @param {(place: Storage) => Value} use
   * @returns {Value | null} null where there is no storage
   */
  const store = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  field.value = store((place) => place.getItem(key)) ?? "";
  field.oninput = () => {
    const isSaved = store((place) => (place.setItem(key, field.value), true));
    question.querySelector(".saved").textContent = isSaved ? words.saved : "";
  };
  question.querySelector("button").onclick = () => reveal(question, ["answer"]);
}
