// Sends the value of a slider while its thumb is dragged; Streamlit itself sends it only on release. The next value is
// sent when the page has finished its run for the last one, so that slow pages are not flooded.

// If the page is idle this long after a value was sent, it has missed that value, and the next one is sent.
const PATIENCE_MS = 500;
let send = null, drag = null, stop = null;

export default function (component) {
  const call = (send = (moved) => component.setStateValue("moved", moved));
  stop ??= watch();
  // Streamlit also runs the cleanup of replaced calls. Only the cleanup of the newest call may stop watching.
  return () => {
    if (call !== send) return;
    stop?.();
    stop = null;
  };
}

function isIdle() {
  return document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
}

function watch() {
  const app = document.querySelector("[data-testid=stApp]");
  const finished = () => {
    if (drag && isIdle()) drag.waitsSince = null;
  };
  const observer = new MutationObserver(finished);
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
  drag = { input, slider: nameOf(slider), from, sent: from, waitsSince: null, moved: false };
  requestAnimationFrame(follow);
}

// The class that Streamlit derives from a widget's key.
function nameOf(slider) {
  return [...(slider.closest("[class*=st-key-]")?.classList ?? [])].find((name) => name.startsWith("st-key-"));
}

function follow() {
  if (!drag) return;
  const { input, slider, from, sent, waitsSince } = drag, value = Number(input.value), now = performance.now();
  if (value !== sent && (waitsSince === null || (isIdle() && now - waitsSince > PATIENCE_MS))) {
    Object.assign(drag, { sent: value, waitsSince: now, moved: true });
    send({ slider, from, value });
  }
  requestAnimationFrame(follow);
}

// Clears the dragged value, but only after Streamlit's slider has sent its final value.
function end() {
  if (!drag) return;
  const { moved } = drag;
  drag = null;
  if (moved) setTimeout(() => send(null));
}
