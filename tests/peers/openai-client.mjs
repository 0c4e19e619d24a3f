// npm's `openai` Realtime client talks to a Realtime server: session, greeting,
// one turn of the caller, two truncations of which the second is too long.
//
//   openai-client --url=https://127.0.0.1:PORT/v1 --ca=CERT.pem
//                 [--key=KEY] [--model=NAME] [--timeout-ms=20000]
//
// Prints one line of JSON. Exit status: 0 all went as it must, 1 something did
// not (`error` says what), 2 wrong arguments.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { finish, Inbox, readArgs, silence, tone } from './peer.mjs';

const args = readArgs('openai-client --url=https://127.0.0.1:PORT/v1 --ca=FILE', {
  url: { type: 'string' },
  ca: { type: 'string' },
  key: { type: 'string', default: 'test-key' },
  model: { type: 'string', default: 'gpt-realtime-2.1' },
  'timeout-ms': { type: 'string', default: '20000' },
});
if (!args.url) {
  console.error('--url is missing');
  process.exit(2);
}

const result = { ok: false, events: {} };
const inbox = new Inbox();
const client = new OpenAI({ apiKey: args.key, baseURL: args.url });
const realtime = new OpenAIRealtimeWS({
  model: args.model,
  options: args.ca ? { ca: readFileSync(args.ca) } : {},
}, client);

function fail(why) {
  result.error ??= String(why);
  finish(result);
}

setTimeout(() => fail('the whole took too long'), Number(args['timeout-ms']));

realtime.on('event', (event) => {
  result.events[event.type] = (result.events[event.type] ?? 0) + 1;
  inbox.push(event);
});
// The client reports API errors and transport failures in the same way.
realtime.on('error', (error) => {
  if (!error.error?.code)
    fail(error);
});
realtime.socket.on('close', (code, reason) => {
  result.close = { code, reason: reason.toString() };
});

const next = (type, extra = () => true) =>
  inbox.take(type, (event) => event.type === type && extra(event));

/// Reads a response to its end.
async function read(response) {
  const done = await next('response.done',
                          (event) => event.response.id === response.id);
  let bytes = 0;
  let first;
  while (inbox.count((x) => x.type === 'response.output_audio.delta') > 0) {
    const delta = await next('response.output_audio.delta');
    first ??= delta;
    bytes += Buffer.from(delta.delta, 'base64').length;
  }
  const item = done.response.output[0];
  return {
    status: done.response.status,
    text: item?.content?.[0]?.transcript,
    item_id: item?.id,
    audio_ms: bytes / 8,
    total_tokens: done.response.usage?.total_tokens,
  };
}

async function converse() {
  const created = await next('session.created');
  result.session = created.session.id;
  result.model = created.session.model;
  realtime.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          transcription: { model: 'gpt-transcribe' },
          turn_detection: {
            type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300,
            silence_duration_ms: 500,
          },
        },
        output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
      },
    },
  });
  const updated = await next('session.updated');
  result.formats = [updated.session.audio.input.format.type,
                    updated.session.audio.output.format.type];

  realtime.send({
    type: 'response.create', response: { metadata: { purpose: 'greeting' } },
  });
  const first = await next('response.created');
  result.metadata = first.response.metadata;
  result.greeting = await read(first.response);

  const speech = Buffer.concat([silence(200), tone(900), silence(700)]);
  for (let at = 0; at < speech.length; at += 160)
    realtime.send({
      type: 'input_audio_buffer.append',
      audio: speech.subarray(at, at + 160).toString('base64'),
    });
  const started = await next('input_audio_buffer.speech_started');
  const stopped = await next('input_audio_buffer.speech_stopped');
  const committed = await next('input_audio_buffer.committed');
  result.turn = {
    start_ms: started.audio_start_ms, end_ms: stopped.audio_end_ms,
    same_item: started.item_id === committed.item_id,
  };
  const second = await next('response.created');
  const transcript
    = await next('conversation.item.input_audio_transcription.completed');
  result.turn.transcript = transcript.transcript;
  result.reply = await read(second.response);

  const truncate = (audio_end_ms) => realtime.send({
    type: 'conversation.item.truncate', event_id: `cut_${audio_end_ms}`,
    item_id: result.reply.item_id, content_index: 0, audio_end_ms,
  });
  truncate(500);
  const truncated = await next('conversation.item.truncated');
  truncate(501);
  const refused = await next('error');
  result.truncated_ms = truncated.audio_end_ms;
  result.refused = refused.error;

  realtime.close();
  await new Promise((resolve) => { realtime.socket.on('close', resolve); });

  const expected = [
    [result.formats, ['audio/pcmu', 'audio/pcmu']],
    [result.metadata, { purpose: 'greeting' }],
    [result.greeting.status, 'completed'],
    [result.reply.status, 'completed'],
    [result.greeting.audio_ms > 0 && result.reply.audio_ms > 501, true],
    [result.turn.same_item, true],
    [[result.turn.start_ms, result.turn.end_ms], [0, 1600]],
    [result.truncated_ms, 500],
    [result.refused.code, 'invalid_value'],
    [result.refused.event_id, 'cut_501'],
    [result.close?.code, 1000],
  ];
  for (const [got, want] of expected)
    if (JSON.stringify(got) !== JSON.stringify(want))
      throw new Error(`${JSON.stringify(got)} is not ${JSON.stringify(want)}`);
}

converse().then(() => {
  result.ok = true;
  finish(result);
}, fail);
