// Holds recorded exchanges to the specifications beside this file, by Microsoft's own validator:
//
//   node validate.js OAV RECORDINGS
//
// OAV is the program of npm's `oav`; RECORDINGS is a folder of what the emulator wrote with `--record`, at any
// depth. Prints JSON: how many exchanges there are, how many were read as of another version too, and each
// distinct finding with how often it was made and where first. A finding by a specification that is not Microsoft's
// own text says so.

"use strict";

const fs = require("fs");
const path = require("path");

const SPECIFICATION = path.join(__dirname, "specification");

// Versions whose specifications are Microsoft's files byte for byte: what is said in the version that the provider
// uses must be right in these as well.
const REPLAYED = {
  "microsoft.kubernetesconfiguration": "2023-05-01",
  "microsoft.machinelearningservices": "2024-04-01",
};

// What is said in a version that has no specification here is held to this one, the nearest.
const NEAREST = {
  "microsoft.containerservice": "2025-10-01",
  "microsoft.kubernetes": "2024-01-01",
  "microsoft.kubernetesconfiguration": "2024-11-01",
  "microsoft.machinelearningservices": "2024-04-01",
  "microsoft.operationalinsights": "2023-09-01",
  "microsoft.relay": "2021-11-01",
  "microsoft.servicebus": "2021-11-01",
};

async function main([oav, recordings]) {
  const recorded = files(recordings).map((file) => [file, fs.readFileSync(path.join(recordings, file), "utf8")]);
  const spoken = new Set(recorded.map(([, text]) => provider(JSON.parse(text).liveRequest.url)));
  const validator = await load(oav, spoken);
  const assembled = findAssembled();
  const found = new Map();
  let [exchanges, replayed] = [0, 0];
  for (const [file, text] of recorded) {
    exchanges += 1;
    const read = await validate(validator, JSON.parse(text), file, found);
    const again = inOtherVersion(JSON.parse(text), REPLAYED);
    if (read !== undefined && again !== undefined && REPLAYED[provider(again.liveRequest.url)] !== read) {
      replayed += 1;
      await validate(validator, again, file, found);
    }
  }
  const findings = [...found.values()].map((finding) => {
    const by = `${finding.resource.split("/providers/").pop().split("/")[0]} ${finding.version}`;
    return assembled.has(by) ? { ...finding, specification: "assembled" } : finding;
  });
  console.log(JSON.stringify({ exchanges, replayed, findings }, null, 1));
}

