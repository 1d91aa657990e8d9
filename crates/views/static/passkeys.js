// Passkeys (WebAuthn Level 3). Forms marked data-passkey ask the server what is to be signed, the
// browser for its authenticator, and are then sent like any other form.

const able = window.PublicKeyCredential && isSecureContext;
if (able) document.documentElement.dataset.passkeys = "";

const read = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const write = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes ?? [])))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function ask(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value });
  const answer = await fetch(form.dataset.challenge, { method: "POST", body });
  const kind = answer.headers.get("content-type") ?? "";
  // What comes as a page, such as the proof that has to come first, is shown.
  if (!kind.startsWith("application/json")) return location.assign(answer.url);
  return answer.json();
}

const common = { userVerification: "required" };

async function create(asked) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: read(asked.challenge),
      rp: { id: asked.rp, name: "OneClickRooms" },
      user: { id: read(asked.user), name: asked.email, displayName: asked.name },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: asked.known.map((id) => ({ type: "public-key", id: read(id) })),
      authenticatorSelection: { ...common, residentKey: "required", requireResidentKey: true },
      attestation: "none",
    },
  });
  const { response } = made;
  return {
    client_data: write(response.clientDataJSON),
    authenticator_data: write(response.getAuthenticatorData()),
    public_key: write(response.getPublicKey()),
  };
}

async function get(asked) {
  const shown = await navigator.credentials.get({
    publicKey: { challenge: read(asked.challenge), rpId: asked.rp, ...common },
  });
  const { response } = shown;
  return {
    credential: write(shown.rawId),
    client_data: write(response.clientDataJSON),
    authenticator_data: write(response.authenticatorData),
    signature: write(response.signature),
    user_handle: write(response.userHandle),
  };
}

function say(form, words) {
  const place = form.querySelector("[role=alert]");
  place.textContent = words;
  place.hidden = !words;
}

const why = (error) =>
  error.name === "InvalidStateError"
    ? "This device has a passkey of yours already."
    : "Your device did not go on. Try once more, or choose another way.";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const kind = form.dataset.passkey;
  if (!able || !kind) return;
  event.preventDefault();
  say(form, "");
  try {
    const asked = await ask(form);
    if (!asked) return;
    const fields = await (kind === "create" ? create(asked) : get(asked));
    for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
    form.submit();
  } catch (error) {
    say(form, why(error));
  }
});
