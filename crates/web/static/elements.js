// Elements that make a working form or list quicker to use. Read after app.js, in the same file.

// ── People as chips ─────────────────────────────────────────────────────────

class ChipBox extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.input = find("input", this);
    this.sent = Object.assign(document.createElement("input"), { type: "hidden", name: this.input.name });
    this.box = Object.assign(document.createElement("ul"), { className: "chips" });
    this.input.removeAttribute("name");
    this.input.classList.remove("input");
    this.classList.add("chip-box");
    this.prepend(this.sent, this.box);
    this.take();
    this.input.addEventListener("keydown", (event) => {
      if ((event.key === "Enter" && this.input.value.trim()) || event.key === ",") {
        event.preventDefault();
        this.take();
      } else if (event.key === "Backspace" && !this.input.value && this.box.lastChild) {
        this.box.lastChild.remove();
        this.sync();
      }
    });
    this.input.addEventListener("input", () => /[,;\n]/.test(this.input.value) && this.take());
    this.input.addEventListener("change", () => this.take());
    this.addEventListener("click", (event) => event.target === this && this.input.focus());
  }

  take() {
    for (const part of this.input.value.split(/[,;\n]+/)) {
      const words = /<([^<>]+)>/.exec(part)?.[1] ?? part.trim();
      if (words && !all("li", this.box).some((chip) => chip.dataset.value === words)) this.add(words);
    }
    this.input.value = "";
    this.sync();
  }

  add(words) {
    const chip = Object.assign(document.createElement("li"), { className: "chip", textContent: words });
    const away = Object.assign(document.createElement("button"), { type: "button", textContent: "×", ariaLabel: `Remove ${words}` });
    chip.dataset.value = words;
    chip.classList.toggle("wrong-chip", !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(words));
    away.addEventListener("click", () => (chip.remove(), this.sync(), this.input.focus()));
    chip.append(away);
    this.box.append(chip);
  }

  sync() {
    this.sent.value = all("li", this.box).map((chip) => chip.dataset.value).join(", ");
    this.box.hidden = !this.box.firstChild;
  }
}

// ── The day: paint a time, book it in a small card ──────────────────────────

const step = (item, side) => Number(new RegExp(`(?:^| )${side}(\\d+)`).exec(item.className)?.[1]);

