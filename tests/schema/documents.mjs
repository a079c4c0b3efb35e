// What both judges share: which files, which schema, and how a verdict is written.
import fs from 'fs';

export const [schemaPath, ...paths] = process.argv.slice(2);

// null for what is not UTF-8: no text, so nothing for a YAML parser or an editor to judge.
export function textOf(path) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fs.readFileSync(path));
  } catch (error) {
    if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return null;
    throw error;
  }
}

// One line of JSON a file. `yaml`: what is wrong with it as YAML; `schema`: what the schema refuses, nothing when it is
// no YAML, for then a schema judges a parser's guess. Both are lists of { line, message }, lines from 1.
export function say(path, yaml, schema) {
  fs.writeSync(1, JSON.stringify({ file: path, yaml, schema }) + '\n');
}
