/** Attendance, for the staff: the code with its QR code, and the roster with its marks. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Request, Success } from "./types.js" */

import { button, h, named, put } from "./dom.js";
import { choice, formOf } from "./forms.js";
import { countdown, secondsTo } from "./lesson.js";
import { invitationTo } from "./links.js";
import { qrOf } from "./menus.js";
import { isRecord } from "./protocol.js";
import { Roll } from "./roll.js";
import { linkTo } from "./rows.js";
import * as staff from "./stafftexts.js";
import * as texts from "./classtexts.js";
import { shownName } from "./text.js";

const USUAL = "300"; // seconds

/**
 * @typedef {object} Listed A student on the roster, or in the room.
 * @property {string} name
 * @property {string} user
 * @property {string} section
 * @property {boolean} here
 * @property {boolean} listed
 * @property {boolean} seen
 * @property {string} mark
 * @property {string[]} same Others who entered the code from the same address: the first ones.
 * @property {number} sameMore How many of them are left out.
 */

/** Who is here. */
export class AttendancePart {
  name = "here";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    const ask = classroom.request.bind(classroom);
    this.classroom = classroom;
    this.code = h("p", { class: "code", "aria-live": "off" });
    this.state = h("p", {});
    this.time = h("p", {});
    this.qr = h("div", {});
    this.drawn = "";
    this.link = "";
    this.room = "";
    this.projector = h("a", { target: "_blank", text: staff.projector });
    this.taken = h("section", { class: "taking" }, this.code, this.qr, this.time, h("small", { text: staff.projectCode }), this.projector, h("div", { class: "buttons" }, button(staff.stop, () => ask({ status: "present", text: "end" }))));
    this.howLong = choice(staff.howLong, staff.heres);
    this.howLong.select.value = USUAL;
    this.starter = formOf(() => ask({ status: "present", seconds: Number(this.howLong.select.value) }), this.howLong.element, h("div", { class: "buttons" }, h("button", { class: "main", text: staff.take })));
    this.count = h("p", {});
    const list = h("ul", { class: "roster", "aria-label": staff.roster });
    this.roll = new Roll(list, (/** @type {Listed} */ one) => `${one.user} ${one.name}`, (one) => this.rowOf(one));
    this.read = button(staff.showRoster, () => ask({ status: "roster" }));
    this.element = h("div", { class: "stack" }, this.taken, this.starter, this.state, h("div", { class: "buttons" }, this.read), this.count, list);
  }

  offered() {
    return true;
  }

  title() {
    return staff.attendance;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw({ room, here: { open, until, code, changes, count } }, now) {
    if (room !== this.room) void this.enter(room);
    this.taken.hidden = !open;
    this.starter.hidden = open;
    put(this.code, code);
    const [left, next] = [secondsTo(until, now), secondsTo(changes, now)];
    put(this.time, [next >= 0 && code && staff.changesIn(next), left >= 0 && texts.left(countdown(left))].filter(Boolean).join(" · "));
    put(this.state, open || count ? staff.seen(count) : "");
    const look = open && code && this.link ? `${this.link}/here=${code}` : "";
    if (look === this.drawn) return;
    this.drawn = look;
    this.qr.replaceChildren(...(look ? [qrOf(look)] : []));
  }

  /** @param {string} room */
  async enter(room) {
    this.room = room;
    this.link = "";
    this.roll.draw([]);
    put(this.count, "");
    put(this.read, staff.showRoster);
    this.projector.href = `show${linkTo(room)}`;
    const { link } = await invitationTo(room);
    if (this.room === room) this.link = link;
  }

  /**
   * @param {Request} request
   * @param {Success} answer
   */
  answered({ status, text, user }, answer) {
    if (status === "roster" && answer.roster) this.listed(answer.roster.map(listedOf));
    else if (status === "roster" || (status === "mark" && (text ?? user) && this.count.textContent)) this.classroom.request({ status: "roster" });
  }

  /** @param {Listed[]} all */
  listed(all) {
    put(this.read, staff.reload);
    put(this.count, all.length ? staff.rosterCount(all.filter(({ listed }) => listed).length, all.filter(({ here }) => here).length) : staff.nobodyListed);
    this.roll.draw(all);
  }

  /** @param {Listed} listed */
  rowOf({ name, user, section, here, listed, seen, mark, same, sameMore }) {
    const notes = [section, user && user !== name && user, here && staff.inRoom, seen && staff.byCode, !user && staff.notSignedIn, !listed && staff.notListed, same.length > 0 && staff.sameAddress(same.map((one) => shownName(one)), sameMore)].filter(Boolean);
    const select = h("select", { "aria-label": staff.markOf(shownName(name)), change: () => select.value && this.classroom.request({ status: "mark", user, text: select.value }) },
      ...staff.marks.map(([value, text]) => h("option", { value, text, selected: value === mark, disabled: !value })));
    return h("li", { class: here || seen ? "" : "off" }, h("div", { class: "words" }, h("p", {}, named(shownName(name))), h("small", { dir: "auto", text: notes.join(" · ") })), !!user && select);
  }
}

/**
 * @param {object} entry
 * @returns {Listed}
 */
function listedOf(entry) {
  const fields = isRecord(entry) ? entry : {};
  const text = (/** @type {string} */ name) => (typeof fields[name] === "string" ? String(fields[name]) : "");
  return { name: text("name"), user: text("user"), section: text("section"), here: fields.here === true, listed: fields.listed !== false, seen: fields.seen === true, mark: text("mark"), same: Array.isArray(fields.same_address) ? fields.same_address.map(String) : [], sameMore: Number(fields.same_more) || 0 };
}
