// The small card that books a painted time. Its form is the server's; closed and opened again it
// still holds what was typed.

class DayCard {
  constructor(line) {
    Object.assign(this, { line, slot: line.time });
    this.card = find("#quick-card").content.cloneNode(true).firstElementChild;
    find("[data-quick=close]", this.card).addEventListener("click", () => this.close());
    this.card.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  get open() {
    return this.card.isConnected;
  }

  show() {
    this.line.closest(".tl-wrap").append(this.card);
    this.card.show();
    this.fill();
    const isTouched = matchMedia("(pointer: coarse)").matches;
    if (isTouched) find("#quick-title", this.card).focus();
    else find("#q-title", this.card).select();
    say(`${this.slot.words(" to ")}, ${this.slot.length()}`);
  }

  fill() {
    const { slot, card } = this;
    const { room, name, seats } = slot.room.dataset;
    const fields = { room_id: room, date: this.line.dataset.date, start: slot.clock(slot.start), end: slot.clock(slot.end) };
    for (const [field, value] of Object.entries(fields)) find(`[name="${field}"]`, card).value = value;
    const kit = find(".kit .hidden-text", slot.room).textContent;
    find("#quick-title", card).textContent = slot.words("–");
    find("[data-quick=facts]", card).textContent = `${slot.length()}. ${seats} seats${kit && `, ${kit}`}.`;
    find("[data-quick=book]", card).textContent = `Book ${name}`;
    this.place();
  }

  // Below the slot, above where there is no room; on narrow pages the styles make it a sheet from
  // below. The slot is never hidden by it.
  place() {
    const space = 10;
    const slot = this.slot.mark.getBoundingClientRect();
    const wrap = this.card.parentElement.getBoundingClientRect();
    const { width, height } = this.card.getBoundingClientRect();
    const isSheet = getComputedStyle(this.card).position === "fixed";
    const isAbove = !isSheet && slot.bottom + space + height > innerHeight && slot.top - space - height > 0;
    const top = isAbove ? slot.top - space - height : slot.bottom + space;
    this.card.style.top = `${top - wrap.top}px`;
    this.card.style.left = `${clamp(space, slot.left - wrap.left, wrap.width - width - space)}px`;
    if (!isAbove) scrollBy(0, Math.max(0, top + height + (isSheet ? 0 : space) - innerHeight));
  }

  hide() {
    this.card.remove();
    this.slot.clear();
  }

  // Gives the focus back to the time it was opened for.
  close() {
    const { gap, start, end } = this.slot;
    this.hide();
    find("a", gap).focus({ preventScroll: true });
    this.slot.show(gap, [start, end]);
  }
}
