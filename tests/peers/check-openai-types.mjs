// Checks Realtime frames against the types of npm's `openai`: each frame is
// written as a typed literal, one a line, and all are compiled at once.
//
//   check-openai-types [--require=TYPE...] [FILE...]
//                                    JSON lines {"dir":"out"|"in","frame":{...}}
//                                    of these files, else of standard input;
//                                    each TYPE must be among what we send
//   check-openai-types --self-test   shows that wrong frames are found
//
// `out` is what we send (RealtimeClientEvent, no field beyond it, no null but
// where the service documents one), `in` is what a server sends
// (RealtimeServerEvent, no field beyond it, null wherever a field is optional).
// Exit status: 0 all right, 1 frames are wrong (each is named), 2 no frames.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

const prelude = `
import type {
  AudioTranscription, RealtimeAudioConfig, RealtimeAudioConfigInput,
  RealtimeClientEvent, RealtimeServerEvent, RealtimeSessionCreateRequest,
  ResponseCreateEventWithReferencesParam, SessionCreatedEvent,
  SessionUpdatedEvent, SessionUpdateEvent,
} from 'openai/resources/realtime/realtime';
import type {
  RealtimeSessionCreateResponse,
} from 'openai/resources/realtime/client-secrets';

// What the reference documents as null, but the types declare as absent.
type Input = Omit<RealtimeAudioConfigInput,
                  'noise_reduction' | 'transcription'> & {
  noise_reduction?: RealtimeAudioConfigInput['noise_reduction'] | null;
  transcription?: AudioTranscription | null;
};
type Session = Omit<RealtimeSessionCreateRequest, 'audio'> & {
  audio?: Omit<RealtimeAudioConfig, 'input'> & { input?: Input };
};
type Update = Omit<SessionUpdateEvent, 'session'> & { session: Session };
type Out = Exclude<RealtimeClientEvent, SessionUpdateEvent>
  | ResponseCreateEventWithReferencesParam | Update;

// A server may say null instead of leaving a field out.
type Scalar = string | number | boolean | bigint | symbol | null | undefined;
type Loose<T> =
  unknown extends T ? T
  : T extends Scalar ? T
  : T extends readonly (infer U)[] ? Loose<U>[]
  : T extends object ? {
      [K in keyof T]: {} extends Pick<T, K> ? Loose<T[K]> | null : Loose<T[K]>;
    }
  : T;
// The types give these two the client's shape of a session, without an id.
type Told<E extends { session: unknown }> =
  Omit<E, 'session'> & { session: RealtimeSessionCreateResponse };
type In = Loose<Exclude<RealtimeServerEvent,
                        SessionCreatedEvent | SessionUpdatedEvent>
  | Told<SessionCreatedEvent> | Told<SessionUpdatedEvent>>;
`;

// Audio is text to the types, and the compiler need not read all of it.
function shorten(key, value) {
  const audio = (key === 'audio' || key === 'delta')
    && typeof value === 'string' && value.length > 400;
  return audio ? value.slice(0, 40) : value;
}

function readFrames(text, origin) {
  const frames = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '')
      return;
    const where = `${origin}:${index + 1}`;
    let parsed;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      throw new Error(`${where}: no JSON: ${error.message}`);
    }
    if (!['in', 'out'].includes(parsed?.dir)
        || parsed.frame === null || typeof parsed.frame !== 'object')
      throw new Error(`${where}: not {"dir":"in"|"out","frame":{...}}`);
    frames.push({ ...parsed, where });
  });
  return frames;
}

