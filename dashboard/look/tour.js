// The tour: a card beside each place that it explains, even inside the player's shadow tree. The page stays usable.

const tours = new WeakMap();
const GAP = 14;

export default function ({ data, parentElement }) {
  let tour = tours.get(parentElement);
  if (!tour) tours.set(parentElement, (tour = new Tour(parentElement)));
  tour.follow(data);
  return () => tour.close();
}

class Tour {
  constructor(parent) {
    this.$ = (selector) => parent.querySelector(selector);
    this.starts = 0;
    this.$(".next").onclick = () => this.go(this.step + 1);
    this.$(".back").onclick = () => this.go(this.step - 1);
    this.$(".skip").onclick = () => this.close();
    this.$(".card").onkeydown = (event) => {
      if (event.key === "Escape") this.close();
      event.stopPropagation(); // the player's keys must not act on the card
    };
  }

  // Starts whenever the page's count of tour starts has changed.
  follow({ starts, steps, words }) {
    Object.assign(this, { steps, words });
    if (starts === this.starts) return;
    this.starts = starts;
    this.before = document.activeElement;
    this.go(0);
  }

  go(step) {
    const { steps, words, $ } = this;
    if (step >= steps.length) return this.close();
    this.step = Math.max(0, step);
    const { place, title, text } = steps[this.step];
    $(".count").textContent = `${this.step + 1} ${words.of} ${steps.length}`;
    $("h2").textContent = title;
    $("#tour-text").textContent = text;
    $(".skip").textContent = words.skip;
    $(".back").textContent = words.back;
    $(".back").hidden = this.step === 0;
    $(".next").textContent = this.step === steps.length - 1 ? words.done : words.next;
    find(document, place)?.scrollIntoView({ block: "center" });
    for (const name of [".card", ".ring"]) $(name).hidden = false;
    cancelAnimationFrame(this.frame);
    this.follows(place);
    $(".next").focus({ preventScroll: true });
  }

  // Keeps the card beside its place while the page moves.
  follows(place) {
    const box = find(document, place)?.getBoundingClientRect();
    this.$(".ring").hidden = !box;
    this.put(box ?? { left: innerWidth / 2, top: innerHeight / 2, width: 0, height: 0, bottom: innerHeight / 2 });
    this.frame = requestAnimationFrame(() => this.follows(place));
  }

  put({ left, top, width, height, bottom }) {
    const card = this.$(".card"), { offsetWidth, offsetHeight } = card;
    const below = bottom + GAP + offsetHeight < innerHeight;
    const y = below ? bottom + GAP : Math.max(8, top - GAP - offsetHeight);
    const x = Math.min(Math.max(8, left + width / 2 - offsetWidth / 2), innerWidth - offsetWidth - 8);
    Object.assign(card.style, { left: `${x}px`, top: `${y}px` });
    const ring = { left: left - 6, top: top - 6, width: width + 6, height: height + 6 };
    for (const [name, value] of Object.entries(ring)) this.$(".ring").style[name] = `${value}px`;
  }

  close() {
    cancelAnimationFrame(this.frame);
    for (const name of [".card", ".ring"]) this.$(name).hidden = true;
    this.before?.focus?.({ preventScroll: true });
    this.before = null;
  }
}

// The first visible element for a selector, in shadow trees, too.
function find(root, selector) {
  const own = [...root.querySelectorAll(selector)].find((element) => element.getClientRects().length);
  if (own) return own;
  for (const { shadowRoot } of root.querySelectorAll("*")) {
    const found = shadowRoot && find(shadowRoot, selector);
    if (found) return found;
  }
  return null;
}
