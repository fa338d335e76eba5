/** The commands about a class, as in the terminal: one function reads the words of one command. */

import { Words, duration, numberOf } from "./classwords.js";
import { CommandError, bare } from "./targets.js";

/** @import { Whereabouts } from "./commands.js" */
/** @import { Request } from "./types.js" */

const HANDS = ["open", "closed", "fair", "order"];
const TURNS = ["helped", "absent", "later"];
const POLICIES = ["off", "open", "approve"];
const ANONYMITIES = ["peers", "full", "no"];
const MARKS = ["present", "late", "excused", "absent"];
const WAYS = ["random", "new", "same", "section"];
const FLAGS = ["many", "named", "live"];
const MOST_OPTIONS = 10;
const LONGEST_OPTION = 200;
const HOUR = 3600;

/** @typedef {(words: Words) => Request} Read */

/** @type {Read} */
const readSession = (words) => {
  const receiver = words.roomUnless("begin", "end");
  const text = words.small();
  if (!["begin", "end"].includes(text) || (text === "end" && words.text)) throw words.wrong;
  return { status: "session", receiver, text, ...(words.text ? { title: words.text } : {}) };
};

/** @type {Read} */
const readHand = (words) => ({ status: "hand", receiver: words.roomBeforeText(), text: words.text });

/** @type {(status: string) => Read} */
const aboutUser = (status) => (words) => {
  const receiver = words.roomUnless();
  const user = bare(words.word());
  return alone({ status, receiver, ...(user ? { user } : {}) }, words);
};

/** @type {(status: string, known: string[]) => Read} */
const oneOf = (status, known) => (words) => alone({ status, receiver: words.roomUnless(...known), text: words.oneOf(known) }, words);

/** @type {Read} */
const readAsk = (words) => {
  const before = isNamed(words);
  const receiver = words.roomBeforeText();
  const named = isNamed(words) || before;
  if (!words.text) throw words.wrong;
  return { status: "ask", receiver, text: words.text, ...(named ? { named } : {}) };
};

/** @type {Read} */
const readQuestions = (words) => {
  const receiver = words.roomUnless(...POLICIES, ...ANONYMITIES);
  const text = POLICIES.includes(words.first.toLowerCase()) ? words.small() : "";
  const anonymous = words.oneOf(ANONYMITIES);
  return alone({ status: "questions", receiver, text, ...(anonymous ? { anonymous } : {}) }, words);
};

/** @type {Read} */
const readSupport = (words) => {
  const receiver = words.room((first) => numberOf(first.replace(/^-/, "")) > 0);
  const value = !words.text.startsWith("-");
  words.text = words.text.replace(/^-/, "");
  return alone({ status: "support", receiver, number: words.number(), value }, words);
};

/** @type {Read} */
const readUnsupport = (words) => alone({ status: "support", receiver: words.roomUnless(), number: words.number(), value: false }, words);

/** @type {(status: string, hasText: boolean) => Read} */
const aboutQuestion = (status, hasText) => (words) => {
  /** @type {Request} */
  const request = { status, receiver: words.roomUnless(), number: words.number() };
  return hasText ? { ...request, text: words.text } : alone(request, words);
};

/** @type {Read} */
const readPoll = (words) => {
  const receiver = words.roomBeforeText();
  const [text = "", ...options] = words.text.split("|").map((part) => part.trim().replace(/\s+/g, " "));
  const settings = options.length > 2 ? settingsOf(options.at(-1) ?? "") : null;
  if (settings) options.pop();
  if (!text || options.length < 2 || options.length > MOST_OPTIONS || !options.every(Boolean)) {
    throw new CommandError(`A poll has a question and 2 to ${MOST_OPTIONS} options: /poll Which? | A | B | 60s`);
  }
  if (options.some((option) => [...option].length > LONGEST_OPTION)) throw new CommandError(`An option has at most ${LONGEST_OPTION} characters`);
  return { status: "poll", receiver, text, options, ...settings };
};

/**
 * Return the settings at the end of a poll; null if the part is an option.
 *
 * @param {string} part
 * @returns {Partial<Request>|null}
 */
function settingsOf(part) {
  /** @type {Partial<Request>} */
  const settings = {};
  for (const word of part.split(" ")) {
    if (duration(word) && settings.seconds === undefined) settings.seconds = duration(word);
    else if (FLAGS.includes(word.toLowerCase())) Object.assign(settings, { [word.toLowerCase()]: true });
    else return null;
  }
  const { seconds = HOUR } = settings;
  if (seconds < 5 || seconds > HOUR) throw new CommandError("A poll is open from 5s to 1h");
  return settings;
}

/** @type {Read} */
const readVote = (words) => {
  const receiver = words.roomUnless();
  const number = words.first.startsWith("#") ? words.number() : undefined;
  const chosen = words.text.split(/[\s,]+/).filter(Boolean);
  if (!chosen.length || words.text.includes("#")) throw words.wrong;
  const choices = chosen.map((word) => numberOf(word) - 1);
  if (choices.some((choice) => choice < 0 || choice >= MOST_OPTIONS)) {
    throw new CommandError(`Vote with the numbers of options, from 1 to ${MOST_OPTIONS}, such as /vote 2`);
  }
  return { status: "vote", receiver, ...(number ? { number } : {}), choices };
};

/** @type {(status: string) => Read} */
const perhapsNumber = (status) => (words) => {
  const receiver = words.roomUnless();
  const number = words.text ? words.number() : undefined;
  return alone({ status, receiver, ...(number ? { number } : {}) }, words);
};

