/** One upload by the tus protocol: HEAD says how many bytes the server has, and PATCH sends the next ones. */

export const PART = 1_000_000; // bytes of one PATCH: proxies usually take bodies of up to a MiB

const PAUSES = [500, 1000, 2000, 4000, 8000, 16_000]; // ms before each further attempt, if the one before has achieved nothing
/** The answers after which another attempt may succeed: of the server, and of a proxy in front of it. */
const AGAIN = new Set([400, 408, 409, 429, 502, 503, 504]);

/**
 * @typedef {object} Answered
 * @property {number} status
 * @property {number} offset Bytes that the server has; NaN if it does not say.
 * @property {string} text Why it refuses.
 *
 * @typedef {object} Carrier What reaches the server. All of it throws the reason of an abort.
 * @property {() => Promise<void>} online Wait until the server can be reached.
 * @property {(ms: number) => Promise<void>} pause
 * @property {(method: "HEAD"|"PATCH", offset: number, progress: (sent: number) => void) => Promise<Answered|null>} ask
 *   Return what is answered; null if the connection is lost. A PATCH sends at most PART bytes from the offset.
 */

/** The file could not be uploaded; the message is a sentence, or "" if the server has said none. */
export class NotUploaded extends Error {
  /**
   * @param {string} text
   * @param {number} [status] What the server has answered at last.
   */
  constructor(text, status = 0) {
    super(text);
    this.status = status;
  }
}

/**
 * Upload a content, from where the server has it; its message is stored then.
 *
 * @param {Carrier} carrier
 * @param {number} size
 * @param {(sent: number) => void} progress
 * @throws {NotUploaded}
 */
export async function upload(carrier, size, progress) {
  let [reached, failed, offset, why] = [-1, 0, NaN, ""];
  while (!(reached === size)) {
    await carrier.online();
    const begin = offset;
    const answer = await (Number.isNaN(begin) ? carrier.ask("HEAD", 0, () => {}) : carrier.ask("PATCH", begin, (sent) => progress(begin + sent)));
    if (answer && answer.status < 300) {
      offset = checked(answer.offset, size);
      progress(offset);
      if (offset > reached) [reached, failed] = [offset, 0];
    } else {
      offset = NaN; // it is asked for again
      why = answer?.text || why; // the answer to a HEAD has no text
      const pause = PAUSES[failed++];
      if (pause === undefined || (answer && !AGAIN.has(answer.status))) throw new NotUploaded(why, answer?.status);
      await carrier.pause(pause);
    }
  }
}

/**
 * @param {number} offset
 * @param {number} size
 */
function checked(offset, size) {
  if (Number.isInteger(offset) && offset >= 0 && offset <= size) return offset;
  throw new NotUploaded("The server does not answer as the tus protocol says");
}
