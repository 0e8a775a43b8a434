// SPDX-License-Identifier: Apache-2.0
// Bundles the page into one file, ../assets/page.html (or the file named as the argument), with a digest of
// its sources, by which a test sees whether it was built from them.
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

const script = bundle({ entryPoints: ["src/main.js"], format: "iife" }).replaceAll("</script", "<\\/script");
const style = bundle({ entryPoints: ["style.css"] });
const page = read("page.html")
  .replace("/*style*/", () => style)
  .replace("/*script*/", () => script)
  .replace("<!--sources-->", () => `<!-- made by report/ui/build.mjs from sources ${digest.digest("hex")} -->`);
writeFileSync(process.argv[2] ?? new URL("../assets/page.html", here), page);
