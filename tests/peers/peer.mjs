// What the peers share: arguments, results, and waiting with a limit.
import { parseArgs } from 'node:util';

/// Reads `--name=value` options.
/// @param usage first lines of the peer's own comment
/// @param options as node:util parseArgs takes them, with `default`
export function readArgs(usage, options) {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    console.error(`${error.message}\n\nusage: ${usage}`);
    process.exit(2);
  }
}

/// Prints the result as one line of JSON and ends with it.
export function finish(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => {
    process.exit(result.ok ? 0 : 1);
  });
}

/// Collects events and lets one wait for them, in whatever order they come.
export class Inbox {
  #events = [];
  #waiting = [];

  push(event) {
    this.#events.push(event);
    this.#waiting = this.#waiting.filter((entry) => !entry.look());
  }

  count(match) {
    return this.#events.filter(match).length;
  }

  /// Takes the first event that matches, now or later.
  take(what, match, limit_ms = 10_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((x) => x !== entry);
        reject(new Error(`no ${what} within ${limit_ms} ms`));
      }, limit_ms);
      const entry = {
        look: () => {
          const index = this.#events.findIndex(match);
          if (index < 0)
            return false;
          clearTimeout(timer);
          const [event] = this.#events.splice(index, 1);
          resolve(event);
          return true;
        },
      };
      if (!entry.look())
        this.#waiting.push(entry);
    });
  }
}

/// mu-law of a 16-bit sample (ITU-T G.711).
export function muLaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const size = Math.min(Math.abs(Math.round(sample)), 32635) + 132;
  const exponent = Math.floor(Math.log2(size)) - 7;
  const mantissa = (size >> (exponent + 3)) & 15;
  return ~(sign | (exponent << 4) | mantissa) & 0xFF;
}

export const MU_LAW_SILENCE = 0xFF;

/// `ms` of a voice-like tone in mu-law.
export function tone(ms, hz = 220, level = 8000) {
  return Buffer.from(Array.from({ length: ms * 8 }, (_, i) => {
    const t = i / 8000;
    const swell = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t);
    return muLaw(level * swell * Math.sin(2 * Math.PI * hz * t));
  }));
}

export function silence(ms) {
  return Buffer.alloc(ms * 8, MU_LAW_SILENCE);
}
