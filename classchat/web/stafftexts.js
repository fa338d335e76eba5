/** The English texts of the staff's panel, and of the projector's view of a class. */

import { counted } from "./strings.js";

// The queue
export const hands = "Hands";
export const next = "Next student";
export const nextOne = "Go to";
export const nobody = "No hand is up";
export const handsClosed = "Hands are closed";
export const openHands = "Open the queue";
export const closeHands = "Close the queue";
export const order = "Who is next";
/** @type {[string, string][]} */
export const orders = [["fair", "Not helped yet first, then by time"], ["order", "By time"]];
/** @param {string} name */
export const youHelp = (name) => `You are with ${name}`;
/** @type {[string, string][]} */
export const outcomes = [["helped", "Helped"], ["absent", "Absent"], ["later", "Later"]];
export const others = "With other staff";
/** @type {(user: string, by: string) => string} */
export const with_ = (user, by) => `${user}, with ${by}`;
export const firstTime = "first time today";
/** @param {number} times */
export const helpedTimes = (times) => `helped ${times === 1 ? "once" : times === 2 ? "twice" : `${times} times`} today`;
/** @param {string} until */
export const awayUntil = (until) => `away, keeps the place until ${until}`;
export const passed = "was absent, passed over";
export const lower = "Lower";
/** @param {string} name */
export const lowerHand = (name) => `Lower the hand of ${name}`;
/** @param {string} name */
export const goTo = (name) => `Go to ${name}`;

// Questions
export const policy = "Students may ask";
/** @type {[string, string][]} */
export const policies = [["off", "No"], ["open", "Yes, and everybody reads it at once"], ["approve", "Yes, and staff approve it first"]];
export const who = "Who sees who asks";
/** @type {[string, string][]} */
export const anonymities = [["peers", "Nobody; a teacher can look it up"], ["full", "Nobody, not even the teacher"], ["no", "Everybody: no anonymous questions"]];
export const policyNote = "This holds for new questions. It never changes for those that were asked.";
export const answer = "Answer";
export const approve = "Approve";
export const dismiss = "Dismiss";
export const reveal = "Who asked?";
export const mute = "Mute the author";
export const answerText = "Answer (empty: it was answered aloud)";
export const reasonText = "Reason (optional; the room reads it)";
/** @param {number} number */
export const question = (number) => `Question ${number}`;
export const revealWarning = "This is recorded, and the student is told that you have looked. Only you see the name.";
export const muteNote = "The author can't ask or support questions in this room, until the session ends or this time is over. You do not learn who it is.";
export const muteFor = "For how long";
/** @type {[string, string][]} */
export const spans = [["600", "10 minutes"], ["3600", "1 hour"], ["86400", "1 day"], ["0", "For ever"]];
/** @param {number} number */
export const actions = (number) => `Actions on question ${number}`;

// Polls
export const newPoll = "New poll";
export const pollText = "Question";
/** @param {number} number */
export const option = (number) => `Option ${number}`;
export const addOption = "Add an option";
export const time = "Time";
/** @type {[string, string][]} */
export const times = [["30", "30 seconds"], ["60", "1 minute"], ["120", "2 minutes"], ["300", "5 minutes"], ["900", "15 minutes"], ["3600", "1 hour"]];
export const many = "Several choices";
export const named = "Staff see who chose what (students are told)";
export const live = "Show the votes while it is open";
export const begin = "Begin the poll";
export const needs = "A poll needs a question and at least two options.";
export const end = "End the poll";
/** @type {(votes: number) => string} */
export const soFar = (votes) => `${counted(votes, "vote")} so far`;
export const whoChose = "Who chose what";

// Attendance
export const attendance = "Attendance";
export const take = "Take attendance";
export const stop = "Stop";
export const howLong = "For how long";
/** @type {[string, string][]} */
export const heres = [["120", "2 minutes"], ["300", "5 minutes"], ["900", "15 minutes"], ["3600", "1 hour"]];
/** @param {number} seconds */
export const changesIn = (seconds) => `changes in ${seconds} s`;
/** @param {number} count */
export const seen = (count) => `${count} present by code`;
export const codeQr = "QR code that fills in the code";
export const showRoster = "Show the roster";
export const reload = "Read again";
export const roster = "Roster";
/** @type {[string, string][]} */
export const marks = [["", "–"], ["present", "present"], ["late", "late"], ["excused", "excused"], ["absent", "absent"]];
/** @param {string} name */
export const markOf = (name) => `Attendance of ${name}`;
export const inRoom = "in the room";
export const byCode = "code";
/** @type {(names: string[], more: number) => string} */
export const sameAddress = (names, more) => `code from the address of ${names.join(", ")}${more ? ` and ${more} more` : ""}`;
export const notListed = "not on the roster";
export const notSignedIn = "has not signed in yet";
export const nobodyListed = "Nobody is on the roster or in the room.";
/** @type {(listed: number, here: number) => string} */
export const rosterCount = (listed, here) => `${listed} on the roster, ${counted(here, "student")} in the room`;
export const projectCode = "On a projector: open the projector's view in this browser; it shows the code too.";
export const projector = "Projector's view";

// Groups
export const split = "Split into";
/** @type {[string, string][]} */
export const units = [["count", "groups"], ["size", "students in each"]];
export const howMany = "How many";
export const how = "How";
/** @type {[string, string][]} */
export const ways = [["random", "At random"], ["new", "At random, new partners"], ["same", "As the last time"], ["section", "By section"]];
/** @type {[string, string][]} */
export const spansOfGroups = [["0", "Until I close them"], ["300", "5 minutes"], ["600", "10 minutes"], ["900", "15 minutes"], ["1800", "30 minutes"], ["3600", "1 hour"]];
export const make = "Make groups";
export const closeGroups = "Close the groups";
export const groupsOpen = "Groups are open";
export const empty = "nobody";

// The room
export const settings = "Room";
export const session = "Session";
export const noSession = "No session is under way";
export const sessionTitle = "Title (optional)";
export const beginSession = "Begin a session";
export const endSession = "End the session";
/** @type {(number: number, title: string) => string} */
export const sessionNow = (number, title) => `Session ${number}${title ? `: ${title}` : ""}`;
export const sessionNote = "Turns, attendance and reports count for each session.";
export const endNote = "All hands are lowered, polls, attendance and groups are closed, and the server forgets who asked which question. Reports stay.";
export const mode = "What students may write";
/** @type {[string, string][]} */
export const modes = [["talk", "Everybody writes to everybody"], ["announce", "Only moderators write"], ["questions", "Students write to the staff only"], ["slow", "Slow: one message at a time"], ["exam", "Exam: to the staff only, no private messages between students"]];
export const seconds = "Seconds between two messages of a student";
export const setMode = "Set";
export const assistants = "Assistants";
export const noAssistants = "No assistants";
export const assistantName = "Name of the user";
export const assist = "Make an assistant";
/** @param {string} name */
export const unassist = (name) => `Remove ${name} as an assistant`;
export const remove = "Remove";
