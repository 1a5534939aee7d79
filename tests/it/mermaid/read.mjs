// Reads flowcharts by Mermaid's own parser, as a page that draws them does: node read.mjs MERMAID < CHARTS
//
// MERMAID is the program of `tests/tools/get mermaid`, beside which the library lies; CHARTS is a list of texts in JSON.
// What is printed is for each text the nodes, their labels as a reader sees them, and the edges, or the error.

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const require = createRequire(realpathSync(process.argv[2]));
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("<!doctype html><body></body>");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import(pathToFileURL(require.resolve("mermaid")));
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

// Mermaid keeps numbers of characters under a mark of its own until it draws them.
function seen(label) {
  const html = label.replace(/ﬂ°°/g, "&#").replace(/ﬂ°/g, "&").replace(/¶ß/g, ";");
  const body = new JSDOM(`<!doctype html><body>${html}</body>`).window.document.body;
  return { label: body.textContent, markup: body.children.length };
}

async function read(chart) {
  try {
    const { diagramType } = await mermaid.parse(chart);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(chart);
    const nodes = [...db.getVertices().values()];
    return {
      diagramType,
      nodes: nodes.map(({ id, text, link, haveCallback, labelType }) => ({
        id, ...seen(text), labelType, acts: Boolean(link || haveCallback),
      })),
      edges: db.getEdges().map(({ start, end }) => [start, end]),
      groups: db.getSubGraphs().length,
    };
  } catch (error) {
    return { error: String(error.message) };
  }
}

const found = [];
for (const chart of JSON.parse(await text(process.stdin))) found.push(await read(chart));
console.log(JSON.stringify(found));
