// npm's `ws` drives a Media Streams server as Twilio does: one small call with
// a real play-out clock, marks that come back when they were played (or at once
// after a clear), and a caller who speaks.
//
//   ws-twilio --url=ws://127.0.0.1:5050/ai-stream
//             [--param=NAME=VALUE ...] [--call-sid=CA..] [--stream-sid=MZ..]
//             [--account-sid=AC..] [--auth-token=TOKEN [--signed-url=wss://..]]
//             [--ca=CERT.pem] [--speak-at=MS[:LENGTH_MS] ...]
//             [--dtmf-at=MS:DIGIT ...] [--duration-ms=4000] [--no-stop]
//             [--expect-close] [--expect-heard-ms=MS] [--expect-clears=N]
//             [--max-lead-ms=MS]
//
// Times count from `start`. After the duration it sends `stop` and closes, or
// with --no-stop just cuts the connection; with --expect-close the server is to
// close before that. --expect-heard-ms is the least that the caller has to hear
// (with marks, and in whole frames), --expect-clears how often the agent has to
// be interrupted, --max-lead-ms the most that may ever be queued unplayed.
// Prints one line of JSON. Exit status: 0 no frame of the
// server broke a rule and it ended as expected, 1 otherwise, 2 wrong arguments.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { finish, MU_LAW_SILENCE, readArgs, tone } from './peer.mjs';

const FRAME_MS = 20;
const FRAME_BYTES = 160;

const args = readArgs('ws-twilio --url=ws://127.0.0.1:PORT/ai-stream', {
  url: { type: 'string' },
  param: { type: 'string', multiple: true, default: [] },
  'call-sid': { type: 'string', default: `CA${'0123456789abcdef'.repeat(2)}` },
  'stream-sid': { type: 'string', default: `MZ${'fedcba9876543210'.repeat(2)}` },
  'account-sid': { type: 'string', default: `AC${'00112233445566ff'.repeat(2)}` },
  'auth-token': { type: 'string' },
  'signed-url': { type: 'string' },
  ca: { type: 'string' },
  'speak-at': { type: 'string', multiple: true, default: [] },
  'dtmf-at': { type: 'string', multiple: true, default: [] },
  'duration-ms': { type: 'string', default: '4000' },
  'no-stop': { type: 'boolean', default: false },
  'expect-close': { type: 'boolean', default: false },
  'expect-heard-ms': { type: 'string', default: '0' },
  'expect-clears': { type: 'string' },
  'max-lead-ms': { type: 'string' },
});
if (!args.url) {
  console.error('--url is missing');
  process.exit(2);
}
const duration_ms = Number(args['duration-ms']);
const streamSid = args['stream-sid'];
const speeches = args['speak-at'].map((x) => {
  const [at, length] = x.split(':').map(Number);
  return { at, audio: tone(length || 1000) };
});
const digits = args['dtmf-at'].map((x) => {
  const [at, digit] = x.split(':');
  return { at: Number(at), digit, sent: false };
});
const customParameters = Object.fromEntries(args.param.map((x) => {
  const cut = x.indexOf('=');
  return [x.slice(0, cut), x.slice(cut + 1)];
}));

const result = {
  ok: false, media: 0, media_bytes: 0, loud_bytes: 0, marks: 0, clears: 0,
  marks_returned: 0, cleared_bytes: 0, played_ms: 0, heard_ms: 0,
  max_lead_ms: 0, underruns: 0, odd_frames: 0, bad: [],
};
const bad = (why) => {
  if (result.bad.length < 10)
    result.bad.push(why);
};

const headers = {};
if (args['auth-token']) {
  const url = args['signed-url'] ?? args.url.replace(/^ws:/, 'wss:');
  headers['x-twilio-signature']
    = createHmac('sha1', args['auth-token']).update(url).digest('base64');
}
const socket = new WebSocket(args.url, {
  headers, perMessageDeflate: false, followRedirects: false,
  ca: args.ca ? readFileSync(args.ca) : undefined,
});

let sequence = 0;
let started_at = 0;
let ticks = 0; // frames of 20 ms that have gone by
let timer;
let queue = []; // { bytes } and { mark } in the order in which they came
let playing = false;

const now_ms = () => performance.now() - started_at;
const send = (message) => {
  if (socket.readyState === WebSocket.OPEN)
    socket.send(JSON.stringify(message));
};
const numbered = (event, members) => {
  sequence += 1;
  send({ event, sequenceNumber: String(sequence), ...members, streamSid });
};

function returnMark(name) {
  result.marks_returned += 1;
  numbered('mark', { mark: { name } });
}

/// Plays 20 ms: marks come back as soon as all before them was played.
function play() {
  let need = FRAME_BYTES;
  let loud = false;
  while (queue.length > 0) {
    const [first] = queue;
    if (first.mark !== undefined) {
      queue.shift();
      returnMark(first.mark);
      continue;
    }
    if (need === 0)
      break;
    const piece = first.bytes.subarray(0, need);
    loud ||= piece.some((x) => x !== MU_LAW_SILENCE && x !== 0x7F);
    need -= piece.length;
    first.bytes = first.bytes.subarray(piece.length);
    if (first.bytes.length === 0)
      queue.shift();
  }
  if (playing && need === FRAME_BYTES)
    result.underruns += 1; // also the end of every reply
  playing = need < FRAME_BYTES;
  result.played_ms += (FRAME_BYTES - need) / 8;
  result.heard_ms += loud ? FRAME_MS : 0;
}

