// A client of irc-framework, for tests: options as the only argument, calls as JSON lines on the input, such as
// ["say", "#room", "hello"], and each event as a JSON line on the output, such as ["message", {...}].

import { createInterface } from "node:readline";

import { Client } from "irc-framework";

const SHOWN = ["registered", "join", "message", "part", "quit", "kick", "nick", "mode", "topic", "loggedin"];

const client = new Client();

/** @param {string} name @param {unknown} event */
function show(name, event) {
    process.stdout.write(`${JSON.stringify([name, event ?? {}])}\n`);
}

for (const name of [...SHOWN, "sasl failed", "batch end chathistory", "socket close"]) {
    client.on(name, (/** @type {any} */ event) => show(name, summary(event)));
}

/** @param {any} event */
function summary(event) {
    if (event?.commands) {
        return { texts: event.commands.map((/** @type {any} */ command) => command.params.at(-1)) };
    }
    const { nick, channel, target, message, type, account, kicked, topic, new_nick } = event ?? {};
    return { nick, channel, target, message, type, account, kicked, topic, new_nick };
}

createInterface({ input: process.stdin }).on("line", (line) => {
    const [method, ...rest] = JSON.parse(line);
    /** @type {any} */ (client)[method](...rest);
});

client.on("close", () => process.exit(0));
client.connect({ auto_reconnect: false, ping_interval: 30, ...JSON.parse(process.argv[2]) });
