// The day by keys: a grid with one tab stop. Left and right go by a quarter over free time and onto
// bookings, up and down by room, Page keys by floor, Ctrl only to what is free; Shift lengthens.

class DayKeys {
  constructor(line) {
    Object.assign(this, { line, slot: line.time });
    this.rows = all("[data-room]", line);
    this.links = all(".track a", line);
    for (const link of this.links) Object.assign(link, { tabIndex: -1, draggable: false });
    this.stop(find(".free a", line) ?? this.links[0]);
    this.name();
    line.addEventListener("keydown", (event) => this.press(event));
  }

  // The lists of the server become rows and cells.
  name() {
    const [from, to] = this.line.hours;
    const set = (part, role, more) => Object.assign(part, { role, ...more });
    const scroll = this.line.parentElement;
    set(this.line, "grid", { ariaLabel: scroll.ariaLabel, ariaColCount: (to - from) / QUARTER + 1, ariaRowCount: this.rows.length });
    for (const part of ["tabindex", "role", "aria-label"]) scroll.removeAttribute(part);
    for (const floor of all(".tl-floor", this.line)) {
      set(floor, "rowgroup", { ariaLabel: find("h3", floor).textContent });
      for (const part of all("h3, h4, [role=list]", floor)) set(part, "presentation");
    }
    this.rows.forEach((row, at) => {
      set(row, "row", { ariaRowIndex: at + 1 });
      set(find(".tl-room", row), "rowheader", { ariaColIndex: 1 });
      for (const item of all(".track > *", row)) {
        const [start, end] = ends(item).map((at) => (at - from) / QUARTER);
        const first = Math.floor(start);
        set(item, "gridcell", { ariaColIndex: first + 2, ariaColSpan: Math.max(1, Math.ceil(end) - first) });
      }
    });
  }

  // Makes a link the one tab stop.
  stop(link) {
    if (this.at) this.at.tabIndex = -1;
    this.at = link;
    if (link) link.tabIndex = 0;
  }

  press(event) {
    const link = event.target.closest(".track a");
    if (!link || event.metaKey || event.altKey) return;
    const [from, to] = this.line.hours;
    const ahead = this.line.matches(":dir(rtl)") ? -1 : 1;
    const row = all("a", link.closest(".track"));
    const go = {
      ArrowLeft: () => this.across(row, link, -ahead, event),
      ArrowRight: () => this.across(row, link, ahead, event),
      ArrowUp: () => this.down(link, -1, event.ctrlKey),
      ArrowDown: () => this.down(link, 1, event.ctrlKey),
      PageUp: () => this.floor(link, -1),
      PageDown: () => this.floor(link, 1),
      Home: () => this.go(row[0], from),
      End: () => this.go(row.at(-1), to),
      Escape: () => link.blur(),
    }[event.key];
    if (!go) return;
    event.preventDefault();
    go();
  }

  across(row, link, side, { shiftKey, ctrlKey }) {
    const { gap, start, end } = this.slot;
    if (gap === link.parentElement && !ctrlKey) {
      const [low, high] = ends(gap);
      const next = (at) => (side > 0 ? Math.floor(at / QUARTER) + 1 : Math.ceil(at / QUARTER) - 1) * QUARTER;
      if (shiftKey) {
        const until = Math.min(next(end), high);
        const why = until === end ? this.slot.limit(gap, true) : "";
        this.slot.show(gap, [start, until > start ? until : end], { painted: true, why });
        return this.slot.tell();
      }
      const first = clamp(low, next(start), high - (end - start));
      if (first !== start) {
        this.slot.show(gap, [first, first + end - start]);
        return this.slot.tell();
      }
    }
    const others = side > 0 ? row.slice(row.indexOf(link) + 1) : row.slice(0, row.indexOf(link)).reverse();
    const [from, to] = this.line.hours;
    this.go(ctrlKey ? others.find((other) => other.matches(".free a")) : others[0], side > 0 ? from : to);
  }

  down(link, side, onlyFree) {
    const rows = side > 0 ? this.rows : this.rows.toReversed();
    this.enter(rows.slice(rows.indexOf(link.closest("[data-room]")) + 1), this.time(link), onlyFree);
  }

  floor(link, side) {
    const floors = all(".tl-floor", this.line);
    const next = floors[floors.indexOf(link.closest(".tl-floor")) + side];
    if (next) this.enter(all("[data-room]", next), this.time(link));
  }

  // The time that going up and down keeps, over bookings of other times too.
  time(link) {
    return this.slot.gap === link.parentElement ? this.slot.start : this.column ?? step(link.parentElement, "s");
  }

  // Goes to what lies at a time in the first row that has something there, or something free.
  enter(rows, at, onlyFree = false) {
    const far = (link) => Math.max(0, step(link.parentElement, "s") - at, at - step(link.parentElement, "e") + 1);
    for (const row of rows) {
      const link = all(".track a", row).toSorted((a, b) => far(a) - far(b))[0];
      if (!link || (onlyFree && (far(link) || !link.matches(".free a")))) continue;
      this.go(link, at);
      this.column = at;
      return;
    }
  }

  go(link, at) {
    if (!link) return;
    link.focus();
    this.column = undefined;
    if (!link.matches(".free a")) return;
    this.slot.show(link.parentElement, half(link.parentElement, at));
    this.slot.tell();
  }
}
