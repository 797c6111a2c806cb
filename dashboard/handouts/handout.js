// @ts-check
// The script of a handout's page: its stages (players with sliders), questions, colours, and print layout.

/** @type {HandoutSpec} */
const spec = JSON.parse(document.getElementById("handout").textContent);
const stages = elementsIn(document, "[data-stage]").map(
  (element) => new Stage(element, spec.stages[Number(element.dataset.stage)], spec.palettes));

/** @param {HTMLElement} element @returns {Stage | undefined} the stage of the same step */
function stageOf(element) {
  /** @type {HTMLElement | null} */
  const own = element.closest(".step").querySelector("[data-stage]");
  return own ? stages[Number(own.dataset.stage)] : undefined;
}

for (const question of elementsIn(document, ".question")) wireQuestion(question, stageOf(question), spec.texts);
for (const number of elementsIn(document, "[data-number]")) wireNumber(number, stageOf(number));

// Keeps a live number in the text up to date with the sliders of its stage.
/** @param {HTMLElement} element @param {Stage} stage */
function wireNumber(element, stage) {
  const table = stage.spec.numbers[Number(element.dataset.number)];
  stage.onChange.push(() => (element.textContent = stage.entryOf(table)));
}

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries)
    stages.find(({ element }) => element === target).see(isIntersecting);
}, { threshold: 0.15 });

// Starts the stages one after another, so that the first picture appears soon.
async function begin() {
  for (const stage of stages) {
    await stage.show();
    seen.observe(stage.element);
    await new Promise((done) => setTimeout(done));
  }
  document.documentElement.dataset.ready = "";
}

begin().catch((error) => {
  console.error(error);
  document.querySelector("main").insertAdjacentText("afterbegin", spec.texts.broken);
});

const isDarkNow = matchMedia("(prefers-color-scheme: dark)");
isDarkNow.addEventListener("change", () => stages.forEach((stage) => stage.recolour()));

addEventListener("beforeprint", () => {
  document.documentElement.dataset.printing = "";
  stages.forEach((stage) => stage.print());
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.printing;
  stages.forEach((stage) => stage.unprint());
});