/// @returns an array of { frame, message }, empty where all is right
function check(frames) {
  // Below node_modules, so that the package is found from there.
  const dir = join(here, 'node_modules', '.cache', `types-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  try {
    const head = prelude.split('\n').length;
    const lines = frames.map(({ dir: way, frame }, i) =>
      `export const frame${i}: ${way === 'out' ? 'Out' : 'In'} = `
      + `${JSON.stringify(frame, shorten)};`);
    writeFileSync(join(dir, 'frames.ts'), `${prelude}\n${lines.join('\n')}\n`);
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc');
    const result = spawnSync(process.execPath, [
      tsc, '--strict', '--noEmit', '--skipLibCheck', '--pretty', 'false',
      '--target', 'es2022', '--module', 'nodenext',
      '--moduleResolution', 'nodenext', 'frames.ts',
    ], { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28 });
    const problems = [];
    let current;
    for (const line of result.stdout.split('\n')) {
      const match = /^frames\.ts\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line);
      if (match) {
        const index = Number(match[1]) - head - 1;
        current = { frame: frames[index], message: `${match[2]}: ${match[3]}` };
        problems.push(current);
      } else if (current && line.startsWith('  ')) {
        current.message += `\n    ${line.trim()}`;
      }
    }
    // The compiler must have said no because of a frame, or not at all.
    if (problems.some(({ frame }) => !frame)
        || (result.status !== 0) !== (problems.length > 0))
      throw new Error(`tsc: ${result.error ?? ''}${result.stdout}`
                      + `${result.stderr}`);
    return problems;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function selfTest() {
  const started = {
    type: 'input_audio_buffer.speech_started', event_id: 'e',
    audio_start_ms: 5, item_id: 'i',
  };
  const done = (response) => ({
    type: 'response.done', event_id: 'e', response,
  });
  const session = (members) => ({
    type: 'session.update', session: { type: 'realtime', ...members },
  });
  const cases = [
    [true, 'in', started],
    [false, 'in', { ...started, audio_start_ms: undefined, audio_strat_ms: 5 }],
    [false, 'in', { ...started, audio_start_ms: '5' }],
    [false, 'in', { ...started, audio_start_ms: null }],
    [false, 'in', { ...started, timestamp: 'x' }],
    [true, 'in', done({ status: 'cancelled', usage: null, output: [] })],
    [false, 'in', done({ status: 'canceled' })],
    [false, 'in', done({ statuss: 'cancelled' })],
    [false, 'in', done({ output: [{ type: 'message', role: 'user' }] })],
    [false, 'in', { type: 'response.finished', event_id: 'e' }],
    [false, 'in', { type: 'response.create' }],
    [true, 'in', {
      type: 'session.updated', event_id: 'e',
      session: { type: 'realtime', object: 'realtime.session', id: 's',
                 audio: { input: { transcription: null } } },
    }],
    [false, 'in', {
      type: 'session.updated', event_id: 'e', session: { type: 'realtime' },
    }],
    [true, 'out', session({ audio: { input: { noise_reduction: null } } })],
    [false, 'out', session({ temperature: 0.8 })],
    [false, 'out', session({ voice: 'marin' })],
    [false, 'out', session({ instructions: null })],
    [false, 'out', session({ audio: { input: { formt: {} } } })],
    [false, 'out', session({
      audio: { input: { turn_detection: { type: 'server_vad', eager: 1 } } },
    })],
    [false, 'out', { type: 'session.update', session: {} }],
    [true, 'out', { type: 'response.cancel', response_id: 'r' }],
    [false, 'out', { type: 'response.cancel', id: 'r' }],
    [true, 'out', {
      type: 'response.create',
      response: { input: [{ type: 'item_reference', id: 'i' }] },
    }],
    [false, 'out', {
      type: 'conversation.item.truncate', item_id: 'i', content_index: 0,
      audio_end: 5,
    }],
    [false, 'out', started],
  ];
  const frames = cases.map(([, dir, frame], i) => ({
    dir, frame, where: `case ${i}`,
  }));
  const wrong = new Set(check(frames).map(({ frame }) => frame.where));
  let failed = 0;
  cases.forEach(([good, dir, frame], i) => {
    if (wrong.has(`case ${i}`) === good) {
      console.error(`${good ? 'refused' : 'accepted'}: ${dir} `
                    + JSON.stringify(frame));
      ++failed;
    }
  });
  console.log(`self-test: ${cases.length} frames, ${failed} misjudged`);
  return failed === 0 ? 0 : 1;
}

function main(args) {
  if (args[0] === '--self-test')
    return selfTest();
  const flag = '--require=';
  const types = args.filter((x) => x.startsWith(flag))
    .map((x) => x.slice(flag.length));
  const files = args.filter((x) => !x.startsWith(flag));
  const frames = files.length === 0
    ? readFrames(readFileSync(0, 'utf8'), 'stdin')
    : files.flatMap((file) => readFrames(readFileSync(file, 'utf8'), file));
  if (frames.length === 0)
    throw new Error('there are no frames');
  const sent = new Set(frames.filter(({ dir }) => dir === 'out')
    .map(({ frame }) => frame.type));
  const absent = types.filter((x) => !sent.has(x));
  if (absent.length > 0)
    throw new Error(`nothing sent is a ${absent.join(', ')}`);
  const problems = check(frames);
  for (const { frame, message } of problems)
    console.error(`${frame.where}: ${frame.dir} ${frame.frame.type}: ${message}`
                  + `\n    ${JSON.stringify(frame.frame, shorten)}`);
  const bad = new Set(problems.map(({ frame }) => frame.where)).size;
  console.log(`${frames.length} frames checked, ${bad} wrong`);
  return bad === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`check-openai-types: ${error.message}`);
  process.exitCode = 2;
}
