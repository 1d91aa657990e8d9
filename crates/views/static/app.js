// Every page works without script: it only spares waiting and typing. Forms and links marked
// data-swap are fetched, and the elements named there change in place.

const find = (selector, root = document) => root.querySelector(selector);
const make = (tag, facts) => Object.assign(document.createElement(tag), facts);
const byId = (id) => document.getElementById(id);
const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (at) => at?.closest?.("input, textarea, select, dialog, [contenteditable]");

function say(words) {
  const region = find("#said");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = words));
}

// Fetch and swap

async function load(url, options, names, { push = true } = {}) {
  const answer = await fetch(url, { ...options, headers: { accept: "text/html", "x-fragment": names } });
  const kind = answer.headers.get("content-type") ?? "";
  if (!kind.startsWith("text/html")) return location.assign(answer.url);
  const page = await read(answer);
  const was = location.pathname;
  const focused = document.activeElement?.id;
  let swapped = false;
  for (const name of names.split(" ")) {
    const [old, fresh] = [byId(name), page.getElementById(name)];
    if (!old || !fresh) continue;
    old.replaceWith(fresh);
    swapped = true;
  }
  if (!swapped) return push ? location.assign(answer.url) : undefined;
  if (names === "main") {
    for (const part of [".top", ".foot"]) {
      const [old, fresh] = [find(part), find(part, page)];
      if (old && fresh) old.replaceWith(fresh);
    }
    document.title = page.title;
    find("#toast")?.remove();
    const toast = find("#toast", page);
    if (toast) find(".foot").before(toast);
  }
  const posted = (options?.method ?? "get") !== "get";
  if (push && (answer.redirected || !posted)) history.pushState({}, "", answer.url);
  settle();
  if (names !== "main") return;
  const wanted = find("[data-focus]") || (focused && byId(focused)) || find("#main");
  wanted.focus({ preventScroll: was === location.pathname && !wanted.matches("[data-focus]") });
  if (was !== location.pathname) scrollTo(0, 0);
}

async function act(form, button) {
  const data = new FormData(form, button);
  const method = (button?.getAttribute("formmethod") ?? form.method).toLowerCase();
  const action = new URL(button?.getAttribute("formaction") ?? form.action, location.href);
  const names = form.dataset.swap;
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    if (method === "get") {
      action.search = new URLSearchParams(data);
      await load(action, {}, names);
    } else {
      await load(action, { method, body: new URLSearchParams(data) }, names);
    }
  } catch {
    toast("No answer from the server. Nothing is lost: press again in a moment.");
  } finally {
    form.ariaBusy = "false";
  }
}

function toast(words, label, then) {
  find("#toast")?.remove();
  const box = make("div", { className: "toast", id: "toast" });
  box.role = "status";
  box.append(make("p", { textContent: words }));
  if (label) {
    const button = make("button", { className: "button", textContent: label });
    button.addEventListener("click", () => (box.remove(), then()));
    box.append(button);
  }
  find(".foot").before(box);
  settle();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-swap]")) return;
  event.preventDefault();
  act(form, event.submitter);
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-auto]") && form.checkValidity()) form.requestSubmit();
});

// What a field marked data-look decides is asked again and changed in place.
let looking;

document.addEventListener("change", async ({ target: { form, dataset, id } }) => {
  if (!form || !dataset.look) return;
  looking?.abort();
  looking = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("look", "1");
  const chosen = all("#conference input:checked").map((input) => input.id);
  const options = { method: "post", body, signal: looking.signal };
  await load(form.action, options, dataset.look, { push: false }).catch(() => {});
  for (const kept of chosen) {
    const again = find(`#${kept}:enabled`);
    if (again) again.checked = true;
  }
  // Unless somebody types elsewhere.
  if (document.activeElement === document.body) byId(id)?.focus();
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-swap]");
  if (link && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    load(link.href, {}, link.dataset.swap).catch(() => location.assign(link.href));
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    const label = find("span", copy);
    copy.before_ ??= label.textContent;
    label.textContent = "Copied";
    say("Copied");
    setTimeout(() => (label.textContent = copy.before_), 2000);
  }
});

addEventListener("popstate", () => load(location.href, {}, "main", { push: false }).catch(() => location.reload()));

// A fresh page or part

let source;
let timer;

function settle() {
  const box = find("#toast");
  clearTimeout(timer);
  if (box) {
    const leave = () => (box.matches(":hover, :focus-within") ? (timer = setTimeout(leave, 1000)) : box.remove());
    timer = setTimeout(leave, 5000);
  }
  follow(find("[data-follow]"));
}

// Follows what moves until it stands still; it names the parts to fetch anew. Asks once when the line
// opens, lest a change fell between.
function follow(part) {
  if (part?.dataset.follow === source?.follow) return;
  source?.close();
  source = undefined;
  if (!part) return;
  const { follow, refresh, parts = "meeting history" } = part.dataset;
  const state = `#${parts.split(" ")[0]} .state`;
  const again = () => load(refresh, {}, parts, { push: false }).then(() => say(find(state)?.textContent ?? ""), () => {});
  source = Object.assign(new EventSource(follow), { follow });
  source.addEventListener("meeting", again);
  source.addEventListener("changed", again);
  source.addEventListener("open", again, { once: true });
  source.addEventListener("error", ({ target }) => {
    if (target !== source || target.readyState !== EventSource.CLOSED) return;
    source = undefined;
    setTimeout(() => find("[data-follow]") && again(), 3000);
  });
}

const keys = { n: "new", "/": "find", t: "today", ArrowLeft: "earlier", ArrowRight: "later" };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    return find("#keys")?.showModal();
  }
  const target = keys[event.key] && find(`[data-key="${keys[event.key]}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});