/** @type {Read} */
const readPresent = (words) => {
  const receiver = words.room((first) => first.toLowerCase() === "end" || duration(first) > 0);
  if (words.first.toLowerCase() === "end") return alone({ status: "present", receiver, text: words.small() }, words);
  if (!words.text) return { status: "present", receiver };
  return alone({ status: "present", receiver, seconds: words.seconds(10, 4 * HOUR, "30s, 5m or 1h, at most 4h") }, words);
};

/** @type {Read} */
const readHere = (words) => {
  const receiver = words.room(() => words.length < 2);
  const text = words.word().toUpperCase();
  if (!text) throw words.wrong;
  return alone({ status: "here", receiver, text }, words);
};

/** @type {Read} */
const readMark = (words) => {
  const receiver = words.room(() => words.length < 3);
  const user = bare(words.word());
  const text = words.oneOf(MARKS);
  if (!user || !text) throw words.wrong;
  return alone({ status: "mark", receiver, user, text }, words);
};

/** @type {Read} */
const readRoster = (words) => {
  const receiver = words.roomUnless("add");
  if (!words.text) return { status: "roster", receiver };
  if (words.small() !== "add" || !words.text) throw words.wrong;
  return { status: "roster", receiver, text: "add", user: words.text };
};

/** @type {Read} */
const readGroups = (words) => {
  const receiver = words.room((first) => [...WAYS, "size", "close"].includes(first.toLowerCase()) || numberOf(first) > 0);
  /** @type {Request} */
  const request = { status: "groups", receiver, text: "" };
  if (!words.text) throw words.wrong;
  const isSized = () => request.size !== undefined || request.count !== undefined;
  while (words.text) {
    const first = words.first.toLowerCase();
    if (duration(first)) request.seconds = words.seconds(10, 24 * HOUR, "10m or 1h, at most 24h");
    else if ([...WAYS, "close"].includes(first) && !request.text) request.text = words.small();
    else if (isSized()) throw words.wrong;
    else if (first === "size") {
      words.word();
      request.size = words.number(10_000);
    } else request.count = words.number(500);
  }
  if (request.text === "close" ? isSized() : !request.text && !isSized()) throw words.wrong;
  return request;
};

/**
 * Return a request, if no words are left.
 *
 * @param {Request} request
 * @param {Words} words
 */
function alone(request, words) {
  words.ends();
  return request;
}

/** @param {Words} words Return whether the next word is `--named`, and take it. */
function isNamed(words) {
  return words.first.toLowerCase() === "--named" && words.word() !== "";
}

/**
 * The commands, in the order in which /help lists them: name, arguments behind the room, help, and other names.
 *
 * @type {[string, string, string, Read, string?][]}
 */
const TABLE = [
  ["/class", "", "Show what the class is doing", (words) => alone({ status: "class", receiver: words.room(() => false) }, words)],
  ["/session", "begin|end [title]", "Begin or end a session of the class", readSession],
  ["/hand", "[topic]", "Raise your hand; again: change the topic", readHand],
  ["/lower", "[username]", "Lower your hand; staff: that of a student", aboutUser("lower")],
  ["/queue", "[open|closed|fair|order]", "Show the hands that are up, or set who is next", oneOf("hands", HANDS), "/hands"],
  ["/next", "[username]", "Take the next student, or this one", aboutUser("next")],
  ["/done", "[helped|absent|later]", "End the turn of a student", oneOf("done", TURNS)],
  ["/ask", "[--named] <text>", "Ask a question, without your name unless --named", readAsk],
  ["/questions", "[off|open|approve] [peers|full|no]", "List the questions, or set who may ask and from whom names are hidden", readQuestions],
  ["/up", "[-]<number>", "Support a question; with a minus: take that back", readSupport],
  ["/unup", "<number>", "Take back your support of a question", readUnsupport],
  ["/answer", "<number> [text]", "Answer a question, or mark it as answered", aboutQuestion("answer", true)],
  ["/approve", "<number>", "Show a waiting question", aboutQuestion("approve", false)],
  ["/dismiss", "<number> [why]", "Close a question", aboutQuestion("dismiss", true)],
  ["/reveal", "<number>", "Show who has asked; that user is told", aboutQuestion("reveal", false)],
  ["/poll", "<question> | <A> | <B> | [60s] [many] [named] [live]", "Begin a poll", readPoll],
  ["/vote", "[#poll] <numbers>", "Vote in a poll; the last vote counts", readVote],
  ["/endpoll", "[number]", "End a poll now", perhapsNumber("endpoll")],
  ["/polls", "[number]", "Show the polls and their results", perhapsNumber("polls")],
  ["/present", "[5m|end]", "Take attendance by a code", readPresent],
  ["/here", "<code>", "Record that you are here", readHere],
  ["/mark", "<username> present|late|excused|absent", "Set the attendance of a student", readMark],
  ["/roster", "[add <name>]", "Show who is in the class, or add a student", readRoster],
  ["/groups", "<4|size 3|close> [random|new|same|section] [10m]", "Divide the class into group rooms, or close them", readGroups],
];

export const CLASS_COMMANDS = TABLE.map(([name, words, help, read, also = ""]) => {
  const needs = ["[room]", words].filter(Boolean);
  const usage = [name, ...needs].join(" ");
  return { name, needs, help, also, read: (/** @type {string} */ rest, /** @type {Whereabouts} */ where) => read(new Words(where, rest, usage)) };
});

/** The parts of the panel that show what these requests list, unless they set something. */
const PARTS = /** @type {Record<string, string>} */ ({ class: "hands", hands: "hands", questions: "questions", polls: "polls", roster: "here" });

/**
 * Return the part of the panel that shows what a request would list; "" if there is none.
 *
 * @param {Request} request
 */
export function partOf({ status, text, anonymous, follow }) {
  return text || anonymous || follow !== undefined ? "" : (PARTS[status] ?? "");
}