function callerFrame(at_ms) {
  for (const { at, audio } of speeches) {
    const from = (at_ms - at) * 8;
    if (from >= 0 && from < audio.length) {
      const frame = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
      audio.copy(frame, 0, from, from + FRAME_BYTES);
      return frame;
    }
  }
  return Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
}

function tick() {
  // Timers are late, and the line is not: catch up with the clock.
  while (ticks * FRAME_MS <= now_ms()) {
    const at_ms = ticks * FRAME_MS;
    ticks += 1;
    play();
    numbered('media', {
      media: {
        track: 'inbound', chunk: String(ticks), timestamp: String(at_ms),
        payload: callerFrame(at_ms).toString('base64'),
      },
    });
    for (const entry of digits)
      if (!entry.sent && at_ms >= entry.at) {
        entry.sent = true;
        numbered('dtmf', {
          dtmf: { track: 'inbound_track', digit: entry.digit },
        });
      }
  }
  if (now_ms() < duration_ms)
    return;
  clearInterval(timer);
  if (args['no-stop']) {
    socket.terminate();
    return;
  }
  numbered('stop', {
    stop: { accountSid: args['account-sid'], callSid: args['call-sid'] },
  });
  socket.close(1000);
}

const handlers = {
  media: ({ media }) => {
    const text = media?.payload;
    if (typeof text !== 'string' || text === ''
        || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0)
      return bad('media.payload is not base64');
    const bytes = Buffer.from(text, 'base64');
    result.media += 1;
    result.media_bytes += bytes.length;
    result.loud_bytes += bytes.filter((x) => x !== MU_LAW_SILENCE).length;
    result.odd_frames += bytes.length % FRAME_BYTES === 0 ? 0 : 1;
    result.first_media_ms ??= Math.round(now_ms());
    queue.push({ bytes });
    const lead = queue.reduce((sum, x) => sum + (x.bytes?.length ?? 0), 0) / 8;
    result.max_lead_ms = Math.max(result.max_lead_ms, Math.round(lead));
  },
  mark: ({ mark }) => {
    if (typeof mark?.name !== 'string')
      return bad('mark.name is no text');
    result.marks += 1;
    queue.push({ mark: mark.name });
  },
  clear: () => {
    result.clears += 1;
    result.first_clear_ms ??= Math.round(now_ms());
    const dropped = queue;
    queue = [];
    playing = false;
    for (const { bytes, mark } of dropped) {
      result.cleared_bytes += bytes?.length ?? 0;
      if (mark !== undefined)
        returnMark(mark);
    }
  },
};

socket.on('open', () => {
  started_at = performance.now();
  send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  sequence = 1;
  send({
    event: 'start', sequenceNumber: '1',
    start: {
      streamSid, accountSid: args['account-sid'], callSid: args['call-sid'],
      tracks: ['inbound'],
      mediaFormat: {
        encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1,
      },
      customParameters,
    },
    streamSid,
  });
  timer = setInterval(tick, FRAME_MS / 2);
});

socket.on('message', (data, isBinary) => {
  if (isBinary)
    return bad('a binary frame');
  let message;
  try {
    message = JSON.parse(data.toString());
  } catch {
    return bad('a frame that is no JSON');
  }
  const known = { media: ['event', 'streamSid', 'media'],
                  mark: ['event', 'streamSid', 'mark'],
                  clear: ['event', 'streamSid'] }[message?.event];
  if (!known)
    return bad(`unknown event ${message?.event}`);
  const extra = Object.keys(message).filter((x) => !known.includes(x));
  if (extra.length > 0)
    return bad(`${message.event} has ${extra.join(', ')}`);
  if (message.streamSid !== streamSid)
    return bad('another streamSid');
  return handlers[message.event](message);
});

socket.on('unexpected-response', (request, response) => {
  result.http_status = response.statusCode;
  result.error = `refused with ${response.statusCode}`;
  finish(result);
});
socket.on('error', (error) => {
  result.error ??= error.message;
});
socket.on('close', (code, reason) => {
  clearInterval(timer);
  result.close = { code, reason: reason.toString() };
  result.lasted_ms = Math.round(now_ms());
  const early = result.lasted_ms < duration_ms;
  const heard_ms = Number(args['expect-heard-ms']);
  if (result.heard_ms < heard_ms)
    bad(`${result.heard_ms} ms of speech, not ${heard_ms}`);
  if (heard_ms > 0 && (result.marks === 0 || result.marks_returned === 0))
    bad('speech without marks');
  if (result.odd_frames > 0)
    bad(`${result.odd_frames} messages that are no whole frames`);
  if (args['expect-clears'] !== undefined
      && result.clears !== Number(args['expect-clears']))
    bad(`${result.clears} clears, not ${args['expect-clears']}`);
  if (args['max-lead-ms'] !== undefined
      && result.max_lead_ms > Number(args['max-lead-ms']))
    bad(`${result.max_lead_ms} ms queued, more than ${args['max-lead-ms']}`);
  result.ok = result.bad.length === 0 && !result.error
              && early === args['expect-close'];
  finish(result);
});
