// usage: node ajv_judge.mjs SCHEMA FILE... : what ajv says of each file, one line of JSON a file
import Ajv from 'ajv';
import fs from 'fs';
import { LineCounter, parseAllDocuments } from 'yaml';
import { paths, say, schemaPath, textOf } from './documents.mjs';

// Strict: a keyword that the schema misspells is an error, not a rule that never applies. Only `required` may name keys
// that another part of the schema describes: conditions do.
// And what editors say instead of a pattern judges nothing.
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, strictTuples: false, allErrors: true });
ajv.addVocabulary(['errorMessage', 'patternErrorMessage']);
const validate = ajv.compile(JSON.parse(fs.readFileSync(schemaPath, 'utf8')));

function keysOf(pointer) {
  return pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

// The line of what an error is about: the deepest node on its way, for an unknown key that key.
function lineOf(document, lines, error) {
  const key = error.params.additionalProperty ?? error.propertyName;
  const path = [...keysOf(error.instancePath), ...(key === undefined ? [] : [key])];
  for (let length = path.length; length > 0; length--) {
    const range = document.getIn(path.slice(0, length), true)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return 1;
}

for (const path of paths) {
  const text = textOf(path);
  if (text === null) {
    say(path, [{ line: 1, message: 'not UTF-8' }], []);
    continue;
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', logLevel: 'error', lineCounter: lines });
  const at = (offset) => lines.linePos(offset).line;
  const yaml = documents.flatMap((d) => d.errors.map((e) => ({ line: at(e.pos[0]), message: e.message })));
  if (documents.length > 1) yaml.push({ line: at(documents[1].range[0]), message: 'a second document' });
  if (documents.length === 0) yaml.push({ line: 1, message: 'no document' });
  if (yaml.length > 0) {
    say(path, yaml, []);
    continue;
  }
  const [document] = documents;
  const errors = validate(document.toJS()) ? [] : validate.errors;
  const schema = errors.map((e) => ({ line: lineOf(document, lines, e),
                                      message: `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}` }));
  say(path, [], schema);
}
