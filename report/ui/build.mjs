// SPDX-License-Identifier: Apache-2.0
// Bundles the pages of a run, a study and a comparison into one file each, in ../assets (or the directory named as
// the argument), with a digest of their sources, by which a test sees whether they were built from them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = new URL(".", import.meta.url);
const read = (name) => readFileSync(new URL(name, here), "utf8");

const sources = ["build.mjs", "package-lock.json", "package.json", "page.html", "style.css",
                 ...readdirSync(new URL("src", here)).sort().map((name) => `src/${name}`)];
const digest = createHash("sha256");
for (const name of sources) digest.update(`${name}\0${read(name)}\0`);

const bundle = (options) => esbuild.buildSync({
  absWorkingDir: fileURLToPath(here), bundle: true, minify: true, write: false, legalComments: "eof", charset: "utf8",
  target: "es2022", logLevel: "warning", ...options,
}).outputFiles[0].text.trim();

const style = bundle({ entryPoints: ["style.css"] });
const mark = `<!-- made by report/ui/build.mjs from sources ${digest.digest("hex")} -->`;
const assets = process.argv[2] ?? fileURLToPath(new URL("../assets", here));
for (const [page, entry] of Object.entries({ page: "src/main.js", study: "src/study_main.js", compare: "src/compare_main.js" })) {
  const script = bundle({ entryPoints: [entry], format: "iife" }).replaceAll("</script", "<\\/script");
  writeFileSync(`${assets}/${page}.html`, read("page.html")
    .replace("/*style*/", () => style)
    .replace("/*script*/", () => script)
    .replace("<!--sources-->", () => mark));
}
