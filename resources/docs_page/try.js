"use strict";

// Sends requests for page.js. The token is a variable of this file and nowhere else: no cookie is
// sent or taken (`credentials: "omit"`), nothing is stored.

let token = "";
const given = new Map(); // path parameters that were typed once serve all operations

function signedIn(who) {
  document.getElementById("who").textContent = who
    || "Not signed in: requests are sent without a token.";
  document.getElementById("forget").hidden = !who;
}

async function call(method, address, body, kind = "application/json") {
  const headers = {};
  if (token) headers.authorization = "Bearer " + token;
  if (body !== undefined) headers["content-type"] = kind;
  const answer = await fetch(address, {
    method, headers, body, credentials: "omit", cache: "no-store", redirect: "error",
  });
  return { answer, text: await answer.text() };
}

document.getElementById("by-password").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const says = document.getElementById("sign-in-answer");
  const email = form.elements.email.value;
  token = "";
  try {
    const body = JSON.stringify({ email, password: form.elements.password.value });
    const { answer, text } = await call("POST", "/api/v1/sessions", body);
    form.elements.password.value = "";
    if (answer.ok) token = JSON.parse(text).access_token;
    says.textContent = answer.ok ? "" : problemText(text, answer.status);
    signedIn(answer.ok ? "Signed in as " + email + " for 15 minutes." : "");
  } catch {
    says.textContent = "The server does not answer.";
  }
});

document.getElementById("by-token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = event.target.elements.token.value.trim();
  event.target.reset();
  document.getElementById("sign-in-answer").textContent = "";
  signedIn(token ? "A token of yours is sent with each request." : "");
});

document.getElementById("forget").addEventListener("click", async () => {
  const isSession = !token.startsWith("gks_");
  try {
    if (isSession) await call("DELETE", "/api/v1/sessions/current");
  } catch { /* it is forgotten here all the same */ }
  token = "";
  signedIn("");
});

function problemText(text, status) {
  try {
    const problem = JSON.parse(text);
    const errors = (problem.errors || []).map((one) => one.field + " " + one.message);
    return [problem.title, problem.detail, ...errors].join(" · ");
  } catch {
    return "Refused with status " + status;
  }
}

// The content type and text of an operation's example body; undefined if it takes none.
function bodyExample(operation) {
  const found = Object.entries((operation.requestBody && operation.requestBody.content) || {})
    .find(([, content]) => content.example !== undefined);
  if (!found) return undefined;
  const [kind, { example }] = found;
  return { kind, text: typeof example === "string" ? example : JSON.stringify(example, null, 2) };
}

// The same request for a shell; TOKEN is a variable there.
function curlOf(path, method, operation) {
  const words = ["curl -X " + method.toUpperCase() + " \"" + location.origin + path + "\""];
  if (!(operation.security || []).some((one) => !Object.keys(one).length)) {
    words.push("-H \"Authorization: Bearer $TOKEN\"");
  }
  const body = bodyExample(operation);
  if (body !== undefined) {
    words.push("-H 'Content-Type: " + body.kind + "'");
    words.push("--data-binary '" + body.text.replaceAll("'", "'\\''") + "'");
  }
  return words.join(" \\\n  ");
}

function addressOf(path, inputs) {
  let address = path;
  const query = new URLSearchParams();
  for (const [parameter, input] of inputs) {
    const value = input.value.trim();
    if (parameter.in === "path") {
      given.set(parameter.name, value);
      address = address.replace("{" + parameter.name + "}", encodeURIComponent(value));
    } else if (value) {
      query.set(parameter.name, value);
    }
  }
  return String(query) ? address + "?" + query : address;
}

function tryView(path, method, operation) {
  const inner = element("div", element("h3", "Try it"), "try");
  const inputs = [];
  for (const parameter of operation.parameters || []) {
    if (parameter.in !== "path" && parameter.in !== "query") continue;
    const input = element("input");
    input.spellcheck = false;
    if (parameter.in === "path") {
      input.required = true;
      input.placeholder = parameter.example;
      inner.addEventListener("focusin", () => {
        if (!input.value) input.value = given.get(parameter.name) || "";
      });
      input.value = given.get(parameter.name) || "";
    }
    inputs.push([parameter, input]);
    inner.append(element("label", [element("code", parameter.name), input]));
  }
  let body;
  const found = bodyExample(operation);
  if (found !== undefined) {
    body = element("textarea");
    body.spellcheck = false;
    body.value = found.text;
    inner.append(element("label", ["Body", body]));
  }
  const send = element("button", "Send " + method.toUpperCase());
  const out = element("div");
  out.setAttribute("role", "status");
  send.addEventListener("click", async () => {
    const empty = inputs.find(([parameter, input]) => parameter.in === "path" && !input.value.trim());
    if (empty) {
      out.replaceChildren(element("p", "Fill in " + empty[0].name + " first."));
      empty[1].focus();
      return;
    }
    send.disabled = true;
    const address = addressOf(path, inputs);
    try {
      const { answer, text } = await call(
        method.toUpperCase(), address, body && body.value, found && found.kind);
      showAnswer(out, method, address, answer, text);
    } catch {
      out.replaceChildren(element("p", "The server does not answer."));
    }
    send.disabled = false;
  });
  inner.append(send, out);
  return inner;
}

function showAnswer(out, method, address, answer, text) {
  let shown = text;
  let type = "";
  try {
    const found = JSON.parse(text);
    shown = JSON.stringify(found, null, 2);
    if (typeof found.type === "string" && found.type.startsWith("/docs/problems/")) type = found.type;
  } catch { /* not JSON: shown as it came */ }
  const line = element("p", [
    element("span", answer.status + " " + (answer.ok ? "Done" : "Refused"), "status"),
    " ", element("code", method.toUpperCase() + " " + address), " ",
  ]);
  if (type) line.append(link(type, "What this means"));
  out.replaceChildren(line);
  if (shown) out.append(element("pre", shown));
}
