// Checks requests of functions as their server is told to (docs/tools.md), with
// Node's own HMAC.
//
//   check-tool-signature FILE      JSON lines {"secret", "signature", "body"}
//   check-tool-signature --self-test   shows that wrong ones are found
//
// Exit status: 0 all are signed, 1 some are not, 2 there are none.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

const tolerance_s = 300;

function verify(secret, header, body, now_s) {
  const parts = Object.fromEntries(
    header.split(',').map((part) => part.split('=', 2)));
  const age = Math.abs(now_s - Number(parts.t));
  if (!(age <= tolerance_s))
    return false;
  const expected = createHmac('sha256', secret).update(`${parts.t}.${body}`)
    .digest();
  const given = Buffer.from(parts.v1 ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function selfTest() {
  const now = 1700000000;
  const v1 = createHmac('sha256', 'secret').update(`${now}.{}`).digest('hex');
  const good = `t=${now},v1=${v1}`;
  const cases = [
    [true, 'secret', good, '{}', now],
    [true, 'secret', good, '{}', now + tolerance_s],
    [false, 'secret', good, '{}', now + tolerance_s + 1],
    [false, 'secret', good, '{ }', now],
    [false, 'other', good, '{}', now],
    [false, 'secret', `t=${now + 1},v1=${v1}`, '{}', now],
    [false, 'secret', `t=${now},v1=`, '{}', now],
    [false, 'secret', '', '{}', now],
  ];
  const wrong = cases.filter(([want, ...rest]) => verify(...rest) !== want);
  wrong.forEach((x) => console.error('wrong verdict:', x));
  return wrong.length === 0 ? 0 : 1;
}

function checkFile(path) {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  // When the requests came, which may be a while ago.
  const now = statSync(path).mtimeMs / 1000;
  let bad = 0;
  for (const line of lines) {
    const { secret, signature, body } = JSON.parse(line);
    JSON.parse(body);
    if (!verify(secret, signature, body, now)) {
      ++bad;
      console.error('not signed:', signature, body);
    }
  }
  console.log(`${lines.length} requests, ${bad} of them not signed`);
  return lines.length === 0 ? 2 : bad === 0 ? 0 : 1;
}

const [argument] = process.argv.slice(2);
if (argument === undefined) {
  console.error('usage: check-tool-signature FILE | --self-test');
  process.exit(2);
}
process.exit(argument === '--self-test' ? selfTest() : checkFile(argument));
