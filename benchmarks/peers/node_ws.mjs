/* The obvious chat server for browsers in Node.js: the package `ws`, and one `send` per member and message.
 *
 * It speaks only the part of the protocol that the load uses, checks almost nothing, and has no other purpose.
 * Each message is made into bytes once, for all members: `send` takes a string as well, but converts it each time.
 *
 *     node benchmarks/peers/node_ws.mjs PORT
 */
import { WebSocketServer } from "ws";

/** @type {Map<string, import("ws").WebSocket>} */
const users = new Map();
/** @type {Map<string, {members: Set<import("ws").WebSocket>, said: number}>} */
const rooms = new Map();

const encode = (event) => Buffer.from(JSON.stringify(event) + "\n");

const write = (client, bytes) => client.send(bytes, { binary: false });

function broadcast(room, event) {
  const bytes = encode(event);
  for (const member of room.members) write(member, bytes);
}

function answer(client, asked, text) {
  write(client, encode({ status: "success", sender: "SERVER", receiver: client.name, text, id: asked.id }));
}

function message(client, asked, seq) {
  const { status, receiver, text } = asked;
  return { status, sender: client.name, receiver, text, seq, time: new Date().toISOString() };
}

function join(client, asked) {
  const name = asked.receiver;
  if (!rooms.has(name)) rooms.set(name, { members: new Set(), said: 0 });
  const room = rooms.get(name);
  room.members.add(client);
  answer(client, asked, `You have joined '${name}'`);
  const text = `${client.name} has joined the chat room`;
  broadcast(room, { status: "group", sender: "SERVER", receiver: name, text });
}

function obey(client, asked) {
  switch (asked.status) {
    case "register":
      client.name = asked.sender;
      users.set(client.name, client);
      return answer(client, asked, `Welcome, ${client.name}!`);
    case "create":
    case "join":
      return join(client, asked);
    case "group": {
      const room = rooms.get(asked.receiver);
      broadcast(room, message(client, asked, ++room.said));
      return asked.id && answer(client, asked, "Message sent");
    }
    case "private": {
      const receiver = users.get(asked.receiver);
      receiver.said = (receiver.said ?? 0) + 1;
      write(receiver, encode(message(client, asked, receiver.said)));
      return asked.id && answer(client, asked, "Message sent");
    }
    default:
      return answer(client, asked, "done");
  }
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 1024 });
server.on("connection", (client) => {
  client.on("message", (data) => obey(client, JSON.parse(data)));
  client.on("error", () => client.terminate());
  client.on("close", () => {
    users.delete(client.name);
    for (const room of rooms.values()) room.members.delete(client);
  });
});
