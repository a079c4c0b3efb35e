// usage: node editor_judge.mjs SCHEMA FILE... : what an editor with yaml-language-server underlines, one line of JSON a
// file. Speaks the Language Server Protocol over stdio. The server's settings name the schema, as an editor's would; a
// file with a modeline of its own is judged by that.
import { spawn } from 'child_process';
import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';
import { pathToFileURL } from 'url';
import { paths, say, schemaPath, textOf } from './documents.mjs';

const program = path.join(path.dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json')),
                          'bin/yaml-language-server');
const settings = {
  yaml: {
    validate: true,
    schemas: { [pathToFileURL(path.resolve(schemaPath)).href]: '*.yaml' },
    schemaStore: { enable: false }, // nothing from the network
    kubernetesCRDStore: { enable: false },
  },
};

const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
let ended = false;
server.on('exit', (code, signal) => {
  if (ended) return;
  console.error(`yaml-language-server ended early: ${signal ?? code}`);
  process.exit(1);
});

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  server.stdin.write(body);
}

const answers = new Map(); // request id → resolve
const watchers = new Map(); // URI → called with each list of diagnostics

function receive(message) {
  if (message.method === 'textDocument/publishDiagnostics') {
    watchers.get(message.params.uri)?.(message.params.diagnostics);
  } else if (message.method === 'workspace/configuration') {
    send({ id: message.id, result: message.params.items.map((item) => settings[item.section] ?? {}) });
  } else if (message.method && message.id !== undefined) {
    send({ id: message.id, result: null });
  } else if (answers.has(message.id)) {
    if (message.error) throw new Error(`yaml-language-server: ${message.error.message}`);
    answers.get(message.id)(message.result);
  }
}

let input = Buffer.alloc(0);
server.stdout.on('data', (data) => {
  input = Buffer.concat([input, data]);
  for (;;) {
    const head = input.indexOf('\r\n\r\n');
    if (head < 0) return;
    const end = head + 4 + Number(/Content-Length: (\d+)/.exec(input.subarray(0, head))[1]);
    if (input.length < end) return;
    const message = JSON.parse(input.subarray(head + 4, end));
    input = input.subarray(end);
    receive(message);
  }
});

function request(id, method, params) {
  return new Promise((resolve) => {
    answers.set(id, resolve);
    send({ id, method, params });
  });
}

// Opens a document; the promise is kept by the first diagnostics that `enough` is content with.
function open(uri, text, enough = () => true) {
  return new Promise((resolve) => {
    watchers.set(uri, (diagnostics) => enough(diagnostics) && resolve(diagnostics));
    send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
  });
}

const ofSchema = (diagnostic) => diagnostic.source?.startsWith('yaml-schema') ?? false;

const root = pathToFileURL(process.cwd()).href;
await request(1, 'initialize', {
  processId: process.pid,
  rootUri: root,
  workspaceFolders: [{ uri: root, name: 'runbook' }],
  capabilities: { workspace: { configuration: true, workspaceFolders: true }, textDocument: { publishDiagnostics: {} } },
});
send({ method: 'initialized', params: {} });
send({ method: 'workspace/didChangeConfiguration', params: { settings } });
// The server reads its settings in its own time: when it refuses this, it has them, and the schema too.
await open(pathToFileURL(path.resolve('settings-are-read.yaml')).href, 'no_such_key: 1\n', (all) => all.some(ofSchema));

async function judge(file) {
  const text = textOf(file);
  if (text === null) return say(file, [{ line: 1, message: 'not UTF-8' }], []);
  const errors = (await open(pathToFileURL(path.resolve(file)).href, text)).filter((d) => d.severity === 1);
  const short = (list) => list.map((d) => ({ line: d.range.start.line + 1, message: d.message }));
  const yaml = short(errors.filter((d) => !ofSchema(d)));
  say(file, yaml, yaml.length > 0 ? [] : short(errors.filter(ofSchema)));
}

await Promise.all(paths.map(judge)); // the server waits a little before it looks at a document: for all at once
ended = true;
server.kill();
process.exit(0);
