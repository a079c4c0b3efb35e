// usage: node mutations.mjs SEED COUNT FOLDER FILE... : writes COUNT runbooks into FOLDER, each one of the files with a
// value or a key that its author did not mean; and the files' names, one a line. The same seed makes the same runbooks.
import fs from 'fs';
import path from 'path';
import { parse } from 'yaml';

const [seed, count, folder, ...files] = process.argv.slice(2);

let state = Number(seed);
function below(limit) { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % limit;
}
const one = (list) => list[below(list.length)];

const values = [
  '', ' ', 5, 0, -1, 1.5, true, false, null, [], {}, 'x', '5m', '0s', '400d', '1h1d', '10MiB', '0B', 'a:b', 'a\nb', '/',
  '/a', '${{ params.text }}', '${{ 1 }}/a', 'GET', 'HEAD', 'TRUE', 'read', 'irreversible', ['x'], [5], [''], [null], '2xx',
  404, 'http://a', 'https://a/', 'http://', 'end', 'A-B', { a: 'b' }, { a: null }, { shell: 'a' }, [{ shell: 'a' }],
];

// Every place of a value: [the map or list it is in, its key there].
function places(value, found = []) {
  if (value === null || typeof value !== 'object') return found;
  for (const key of Object.keys(value)) {
    found.push([value, key]);
    places(value[key], found);
  }
  return found;
}

const sources = files.map((file) => parse(fs.readFileSync(file, 'utf8')));
const keys = [...new Set(sources.flatMap((source) => places(source))
  .filter(([within]) => !Array.isArray(within)).map(([, key]) => key))].sort();

function mutate(document) {
  const [within, key] = one(places(document));
  const value = structuredClone(one(values));
  const what = below(4);
  if (what === 0 && !Array.isArray(within)) delete within[key];
  else if (what === 1 && !Array.isArray(within)) within[one(keys)] = value;
  else within[key] = value;
}

for (let number = 0; number < Number(count); number++) {
  const document = structuredClone(one(sources));
  for (let times = 1 + below(2); times > 0; times--) mutate(document);
  const file = path.join(folder, `${number}.yaml`);
  fs.writeFileSync(file, JSON.stringify(document, null, 1) + '\n'); // JSON is YAML
  console.log(file);
}
