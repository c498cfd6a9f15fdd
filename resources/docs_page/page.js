"use strict";

// Shows the OpenAPI document, and lets one try its operations (try.js). Everything goes in by
// textContent, so that nothing in the document or in an answer is ever taken for markup.

function element(name, content, className) {
  const made = document.createElement(name);
  if (content !== undefined) made.append(...(Array.isArray(content) ? content : [content]));
  if (className) made.className = className;
  return made;
}

function link(address, text) {
  const made = element("a", text);
  made.href = address;
  return made;
}

const nameOf = (reference) => reference.split("/").pop();

// A type in words, as nodes: the names of schemas are links to them.
function typeNodes(schema) {
  if (!schema) return ["any"];
  if (schema.$ref) return [link("#schema-" + nameOf(schema.$ref), nameOf(schema.$ref))];
  const parts = schema.oneOf || schema.anyOf || schema.allOf;
  if (parts) {
    return parts.flatMap((part, index) => (index ? [" or ", ...typeNodes(part)] : typeNodes(part)));
  }
  if (schema.type === "array") return ["list of ", ...typeNodes(schema.items), ...bounds(schema)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(", ")];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "any";
  return [type, ...bounds(schema)];
}

const BOUNDS = {
  format: "", minimum: "from ", maximum: "up to ", exclusiveMinimum: "more than ",
  minLength: "at least characters: ", maxLength: "at most characters: ",
  minItems: "at least entries: ", maxItems: "at most entries: ", pattern: "pattern ",
};

function bounds(schema) {
  const found = Object.entries(BOUNDS)
    .filter(([key]) => schema[key] !== undefined)
    .map(([key, words]) => words + schema[key]);
  return found.length ? [" (" + found.join(", ") + ")"] : [];
}

// What a schema says of itself, also within "this or null".
function textOf(schema) {
  if (!schema) return "";
  const inner = (schema.oneOf || schema.anyOf || []).map(textOf).find(Boolean);
  return schema.description || inner || "";
}

function fieldList(rows) {
  const made = element("div", undefined, "fields");
  for (const [name, isMust, schema, text] of rows) {
    const first = element("div", element("code", name));
    if (isMust) first.append(element("span", "required", "must"));
    made.append(first, element("div", typeNodes(schema)), element("div", text || textOf(schema)));
  }
  return made;
}

function contentNodes(content) {
  return Object.entries(content || {}).flatMap(([kind, value]) => [
    ...typeNodes(value.schema), " ", element("small", kind),
  ]);
}

function example(title, value) {
  return [element("h3", title), element("pre", JSON.stringify(value, null, 2))];
}

function operationInside(path, method, operation) {
  const inner = element("div");
  const more = (operation.description || "").split("\n").slice(1).join(" ").trim();
  if (more) inner.append(element("p", more));
  const parameters = operation.parameters || [];
  if (parameters.length) {
    inner.append(element("h3", "Parameters"), fieldList(parameters.map((parameter) => [
      parameter.name, parameter.required, parameter.schema, parameter.description,
    ])));
  }
  const body = operation.requestBody && operation.requestBody.content;
  if (body) {
    inner.append(element("h3", "Body"), element("p", contentNodes(body)));
  }
  inner.append(element("h3", "Example"), element("pre", curlOf(path, method, operation)));
  for (const [status, answer] of Object.entries(operation.responses || {})) {
    const json = (answer.content || {})["application/json"];
    if (json && json.example !== undefined) {
      inner.append(...example("Answer " + status, json.example));
    }
  }
  const rows = element("div", undefined, "fields");
  for (const [status, answer] of Object.entries(operation.responses || {})) {
    rows.append(element("code", status), element("div", contentNodes(answer.content)),
      element("div", answer.description || ""));
  }
  const all = element("details", [element("summary", "All answers"), element("div", rows)]);
  inner.append(all, tryView(path, method, operation));
  return inner;
}

// What is folded away is built when it is first opened: the page shows at once.
function folded(summary, build, id, text) {
  const view = element("details", summary);
  view.id = id;
  view.dataset.text = text.toLowerCase();
  view.addEventListener("toggle", () => {
    if (view.open && view.children.length === 1) view.append(build());
  });
  return view;
}

const firstLine = (text) => (text || "").split("\n")[0];

function operationView(path, method, operation) {
  const summary = element("summary", [
    element("span", method.toUpperCase(), "method " + method),
    element("code", path),
    element("span", firstLine(operation.description) || operation.summary || "", "about"),
  ]);
  const text = [path, method, operation.summary || "", operation.description || ""].join(" ");
  return folded(summary, () => operationInside(path, method, operation),
    "operation-" + operation.operationId, text);
}

function schemaView(name, schema) {
  const required = new Set(schema.required || []);
  const fields = Object.entries(schema.properties || {});
  const build = () => {
    const inner = element("div");
    if (schema.description) inner.append(element("p", schema.description));
    if (fields.length) {
      inner.append(fieldList(fields.map(([field, inside]) => [field, required.has(field), inside])));
    }
    if (schema.enum) inner.append(element("pre", schema.enum.join("\n")));
    return inner;
  };
  const text = [name, schema.description || "", ...fields.map(([field]) => field),
    ...(schema.enum || [])].join(" ");
  return folded(element("summary", element("code", name)), build, "schema-" + name, text);
}

function show(found) {
  document.getElementById("about").textContent = found.info.description || "";
  const groups = new Map();
  for (const [path, operations] of Object.entries(found.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(path, method, operation));
    }
  }
  const all = document.getElementById("operations");
  for (const [tag, views] of [...groups].sort()) {
    all.append(element("section", [element("h2", tag), ...views]));
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(found.components.schemas).sort()) {
    schemas.append(schemaView(name, schema));
  }
  openNamed();
}

function filter() {
  const words = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let hits = 0;
  for (const section of document.querySelectorAll("main section")) {
    let isEmpty = true;
    for (const view of section.querySelectorAll(":scope > details")) {
      view.hidden = !words.every((word) => view.dataset.text.includes(word));
      if (!view.hidden) { isEmpty = false; hits += 1; }
    }
    section.hidden = isEmpty;
  }
  document.getElementById("hits").textContent = !words.length ? ""
    : hits ? hits + (hits === 1 ? " hit" : " hits") : "Nothing here has these words: try one of them, or a part of a path.";
}

// Opens what the address names, also if the filter hides it.
function openNamed() {
  const view = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!view || view.tagName !== "DETAILS") return;
  if (view.hidden) {
    document.getElementById("filter").value = "";
    filter();
  }
  view.open = true;
  view.scrollIntoView();
}

document.getElementById("filter").addEventListener("input", filter);
window.addEventListener("hashchange", openNamed);

fetch("/docs/openapi.json", { credentials: "omit" })
  .then((answer) => answer.json())
  .then(show)
  .catch(() => {
    document.getElementById("about").textContent = "The description cannot be loaded.";
  });
