/** The English texts of classes: hands, questions, polls, attendance, groups. They are loaded with the first class. */

import { counted } from "./strings.js";

/** @param {number} number */
export function ordinal(number) {
  const ending = /1[123]$/.test(String(number)) ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

/** @param {string} time A span, such as "0:42". */
export const left = (time) => `${time} left`;
export const noTime = "no time limit";
/** @param {number} minutes */
export const minutesAgo = (minutes) => (minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`);
export const save = "Save";
export const open = "Open";
export const goTo = "Go to the room";

// The student's buttons
/** @type {(place: number, waiting: number) => string} */
export const handUp = (place, waiting) => `Hand: ${ordinal(place)} of ${Math.max(place, waiting)}`;
export const ask = "Ask";
/** @param {number} count */
export const questionCount = (count) => counted(count, "open question");
export const vote = "Vote";
export const here = "Here";
export const present = "Present";
export const student = "Class";

// Hands
export const yourHand = "Your hand";
export const topic = "What is it about? (optional)";
export const topicNote = "Only the staff can read it.";
export const change = "Change the topic";
export const lower = "Lower hand";
/** @type {(place: number, waiting: number) => string} */
export const yourPlace = (place, waiting) => `Your hand is up: you are ${ordinal(place)} of ${Math.max(place, waiting)}.`;
/** @param {number} waiting */
export const handsWaiting = (waiting) => (waiting === 1 ? "1 hand is up" : `${waiting} hands are up`);
export const lowering = "Your place is lost when you lower your hand.";
/** @param {string} by */
export const comes = (by) => `${by} comes to you`;
/** @param {string} topic */
export const about = (topic) => `About: ${topic}`;
export const helped = "I have been helped";

// Questions
export const askTitle = "Ask a question";
export const question = "Your question";
export const askNow = "Ask the question";
export const withName = "Show my name";
/** Who sees who asks. */
export const WHO = /** @type {Record<string, string>} */ ({
  peers: "Nobody in the room sees who asks, not even assistants. A teacher can look it up: that is recorded, and you are told.",
  full: "Nobody can find out who asks, not even the teacher: the server keeps no link to your name.",
  no: "Everybody in the room sees your name.",
});
export const named = "Everybody in the room sees your name on this question.";
export const approval = "The staff read a question before the room does.";
export const minuteNote = "Its time is shown to the minute.";
export const questions = "Questions";
export const noQuestions = "No questions yet";
/** @param {string[]} names */
export const revealed = (names) => `${names.join(", ")} looked up that you asked this.`;
export const anonymous = "Anonymous";
export const yours = "yours";
export const waits = "waits for approval";
export const answered = "answered";
export const dismissed = "closed";
/** @type {(number: number, supports: number, mine: boolean) => string} */
export const support = (number, supports, mine) => `Support question ${number}, ${counted(supports, "supporter")}${mine ? ", you among them" : ""}`;
/** @param {number} count */
export const supporters = (count) => counted(count, "supporter");
/** @param {string} by */
export const answerBy = (by) => (by ? `Answer of ${by}:` : "Answer:");
/** @param {string} by */
export const dismissedBy = (by) => (by ? `Closed by ${by}:` : "Closed:");

// Polls
/** @param {number} number */
export const poll = (number) => `Poll ${number}`;
export const secret = "Nobody sees who chose what.";
export const openVote = "The staff see who chose what.";
export const chooseMany = "Choose one or more.";
export const send = "Vote";
export const changeVote = "Change my vote";
/** @param {string[]} options */
export const voted = (options) => `You voted for: ${options.join(", ")}`;
export const chooseOne = "Choose an answer first.";
export const results = "Results";
/** @type {(votes: number, here: number) => string} */
export const turnout = (votes, here) => (here ? `${votes} of ${here} here` : counted(votes, "vote"));
export const tooFew = "Fewer than 5 votes: the distribution is not shown.";
export const yourChoice = "your choice";
/** @param {number} guests */
export const ofGuests = (guests) => `${guests} of them guests`;
export const noPolls = "No polls yet";
export const polls = "Polls";
export const noPoll = "The poll is closed.";

// Attendance
export const attendance = "Attendance";
export const code = "Code";
export const codeNote = "It is on the projector, or the teacher says it. It has five characters, and changes every half-minute.";
export const iAmHere = "I am here";
export const beenSeen = "You are marked as present.";
export const attendanceClosed = "Attendance is not taken now. If you are late, tell the teacher.";
/** @param {string} mark */
export const marked = (mark) => `The staff have marked you as: ${mark}`;

// Groups
export const groups = "Groups";
/** @param {string} room */
export const yourGroup = (room) => `Your group: ${room}`;

// What is told
/** @type {(mode: string, slow: number, staff: boolean) => string} Who reads what a student writes; "" if everybody does, at once. */
export const modeNote = (mode, slow, staff) =>
  (staff ? STAFF_MODES : MODES)[mode] ?? (slow ? `Slow mode: students write one message in ${slow} seconds.` : "");
/** @type {Record<string, string>} */
const MODES = {
  questions: "What you write here goes to the staff only.",
  exam: "Exam: what you write goes to the staff only, and students can't write to each other.",
};
/** @type {Record<string, string>} */
const STAFF_MODES = {
  questions: "What students write here goes to the staff only.",
  exam: "Exam: what students write goes to the staff only, and they can't write to each other.",
};
