// The time that is pointed at or painted in the day. Times are steps of five minutes that were lived
// since midnight, as the server draws them.

const QUARTER = 3;
const HALF = 6;
const step = (item, side) => Number(new RegExp(`(?:^| )${side}(\\d+)`).exec(item.className)?.[1]);
const ends = (item) => [step(item, "s"), step(item, "e")];
const clamp = (low, at, high) => Math.max(low, Math.min(at, high));

// Half an hour, or the gap if it is shorter, from the quarter before.
function half(gap, at) {
  const [low, high] = ends(gap);
  const start = clamp(low, Math.floor(at / QUARTER) * QUARTER, Math.max(high - HALF, low));
  return [start, Math.min(start + HALF, high)];
}

class DaySlot {
  constructor({ turn, turnBy }) {
    this.turn = turn === undefined ? Infinity : Number(turn);
    this.turnBy = Number(turnBy);
    this.mark = make("div", { ariaHidden: "true" });
    for (const name of ["words", "why", "grip from", "grip until"]) {
      this.mark.append(make("span", { className: name }));
    }
  }

  get room() {
    return this.gap.closest("[data-room]");
  }

  clock(at) {
    const minutes = at * 5 + (at >= this.turn ? this.turnBy : 0);
    return `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }

  show(gap, [start, end], { painted = false, why = "" } = {}) {
    Object.assign(this, { gap, start, end, why });
    if (this.mark.parentElement !== gap.parentElement) gap.parentElement.append(this.mark);
    this.mark.className = `slot at long${painted ? " painted" : ""}`;
    this.mark.style.setProperty("--s", start);
    this.mark.style.setProperty("--e", end);
    find(".words", this.mark).textContent = painted ? this.length() : this.clock(start);
    find(".why", this.mark).textContent = why;
  }

  clear() {
    this.mark.remove();
    this.gap = undefined;
  }

  // Why a gap goes no further: `Until 14:30, then private`, `From 12:30, after Lens pricing`.
  limit(gap, isEnd) {
    const items = [...gap.parentElement.children].filter((item) => item !== this.mark);
    const next = items[items.indexOf(gap) + (isEnd ? 1 : -1)];
    if (!next) return "";
    const isClosed = next.matches(".closed");
    const what = isClosed ? "closed" : find(".private", next) ? "private" : find(".text", next).textContent;
    if (isEnd) return `Until ${this.clock(step(gap, "e"))}, then ${what}`;
    return `From ${this.clock(step(gap, "s"))}${isClosed ? "" : `, after ${what}`}`;
  }

  length() {
    const minutes = (this.end - this.start) * 5;
    const hours = Math.floor(minutes / 60);
    return [hours && `${hours} h`, minutes % 60 && `${minutes % 60} min`].filter(Boolean).join(" ");
  }

  words(joint) {
    return `${this.room.dataset.name}, ${this.clock(this.start)}${joint}${this.clock(this.end)}`;
  }

  tell() {
    say(`${this.words(" to ")}, ${this.length()}, ${this.why || "free"}`);
  }
}
