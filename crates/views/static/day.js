// The day: a time is painted with pointer, finger or keys, and booked in a small card. The server
// sends each room's gaps and bookings as links in order of time; without script a gap leads to the
// form. Read after the parts of it.

class DayLine extends HTMLElement {
  connectedCallback() {
    if (this.matches(".plain")) return;
    this.hours = [this.dataset.from * 12, this.dataset.to * 12];
    this.time = new DaySlot(this.dataset);
    this.card = new DayCard(this);
    this.keys = new DayKeys(this);
    this.move = new DayMove(this);
    this.gone = new AbortController();
    const { signal } = this.gone;
    this.addEventListener("pointermove", (event) => this.hover(event));
    this.addEventListener("pointerleave", () => this.rest());
    this.addEventListener("pointerdown", (event) => this.start(event));
    this.addEventListener("pointerup", () => this.finish());
    this.addEventListener("pointercancel", () => this.stop());
    this.addEventListener("touchmove", (event) => this.press && event.cancelable && event.preventDefault(), { passive: false });
    this.addEventListener("contextmenu", (event) => this.press && event.preventDefault());
    this.addEventListener("click", (event) => this.tap(event));
    this.addEventListener("focusin", ({ target }) => this.arrive(target));
    this.addEventListener("focusout", () => this.busy || this.time.clear());
    addEventListener("resize", () => this.card.open && this.card.place(), { signal });
    this.follow(signal);
  }

  disconnectedCallback() {
    this.gone?.abort();
  }

  // Whether a time is being painted or booked, and stays where it is.
  get busy() {
    return Boolean(this.press || this.card.open || this.move.held);
  }

  at({ clientX }, track) {
    const { left, width } = track.getBoundingClientRect();
    const part = (clientX - left) / width;
    const [from, to] = this.hours;
    return from + (this.matches(":dir(rtl)") ? 1 - part : part) * (to - from);
  }

  hover(event) {
    if (this.press) return this.drag(event);
    if (Math.hypot(event.movementX, event.movementY) > 4) clearTimeout(this.holding);
    if (this.busy || event.pointerType === "touch") return;
    const gap = event.target.closest?.(".free");
    if (gap) this.time.show(gap, half(gap, this.at(event, gap.parentElement)));
    else this.rest();
  }

  // Without a pointer the slot is where the focus is.
  rest() {
    if (this.busy) return;
    this.time.clear();
    this.arrive(document.activeElement);
  }

  arrive(target) {
    if (this.busy || !target.matches(".track a")) return;
    this.keys.stop(target);
    if (target.matches(".free a")) this.time.show(target.parentElement, half(target.parentElement, step(target.parentElement, "s")));
  }

  start(event) {
    const grip = event.target.closest?.(".grip");
    const gap = grip ? this.time.gap : event.target.closest?.(".free");
    if (!gap || event.button) return;
    const at = this.at(event, gap.parentElement);
    const begin = () => {
      if (grip) {
        const from = grip.matches(".from") ? this.time.end - QUARTER : this.time.start;
        this.press = { gap, at, from, grip, moved: true };
      } else {
        this.card.hide();
        this.press = { gap, at, from: half(gap, at)[0] };
        this.time.show(gap, half(gap, at), { painted: true });
      }
      this.setPointerCapture(event.pointerId);
    };
    // A finger that moves at once scrolls; one that rests begins to paint.
    if (event.pointerType === "touch" && !grip) {
      this.holding = setTimeout(begin, 350);
      return;
    }
    event.preventDefault();
    begin();
  }

  // Paints from the press to the pointer, and stops at the end of the gap, saying why.
  drag(event) {
    const { gap, at, from } = this.press;
    const here = this.at(event, gap.parentElement);
    this.press.moved ||= Math.abs(here - at) > 1;
    if (!this.press.moved) return;
    const snap = event.altKey ? 1 : QUARTER;
    const [low, high] = ends(gap);
    const isEnd = here >= from;
    const there = (isEnd ? Math.ceil : Math.floor)(here / snap) * snap;
    const why = there > high || there < low ? this.time.limit(gap, isEnd) : "";
    this.time.show(gap, [clamp(low, there, from), clamp(from + snap, there, high)], { painted: true, why });
  }

  finish() {
    clearTimeout(this.holding);
    if (!this.press) return;
    if (this.press.grip) this.card.fill();
    else this.offer();
    // A click follows, and must not count as another.
    setTimeout(() => this.stop());
  }

  stop() {
    clearTimeout(this.holding);
    this.press = undefined;
  }

  // Enter on a gap, or a finger.
  tap(event) {
    const link = event.target.closest(".free a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (this.press) return;
    const gap = link.parentElement;
    const { start, end } = this.time;
    const isKey = event.detail === 0 && this.time.gap === gap;
    this.card.hide();
    this.time.show(gap, isKey ? [start, end] : half(gap, this.at(event, gap.parentElement)), { painted: true });
    this.offer();
  }

  offer() {
    this.keys.stop(find("a", this.time.gap));
    this.card.show();
  }

  // The line goes on with the clock; a day that scrolls opens with now a sixth from the start.
  follow(signal) {
    const line = find(".tl-now .at", this);
    if (!line) return;
    const [from, to] = this.hours;
    const move = () => {
      const at = (Date.now() / 1000 - this.dataset.midnight) / 300;
      line.hidden = at < from || at > to;
      line.style.setProperty("--s", at);
      find("time", line).textContent = this.time.clock(Math.floor(at * 5) / 5);
    };
    const ticking = setInterval(move, 20000);
    signal.addEventListener("abort", () => clearInterval(ticking));
    const scroll = this.parentElement;
    const gutter = find(".tl-line > :first-child", this).offsetWidth;
    const at = (step(line, "s") - from) / (to - from);
    scroll.scrollLeft = at * (scroll.scrollWidth - gutter) - (scroll.clientWidth - gutter) / 6;
  }
}

customElements.define("day-line", DayLine);
settle();
find("[data-focus]")?.focus();
