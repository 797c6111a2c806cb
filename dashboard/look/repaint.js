// Reruns the page when the viewer switches the theme. Streamlit then calls this component again, but does not rerun the
// page by itself.

let sent = null;

export default function ({ data, parentElement, setStateValue }) {
  const paper = getComputedStyle(parentElement.querySelector("i")).getPropertyValue("--st-background-color");
  const other = paper === data.paper ? null : paper;
  // Only once for each background: if the page never adopts it, this would rerun the page forever.
  if (other !== null && other !== sent) setStateValue("paper", other);
  sent = other;
}
