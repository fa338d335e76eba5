/** The English texts of the form for a name: they are loaded with the page, before all others. */
export const title = "ClassChat";
export const yourName = "Your name";
export const join = "Join";
/** @param {string} room */
export const joinRoom = (room) => `Join ${room}`;
export const joinNote = "Choose any name that is free. Nothing is installed.";
export const joinNoteRooms = "Choose any name that is free. You choose a room afterwards.";
export const havePassword = "Sign in with a password";
export const wantPassword = "Register a name";
export const notEncrypted = "This connection is not encrypted: others in the network can read it. You can join as a guest, but not use a password.";
export const notLoaded = "The page could not be loaded. Load it again.";
export const partNotLoaded = "This part of the page could not be loaded: the connection is lost, or the server has a new version. Try again, or load the page again.";
export const unreachable = "The server can't be reached.";
export const retrying = "The page tries again by itself.";
/** @param {string} name */
export const elsewhere = (name) => `${name} is here already, in another tab`;
export const useHere = "Use it here";
