// Tells the value of a slider while its thumb is dragged; Streamlit tells it when the thumb is let go of.
// One value at a time: the next is sent once the page has answered the last, so that slow pages are not asked for
// more than they can do.

// A page that has not begun to answer by then will not.
const PATIENCE_MS = 500;
let tell = null, drag = null, stop = null;

export default function (component) {
  const call = (tell = (moved) => component.setStateValue("moved", moved));
  stop ??= watch();
  // Streamlit also ends a call that a newer one has overtaken.
  return () => {
    if (call !== tell) return;
    stop?.();
    stop = null;
  };
}

function isIdle() {
  return document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
}

function watch() {
  const app = document.querySelector("[data-testid=stApp]");
  const answered = () => {
    if (drag && isIdle()) drag.waitsSince = null;
  };
  const observer = new MutationObserver(answered);
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  const ends = ["pointerup", "pointercancel"];
  document.addEventListener("pointerdown", begin, true);
  ends.forEach((name) => document.addEventListener(name, end, true));
  return () => {
    observer.disconnect();
    document.removeEventListener("pointerdown", begin, true);
    ends.forEach((name) => document.removeEventListener(name, end, true));
    drag = null;
  };
}

function begin(event) {
  const slider = event.target.closest?.("[data-testid=stSlider]"), input = slider?.querySelector("input[type=range]");
  if (!input || input.disabled || !nameOf(slider)) return;
  const from = Number(input.value);
  drag = { input, slider: nameOf(slider), from, told: from, waitsSince: null, moved: false };
  requestAnimationFrame(follow);
}

// The class that Streamlit makes of a widget's key.
function nameOf(slider) {
  return [...(slider.closest("[class*=st-key-]")?.classList ?? [])].find((name) => name.startsWith("st-key-"));
}

function follow() {
  if (!drag) return;
  const { input, slider, from, told, waitsSince } = drag, value = Number(input.value), now = performance.now();
  if (value !== told && (waitsSince === null || (isIdle() && now - waitsSince > PATIENCE_MS))) {
    Object.assign(drag, { told: value, waitsSince: now, moved: true });
    tell({ slider, from, value });
  }
  requestAnimationFrame(follow);
}

// The slider tells its value first; then what was told on the way is taken back.
function end() {
  if (!drag) return;
  const { moved } = drag;
  drag = null;
  if (moved) setTimeout(() => tell(null));
}
