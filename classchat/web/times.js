/** Times as people read them, in the reader's own language and zone. */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

let minute = 0;
let shown = "";

/** @param {number} time Milliseconds since 1970. */
export function clock(time) {
  const now = Math.floor(time / 60_000);
  if (now !== minute) [minute, shown] = [now, CLOCK.format(time)];
  return shown;
}

let from = 0;
let until = 0;
let name = "";

/** @param {number} time Milliseconds since 1970. */
export function day(time) {
  if (time < from || time >= until) {
    const start = new Date(time);
    from = start.setHours(0, 0, 0, 0);
    until = new Date(from).setHours(24, 0, 0, 0);
    name = DAY.format(time);
  }
  return name;
}

/**
 * Return a sentence of the server, which names times in UTC, with the reader's times.
 *
 * @param {string} text
 */
export function inLocalTime(text) {
  return text.replace(/\b(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC\b/g, (all, date, time) => {
    const when = Date.parse(`${date}T${time}Z`);
    return when ? `${day(when) === day(Date.now()) ? "" : `${day(when)}, `}${clock(when)}` : all;
  });
}
