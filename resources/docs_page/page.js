"use strict";

// Shows the OpenAPI document as text. Everything goes in by textContent, so that nothing in the
// document is ever taken for markup.

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function typeName(schema) {
  if (!schema) return "any";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const parts = schema.oneOf || schema.anyOf;
  if (parts) return parts.map(typeName).join(" or ");
  if (schema.type === "array") return "list of " + typeName(schema.items);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "any";
  const bounds = ["format", "minimum", "maximum", "minLength", "maxLength", "pattern"]
    .filter((key) => schema[key] !== undefined)
    .map((key) => key + " " + schema[key]);
  return bounds.length ? type + " (" + bounds.join(", ") + ")" : type;
}

function table(rows) {
  const made = element("table");
  for (const row of rows) {
    const line = element("tr");
    for (const cell of row) line.append(element("td", cell));
    made.append(line);
  }
  return made;
}

function bodyType(content) {
  return Object.entries(content || {})
    .map(([kind, value]) => kind + ": " + typeName(value.schema))
    .join("; ");
}

function operationView(path, method, operation) {
  const view = element("details");
  const summary = element("summary");
  summary.append(element("span", method.toUpperCase(), "method " + method));
  summary.append(element("code", path));
  summary.append(document.createTextNode(" " + (operation.summary || "")));
  const inner = element("div");
  if (operation.description) inner.append(element("p", operation.description));
  if ((operation.parameters || []).length) {
    inner.append(element("h4", "Parameters"));
    inner.append(table(operation.parameters.map((parameter) => [
      parameter.name, parameter.in, typeName(parameter.schema),
      parameter.required ? "required" : "", parameter.description || "",
    ])));
  }
  if (operation.requestBody) {
    inner.append(element("h4", "Body"));
    inner.append(element("p", bodyType(operation.requestBody.content)));
  }
  inner.append(element("h4", "Answers"));
  inner.append(table(Object.entries(operation.responses || {}).map(([status, answer]) => [
    status, answer.description || "", bodyType(answer.content),
  ])));
  view.append(summary, inner);
  view.dataset.text = (path + " " + method + " " + summary.textContent + " "
    + (operation.description || "")).toLowerCase();
  return view;
}

function schemaView(name, schema) {
  const view = element("details");
  view.append(element("summary", name));
  const inner = element("div");
  if (schema.description) inner.append(element("p", schema.description));
  const required = new Set(schema.required || []);
  inner.append(table(Object.entries(schema.properties || {}).map(([field, inside]) => [
    field, typeName(inside), required.has(field) ? "required" : "", inside.description || "",
  ])));
  if (schema.enum) inner.append(element("pre", schema.enum.join("\n")));
  view.append(inner);
  return view;
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
  const main = document.getElementById("operations");
  for (const [tag, views] of [...groups].sort()) {
    const section = element("section");
    section.append(element("h2", tag), ...views);
    main.append(section);
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(found.components.schemas).sort()) {
    schemas.append(schemaView(name, schema));
  }
}

document.getElementById("filter").addEventListener("input", (change) => {
  const wanted = change.target.value.toLowerCase();
  for (const view of document.querySelectorAll("main details")) {
    view.hidden = !view.dataset.text.includes(wanted);
  }
});

fetch("/docs/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch(() => {
    document.getElementById("about").textContent = "The description cannot be loaded.";
  });