// The program stands in the package's `dist`, beside the library. Of the specifications it reads those of the
// providers that were spoken to.
async function load(oav, spoken) {
  const library = path.join(path.dirname(fs.realpathSync(oav)), "lib/liveValidation/liveValidator");
  const { LiveValidator } = require(library);
  const all = files(SPECIFICATION).map((file) => /resource-manager\/([^/]+)\//.exec(file.replaceAll("\\", "/"))?.[1]);
  const folders = [...new Set(all)].filter((folder) => spoken.has(folder?.toLowerCase()));
  const broken = [];
  const options = {
    directory: SPECIFICATION,
    git: { url: "", shouldClone: false },
    swaggerPathsPattern: folders.map((folder) => `**/resource-manager/${folder}/**/*.json`),
    excludedSwaggerPathsPattern: ["**/common-types/**", "**/common/**"],
    isPathCaseSensitive: false,
    isArmCall: true,
    loadValidatorInBackground: false,
    loadValidatorInInitialize: false,
  };
  const validator = new LiveValidator(options, (message, level, meta) => {
    if (level === "error" && meta.loggingType === "specTrace") broken.push(message);
  });
  await validator.initialize();
  if (broken.length > 0) throw new Error(`specifications do not load:\n${broken.join("\n")}`);
  return validator;
}

// Providers with those of their versions whose files were put together of others: `microsoft.relay 2021-11-01`.
function findAssembled() {
  const marked = files(SPECIFICATION).filter((file) => {
    const { info } = JSON.parse(fs.readFileSync(path.join(SPECIFICATION, file), "utf8").replace(/^\uFEFF/, ""));
    return info?.description?.includes("[ASSEMBLED");
  });
  return new Set(
    marked.map((file) => {
      const [, provider, version] = /resource-manager\/([^/]+)\/.*\/([^/]+)\/[^/]+$/.exec(file.replaceAll("\\", "/"));
      return `${provider.toLowerCase()} ${version}`;
    }),
  );
}

function files(folder) {
  const all = fs.readdirSync(folder, { recursive: true });
  return all.filter((name) => name.endsWith(".json")).sort();
}

// The same exchange as if it had been spoken in the version that its provider has in a table.
function inOtherVersion(exchange, versions) {
  const { liveRequest } = exchange;
  const version = versions[provider(liveRequest.url)];
  const name = Object.keys(liveRequest.query).find((it) => it.toLowerCase() === "api-version");
  if (version === undefined || name === undefined || liveRequest.query[name] === version) return undefined;
  liveRequest.url = liveRequest.url.replace(/(api-version=)[^&]*/i, `$1${version}`);
  liveRequest.query[name] = version;
  return exchange;
}

// The version in which this was read: its own, or the nearest of which there is a specification; undefined without one.
async function validate(validator, exchange, file, found, spoken) {
  const { liveRequest, liveResponse, scripted } = exchange;
  const [, version = "none"] = /api-version=([^&]*)/i.exec(liveRequest.url) ?? [];
  const common = { method: liveRequest.method, resource: resource(liveRequest.url), version: spoken ?? version };
  if (spoken !== undefined) common.read_as = version;
  const result = await validator.validateLiveRequestResponse(exchange);
  const { requestValidationResult: request, responseValidationResult: response } = result;
  const unread = result.runtimeException ?? request.runtimeException;
  if (unread !== undefined) {
    const code = unread.code.startsWith("OPERATION_NOT_FOUND") ? "NO_SPECIFICATION" : unread.code;
    if (code === "NO_SPECIFICATION") {
      if (spoken !== undefined) return undefined;
      const nearest = inOtherVersion(exchange, NEAREST);
      const read = nearest && (await validate(validator, nearest, file, found, version));
      if (read !== undefined) return read;
    }
    add(found, file, { side: "both", ...common, code }, unread.message);
    return code === "NO_SPECIFICATION" ? undefined : version;
  }
  for (const issue of request.errors) {
    add(found, file, { side: "request", ...common, code: issue.code, at: place(issue) }, issue.message);
  }
  // A scripted answer is not the service's.
  if (scripted) return version;
  const answered = { side: "response", ...common, status: liveResponse.statusCode };
  if (response.runtimeException !== undefined) {
    add(found, file, { ...answered, code: response.runtimeException.code }, response.runtimeException.message);
  }
  for (const issue of response.errors) {
    add(found, file, { ...answered, code: issue.code, at: place(issue) }, issue.message);
  }
  return version;
}

function add(found, file, finding, message) {
  const key = JSON.stringify(finding);
  const known = found.get(key);
  if (known === undefined) found.set(key, { ...finding, message, file, times: 1 });
  else known.times += 1;
}

// Where in the exchange, with every index of a list as `*`.
function place(issue) {
  const [at = ""] = issue.jsonPathsInPayload;
  return at.replace(/\[\d+\]/g, "[*]");
}

function provider(url) {
  const all = [...new URL(url).pathname.toLowerCase().matchAll(/\/providers\/([^/]+)/g)];
  return all.length === 0 ? undefined : all[all.length - 1][1];
}

// What a URL is about: the types of its path in lower case, each name as `*`.
function resource(url) {
  const segments = new URL(url).pathname.toLowerCase().split("/").filter((it) => it !== "");
  const words = [];
  while (segments.length > 0) {
    const [kind, name] = segments.splice(0, 2);
    words.push(kind);
    if (name !== undefined) words.push(kind === "providers" ? name : "*");
  }
  return words.join("/").replace("subscriptions/*/resourcegroups/*/providers/", "");
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
