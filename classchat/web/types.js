/**
 * The types that the page's modules share. No module imports this file when it runs: it holds comments only.
 *
 * The lines of the server, as protocol.js hands them out:
 *
 * @typedef {object} Told The fields of every line.
 * @property {string} sender
 * @property {string} receiver
 * @property {string} text
 *
 * @typedef {object} RoomListing
 * @property {string} name
 * @property {number} [members]
 * @property {number} [seq]
 * @property {string} [topic]
 * @property {boolean} [private]
 * @property {boolean} [closed]
 * @property {boolean} [announce]
 *
 * @typedef {object} UserListing
 * @property {string} name
 * @property {string} [away]
 * @property {boolean} [moderator]
 * @property {boolean} [assistant]
 * @property {boolean} [muted]
 * @property {boolean} [offline]
 *
 * @typedef {{room: string} & Record<string, any>} ClassRecord What a class does: lesson.js reads it.
 *
 * @typedef {object} SharedFile A file that a message shares.
 * @property {string} name
 * @property {number} size
 * @property {string} type
 * @property {string} link For this user alone, relative to the page.
 *
 * @typedef {object} SuccessFields
 * @property {"success"} status
 * @property {string} [id]
 * @property {number} [seq]
 * @property {string} [time]
 * @property {string} [server]
 * @property {string} [token]
 * @property {string} [lobby]
 * @property {string} [epoch]
 * @property {boolean} [claims]
 * @property {boolean} [operator]
 * @property {RoomListing[]} [rooms]
 * @property {UserListing[]} [users]
 * @property {UserListing[]} [absent]
 * @property {number|boolean} [more]
 * @property {number} [before]
 * @property {number} [oldest]
 * @property {boolean} [gap]
 * @property {number} [missed]
 * @property {boolean} [away]
 * @property {boolean} [held] Whether only the staff read the message.
 * @property {ClassRecord} [class] The state of a class.
 * @property {undefined} [about]
 * @property {string} [code]
 * @property {string} [user]
 * @property {string} [until]
 * @property {number} [number]
 * @property {number} [place]
 * @property {number} [waiting]
 * @property {UserListing[]} [roster]
 * @property {Record<string, unknown>[]} [polls] lesson.js reads them.
 * @property {string} [upload] Where to upload a file.
 * @typedef {Told & SuccessFields} Success
 *
 * @typedef {object} FailureFields
 * @property {"error"} status
 * @property {string} [code]
 * @property {string} [id]
 * @property {string} [room]
 * @property {string} [by]
 * @property {string} [reason]
 * @property {undefined} [about]
 * @property {undefined} [class]
 * @typedef {Told & FailureFields} Failure
 *
 * @typedef {object} SpokenFields
 * @property {"group"|"private"} status
 * @property {number} [seq]
 * @property {string} [time]
 * @property {boolean} [replay]
 * @property {string} [event]
 * @property {string} [user]
 * @property {string} [by]
 * @property {string} [reason]
 * @property {string} [until]
 * @property {string} [topic]
 * @property {string} [room]
 * @property {string} [name]
 * @property {number} [number] Of an event: the message that was deleted.
 * @property {ClassRecord} [about] What a class does.
 * @property {SharedFile} [file] The file that a message shares.
 * @property {undefined} [class]
 * @typedef {Told & SpokenFields} Spoken A message of a user, or from SERVER an event.
 *
 * @typedef {Told & {status: "ping"}} Probe
 * @typedef {Success|Failure} Answer
 * @typedef {Answer|Spoken|Probe} Line
 *
 * @typedef {object} Since
 * @property {string} epoch
 * @property {number} seq
 * @property {Record<string, number>} [seqs]
 * @property {Record<string, number>} [rooms]
 *
 * @typedef {object} Request A request, as it goes over the wire; the connection gives it its `id`.
 * @property {string} status
 * @property {string} [sender]
 * @property {string} [receiver]
 * @property {string} [text]
 * @property {string} [id]
 * @property {number} [seq]
 * @property {string} [user]
 * @property {string} [room]
 * @property {number} [seconds]
 * @property {number} [limit]
 * @property {number} [before]
 * @property {number} [after]
 * @property {string|Since} [since]
 * @property {boolean} [private]
 * @property {string} [current]
 * @property {string} [token]
 * @property {boolean} [answers]
 * @property {boolean} [screen]
 * @property {string} [code]
 * @property {boolean} [follow]
 * @property {string} [title]
 * @property {number} [number]
 * @property {boolean} [value]
 * @property {boolean} [named]
 * @property {string} [anonymous]
 * @property {string[]} [options]
 * @property {boolean} [many]
 * @property {boolean} [live]
 * @property {number[]} [choices]
 * @property {number} [count]
 * @property {number} [size]
 * @property {string} [sha256]
 *
 * The connection:
 *
 * @typedef {object} Port The socket, which socket.js implements. After `close`, and after another `open`, the
 *   old socket calls nothing any more.
 * @property {() => void} open Open a socket; then call `opened`, `received` and `closed` of the Link.
 * @property {(frame: string) => void} send
 * @property {() => void} close
 *
 * @typedef {object} World Everything that is not pure: time, chance, the socket.
 * @property {Port} port
 * @property {() => number} now Milliseconds since 1970.
 * @property {() => number} random At least 0, less than 1.
 * @property {(ms: number, call: () => void) => () => void} later Call once, later; returns what cancels it.
 * @property {() => string} newId A random word, such as 12 characters from getRandomValues.
 *
 * @typedef {object} LinkState
 * @property {"idle"|"connecting"|"up"|"away"|"refused"|"over"} phase
 *   idle: not signed in yet; connecting: the first time; up: signed in, and caught up; away: lost, and trying to
 *   return; refused: the form has to be shown again (name taken, password needed …: see `code`);
 *   over: stopped for good until `resume()`: show `text` and a button.
 * @property {number} since When the connection was lost, in ms; 0 if it is not.
 * @property {number} retryAt When the next attempt begins, in ms; 0 while one is under way.
 * @property {string} code Why it is refused or over.
 * @property {string} text The same for people.
 *
 * @typedef {object} Open A request without an answer.
 * @property {Request} request
 * @property {boolean} sent Whether it was sent over any connection.
 * @property {boolean} again Whether it was sent over more than one.
 *
 * @typedef {object} Hearer What a Link tells; the Store is one.
 * @property {(welcome: Success, again: boolean) => void} welcomed
 * @property {(line: Spoken) => void} heard A message or event that is new: nothing comes twice.
 * @property {(request: Request|null, answer: Answer) => void} answered
 * @property {(request: Request, found: Spoken[], answer: Answer) => void} page An answer to `history` or `search`.
 * @property {(room: string, answer: Answer) => void} rejoined
 * @property {() => void} caughtUp Everything that was missed has arrived.
 * @property {(open: Open[]) => void} unconfirmed These are not repeated; what they did is not known.
 * @property {() => void} renumbered Another journal numbers messages now.
 * @property {(state: LinkState) => void} changed
 *
 * What the page shows:
 *
 * @typedef {object} Message One row of a conversation.
 * @property {"said"|"event"|"note"} kind said by a user; an event of the server; a sentence of the page itself
 * @property {number} seq Its number; of rows without one, that of the last row before it that has one.
 * @property {boolean} numbered Whether `seq` is its own.
 * @property {number} time Milliseconds since 1970.
 * @property {string} sender
 * @property {string} text
 * @property {boolean} own
 * @property {boolean} mention
 * @property {"sent"|"pending"|"failed"} state
 * @property {string} [id] Of the page's own messages: the request's id.
 * @property {string} [error] Why it was not sent.
 * @property {string} [event] Of events: the protocol's name, such as "joined". Of a message that was deleted: "deleted".
 * @property {string} [user] Of events: whom it concerns.
 * @property {ClassRecord} [about] Of events of a class: the same for programs.
 * @property {string} [code] Of notes that are errors.
 * @property {SharedFile} [file]
 * @property {boolean} [gone] Whether what is missing above it is deleted.
 *
 * @typedef {object} Person
 * @property {string} name
 * @property {string|null} away
 * @property {boolean} moderator
 * @property {boolean} assistant
 * @property {boolean} muted
 * @property {boolean} offline
 *
 * @typedef {object} Conversation
 * @property {string} key "#" or "@", and the name's key.
 * @property {"room"|"user"} kind
 * @property {string} name As it is shown.
 * @property {Message[]} messages Oldest first; sent ones only.
 * @property {Message[]} pending This page's messages that have no number yet; they stand below the others.
 * @property {number} start The index from which the present numbering counts.
 * @property {number} tail The highest known number; -1 if none is known.
 * @property {boolean} atStart Whether no older messages exist.
 * @property {boolean} loading Whether a page of older messages is on its way.
 * @property {number} unread
 * @property {number} mentions
 * @property {number} read The number of the last message that was read.
 * @property {number} mark The unread line stands above the first message with a higher number; -1: no line.
 * @property {boolean} joined Of rooms: whether the user is in it.
 * @property {string} ended Why the user is not in the room any more, for people; "".
 * @property {string} topic
 * @property {boolean} private Of rooms
 * @property {boolean} closed Of rooms
 * @property {boolean} announce Of rooms: whether only moderators may speak.
 * @property {boolean} [raises] Of rooms: whether the user may raise a hand there, as far as the server has said.
 * @property {boolean} [staff] Of rooms: whether the user is staff of its class, as far as the server has said.
 * @property {Map<string, Person>} people Of rooms, by name key.
 * @property {string} draft
 * @property {boolean} muted Whether it makes no sound and no badge.
 * @property {boolean} quiet Whether joins and leaves are hidden.
 *
 * @typedef {{type: "added", conversation: Conversation, message: Message, live: boolean}
 *   | {type: "changed", conversation: Conversation, message?: Message}
 *   | {type: "conversations"}
 *   | {type: "people", conversation: Conversation|null}
 *   | {type: "focus"}
 *   | {type: "link"}
 *   | {type: "notice", text: string, error: boolean, room?: string, inLog?: boolean}
 *   | {type: "done"}
 *   | {type: "class", line: Answer|Spoken, request?: Request}
 *   | {type: "found", request: Request, found: Spoken[], more: boolean}
 *   | {type: "rooms", rooms: RoomListing[], more: number}
 *   | {type: "ask", what: "claim"|"password"|"files"}} Change
 *   What has changed, for the page to draw in the next frame. added: one row at the end (`live`: not a replay);
 *   changed: one row, or, without `message`, any; conversations: the list, counts, topics; people: of a room, or
 *   of the server; focus: another conversation is in view; notice: a sentence for the user, with
 *   the `room` of an invitation, or `inLog` if the log in view says it as well; done: a request of the user was
 *   granted, so errors of earlier ones need not be shown any more; class: an event of a class, or the answer to a
 *   request (`chat.classes` says which are wanted); found: results of a
 *   search, newest first; rooms: the answer to `rooms`; ask: a dialog for a password, or for files.
 *
 * Texts:
 *
 * @typedef {{kind: "text"|"code"|"block"|"link"|"mention", text: string, href?: string}} Segment
 */

export {};
