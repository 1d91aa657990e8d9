// People as chips: what is typed or pasted becomes one for each address. Read after app.js.

class ChipBox extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.input = find("input", this);
    this.sent = make("input", { type: "hidden", name: this.input.name });
    this.box = make("ul", { className: "chips" });
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
    const chip = make("li", { className: "chip", textContent: words });
    const away = make("button", { type: "button", textContent: "×", ariaLabel: `Remove ${words}` });
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

customElements.define("chip-box", ChipBox);