class DayLine extends HTMLElement {
  connectedCallback() {
    const { midnight, from, to, turn, turnBy } = this.dataset;
    this.clock = (at) => {
      const minutes = at * 5 + (turn !== undefined && at >= Number(turn) ? Number(turnBy) : 0);
      return `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    };
    [this.from, this.to] = [from * 12, to * 12];
    this.links = all(".track a", this);
    this.links.forEach((link, at) => Object.assign(link, { tabIndex: at ? -1 : 0, draggable: false }));
    this.addEventListener("pointermove", (event) => this.hover(event));
    this.addEventListener("pointerleave", () => this.press || this.card || this.clear());
    this.addEventListener("pointerdown", (event) => this.start(event));
    this.addEventListener("click", (event) => this.tap(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", ({ target }) => target.matches(".free a") && !this.card && !this.press && this.rest(target));
    const line = find(".tl-now .at", this);
    const move = () => {
      const at = (Date.now() / 1000 - midnight) / 300;
      line.hidden = at < this.from || at > this.to;
      line.style.setProperty("--s", at);
      find("time", line).textContent = this.clock(Math.floor(at * 5) / 5);
    };
    if (!line) return;
    this.ticking = setInterval(move, 20000);
    const scroll = this.parentElement;
    const gutter = find(".tl-line > :first-child", this).offsetWidth;
    const wide = scroll.scrollWidth - gutter;
    const at = (step(line, "s") - this.from) / (this.to - this.from);
    scroll.scrollLeft = at * wide - (scroll.clientWidth - gutter) / 6;
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
  }

  at(event, track) {
    const { left, width } = track.getBoundingClientRect();
    const part = (event.clientX - left) / width;
    return this.from + (document.dir === "rtl" ? 1 - part : part) * (this.to - this.from);
  }

  // Half an hour, or the gap if it is shorter, from the quarter before.
  half(gap, at) {
    const start = Math.min(Math.max(Math.floor(at / 3) * 3, step(gap, "s")), Math.max(step(gap, "e") - 6, step(gap, "s")));
    return [start, Math.min(start + 6, step(gap, "e"))];
  }

  show(gap, [start, end], painted) {
    this.mark ??= Object.assign(document.createElement("li"), { ariaHidden: "true" });
    if (this.mark.parentElement !== gap.parentElement) gap.parentElement.append(this.mark);
    Object.assign(this, { gap, start_: start, end_: end });
    this.mark.className = `slot at long${painted ? " painted" : ""}`;
    this.mark.style.setProperty("--s", start);
    this.mark.style.setProperty("--e", end);
    if (!this.card) this.mark.textContent = painted ? this.length() : this.clock(start);
  }

  length() {
    const minutes = (this.end_ - this.start_) * 5;
    const hours = Math.floor(minutes / 60);
    return [hours && `${hours} h`, minutes % 60 && `${minutes % 60} min`].filter(Boolean).join(" ");
  }

  words() {
    const room = this.gap.closest("[data-room]").dataset.name;
    return `${room}, ${this.clock(this.start_)}–${this.clock(this.end_)}`;
  }

  clear() {
    this.mark?.remove();
    this.mark = this.gap = this.card = undefined;
  }

  hover(event) {
    const gap = event.target.closest?.(".free");
    if (this.press) {
      const at = this.at(event, this.press.gap.parentElement);
      const snap = event.altKey ? 1 : 3;
      const [low, high] = [step(this.press.gap, "s"), step(this.press.gap, "e")];
      const other = at >= this.press.from ? Math.ceil(at / snap) * snap : Math.floor(at / snap) * snap;
      if (Math.abs(at - this.press.at) > 1) this.press.moved = true;
      if (!this.press.moved) return;
      const ends = [Math.max(low, Math.min(this.press.from, other)), Math.min(high, Math.max(this.press.from + 3, other))];
      return this.show(this.press.gap, ends, true);
    }
    if (this.card || event.pointerType === "touch") return;
    if (gap) this.show(gap, this.half(gap, this.at(event, gap.parentElement)), false);
    else if (!event.target.closest?.(".slot")) this.clear();
  }

  start(event) {
    const gap = event.target.closest?.(".free");
    if (!gap || event.button || event.pointerType === "touch") return;
    event.preventDefault();
    this.clear();
    const at = this.at(event, gap.parentElement);
    this.press = { gap, at, from: this.half(gap, at)[0] };
    this.show(gap, this.half(gap, at), true);
    this.setPointerCapture(event.pointerId);
    addEventListener("pointerup", () => (this.open(), setTimeout(() => (this.press = undefined))), { once: true });
  }

  tap(event) {
    const link = event.target.closest(".free a");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (this.press || this.card) return;
    if (this.gap !== link.parentElement) this.rest(link);
    if (event.detail) this.show(link.parentElement, this.half(link.parentElement, this.at(event, link.closest(".track"))), true);
    else this.show(link.parentElement, [this.start_, this.end_], true);
    this.open();
  }

  rest(link) {
    this.show(link.parentElement, this.half(link.parentElement, step(link.parentElement, "s")), false);
  }

  key(event) {
    if (this.card) return event.key === "Escape" ? this.close() : undefined;
    const link = event.target.closest(".track a");
    if (!link || !/^(Arrow|Home|End|Escape)/.test(event.key)) return;
    event.preventDefault();
    const rows = all("ol.track", this).map((track) => all("a", track)).filter((row) => row.length);
    const row = rows.findIndex((links) => links.includes(link));
    const side = { ArrowLeft: -3, ArrowRight: 3 }[event.key];
    const free = link.matches(".free a") && this.gap;
    if (side && free) {
      const [low, high] = [step(this.gap, "s"), step(this.gap, "e")];
      const start = event.shiftKey ? this.start_ : this.start_ + side;
      const end = Math.min(this.end_ + side, event.shiftKey || side < 0 ? high : Infinity);
      if (start >= low && end <= high && end > start) {
        this.show(this.gap, [start, end], event.shiftKey);
        return say(`${this.words()}, ${this.length()}, free`);
      }
    }
    const middle = free ? this.start_ : step(link.parentElement, "s");
    const near = (links) => links?.toSorted((a, b) => Math.abs(step(a.parentElement, "s") - middle) - Math.abs(step(b.parentElement, "s") - middle))[0];
    const next = {
      ArrowLeft: () => rows[row][rows[row].indexOf(link) - 1],
      ArrowRight: () => rows[row][rows[row].indexOf(link) + 1],
      ArrowUp: () => near(rows[row - 1]),
      ArrowDown: () => near(rows[row + 1]),
      Home: () => rows[row][0],
      End: () => rows[row].at(-1),
    }[event.key]?.();
    if (!next) return;
    this.clear();
    this.links.forEach((other) => (other.tabIndex = -1));
    next.tabIndex = 0;
    next.focus();
  }

  open() {
    if (!this.gap) return;
    const { room, name, seats } = this.gap.closest("[data-room]").dataset;
    this.back = find("a", this.gap);
    const card = find("#quick-card").content.cloneNode(true).firstElementChild;
    const fields = { room_id: room, date: this.dataset.date, start: this.clock(this.start_), end: this.clock(this.end_) };
    for (const [field, value] of Object.entries(fields)) find(`[name="${field}"]`, card).value = value;
    find("#quick-title", card).textContent = this.words();
    find("[data-quick=facts]", card).textContent = `${this.length()}, ${seats} seats`;
    find("[data-quick=book]", card).textContent = `Book ${name}`;
    find("[data-quick=close]", card).addEventListener("click", () => this.close());
    this.mark.ariaHidden = null;
    this.mark.append(card);
    this.card = card;
    card.show();
    const { right, bottom, height, top } = card.getBoundingClientRect();
    card.classList.toggle("end", right > innerWidth);
    card.classList.toggle("above", bottom > innerHeight && top - height > 0);
    find("#q-title", card).select();
    say(`${this.words()}, ${this.length()}`);
  }

  close() {
    this.clear();
    this.back?.focus({ preventScroll: true });
    this.clear();
  }
}

customElements.define("chip-box", ChipBox);
customElements.define("day-line", DayLine);
settle();
find("[data-focus]")?.focus();
