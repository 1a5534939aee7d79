#!/usr/bin/env node
// Mermaid is a library. This is the program of its name, which says its version, and beside which its modules lie.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const library = path.dirname(createRequire(import.meta.url).resolve("mermaid"));
const { version } = JSON.parse(readFileSync(path.join(library, "../package.json")));
console.log(`mermaid ${version}`);
