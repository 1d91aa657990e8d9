// Own bookings move by their body and by their end. The old place stays as an outline until the
// server agrees; a refusal leaves the booking where it was and offers the nearest free time.

class DayMove {
  constructor(line) {
    Object.assign(this, { line, slot: line.time });
    for (const block of all(".block.mine", line)) block.append(make("span", { className: "tail" }));
    line.addEventListener("pointerdown", (event) => this.grab(event));
    line.addEventListener("pointermove", (event) => this.held && this.carry(event));
    line.addEventListener("pointerup", () => this.held && this.drop());
    line.addEventListener("pointercancel", () => this.held && this.back());
  }

  grab(event) {
    const block = event.target.closest?.(".block.mine");
    if (!block || event.button || event.pointerType === "touch") return;
    const [start, end] = ends(block.parentElement);
    const [from, to] = this.line.hours;
    if (start <= from || end >= to) return;
    event.preventDefault();
    const isEnd = Boolean(event.target.closest(".tail"));
    const at = this.line.at(event, block.closest(".track"));
    this.held = { block, start, end, at, isEnd, x: event.clientX, y: event.clientY };
  }

  carry(event) {
    const { block, start, end, at, isEnd, x, y } = this.held;
    if (!this.held.moved && Math.hypot(event.clientX - x, event.clientY - y) < 5) return;
    if (!this.held.moved) this.line.setPointerCapture(event.pointerId);
    this.held.moved = true;
    block.classList.add("leaving");
    const under = this.line.keys.rows.find((row) => row.getBoundingClientRect().bottom > event.clientY);
    const row = isEnd || !under ? block.closest("[data-room]") : under;
    const by = this.line.at(event, find(".track", row)) - at;
    const snap = (step) => Math.round(step / (event.altKey ? 1 : QUARTER)) * (event.altKey ? 1 : QUARTER);
    const [from, to] = this.line.hours;
    const first = isEnd ? start : clamp(from, snap(start + by), to - (end - start));
    const last = isEnd ? clamp(start + QUARTER, snap(end + by), to) : first + end - start;
    this.slot.show(find(".track > *", row), [first, last], { painted: true });
  }

  drop() {
    const { block, moved, start, end } = this.held;
    if (!moved) return void (this.held = undefined);
    const { slot } = this;
    const isSame = slot.start === start && slot.end === end && slot.room === block.closest("[data-room]");
    const wanted = { room_id: slot.room.dataset.room, start: slot.clock(slot.start), end: slot.clock(slot.end) };
    if (isSame) this.back();
    else this.save(block, wanted).catch(() => toast("No answer from the server. Nothing was moved.")).finally(() => this.back());
  }

  back() {
    this.held?.block.classList.remove("leaving");
    this.held = undefined;
    this.slot.clear();
  }

  // The booking's own form says everything else about it, and is posted with another time.
  async save(block, wanted) {
    const form = find("form.sheet", await read(await fetch(`${block.pathname}/change`)));
    if (!form) return load(location.href, {}, "main", { push: false });
    await this.post(form, wanted, this.slot.words("–"));
  }

  async post(form, wanted, words) {
    const fields = new FormData(form);
    for (const [name, value] of Object.entries(wanted)) fields.set(name, value);
    const answer = await fetch(form.getAttribute("action"), { method: "post", body: new URLSearchParams(fields) });
    if (answer.redirected) {
      await load(location.href, {}, "main", { push: false });
      return toast(`Moved to ${words}.`);
    }
    const page = await read(answer);
    const again = find("form.sheet", page);
    const why = find(".wrong span", page)?.textContent ?? "This booking cannot be moved there.";
    const other = find("button[name=take]", page);
    if (!other) return toast(why);
    toast(why, other.textContent, () => this.post(again, { take: other.value }, other.textContent));
  }
}
