// Builds TwiML with npm's `twilio` VoiceResponse: what our own must equal, byte
// for byte.
//
//   twiml [--json] <documents.jsonl    one document a line in, one a line out;
//                                      with --json as a JSON string, since text
//                                      may have line breaks
//
// A document is {"verbs":[ELEMENT...]}, an element {"name":"Say","attrs":{...},
// "text":"...","children":[ELEMENT...]}; attributes may also be an array of
// [name, value] pairs, in the order in which they are to stand. In short for the
// usual one: {"say":"...", "url":"wss://...", "action":"...",
// "statusCallback":"...", "parameters":[[name, value]...], "hangup":true}.
// Exit status: 0, or 2 where the input is wrong.
import { readFileSync } from 'node:fs';
import twilio from 'twilio';

const { VoiceResponse } = twilio.twiml;

// Which elements have text, by the builder's signatures.
const with_text = new Set(['Say', 'Redirect', 'Play', 'Number', 'Sip', 'Client']);

function attributes(attrs) {
  return Array.isArray(attrs) ? Object.fromEntries(attrs) : attrs ?? {};
}

function build(parent, { name, attrs, text, children }) {
  const method = name[0].toLowerCase() + name.slice(1);
  if (typeof parent[method] !== 'function')
    throw new Error(`nothing here builds <${name}>`);
  const values = attributes(attrs);
  const made = with_text.has(name)
    ? parent[method](values, text ?? '') : parent[method](values);
  for (const child of children ?? [])
    build(made, child);
}

function expand(doc) {
  if (doc.verbs)
    return doc.verbs;
  const verbs = [];
  if (doc.say !== undefined)
    verbs.push({ name: 'Say', text: doc.say });
  if (doc.url !== undefined) {
    const stream = { name: 'Stream', attrs: [['url', doc.url]], children: [] };
    if (doc.statusCallback !== undefined)
      stream.attrs.push(['statusCallback', doc.statusCallback]);
    for (const [name, value] of doc.parameters ?? [])
      stream.children.push({ name: 'Parameter', attrs: { name, value } });
    const attrs = doc.action === undefined ? {} : { action: doc.action };
    verbs.push({ name: 'Connect', attrs, children: [stream] });
  }
  if (doc.hangup)
    verbs.push({ name: 'Hangup' });
  return verbs;
}

const as_json = process.argv[2] === '--json';

try {
  const lines = readFileSync(0, 'utf8').split('\n').filter((x) => x.trim());
  if (lines.length === 0)
    throw new Error('there are no documents');
  for (const line of lines) {
    const response = new VoiceResponse();
    for (const verb of expand(JSON.parse(line)))
      build(response, verb);
    const text = response.toString();
    console.log(as_json ? JSON.stringify(text) : text);
  }
} catch (error) {
  console.error(`twiml: ${error.message}`);
  process.exitCode = 2;
}
