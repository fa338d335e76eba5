/** The English texts of the fields for a password and a join code, and for another name. */
export const password = "Password";
export const signIn = "Sign in";
export const register = "Register and join";
export const asGuest = "Join without a password";
export const joinCode = "Join code, if your teacher gave you one";
export const codeNote = "The join code belongs to this name. Choose a password: next time you sign in with the name and the password. Nothing is installed.";
export const projector = "The projector needs a registered name here. Sign in with your own name: this page then shows the room, as students see it.";
export const stay = "Stay signed in on this device";
/** @param {string} name */
export const useName = (name) => `Join as ${name}`;
export const passwordRule = "8 to 256 characters";
export const otherName = "Use another name";
