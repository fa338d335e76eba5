/* The limit: what a chat server can deliver on this machine at all.
 *
 * One epoll loop, no parsing to speak of, no checks, no log. What one turn of the loop brings for a room is
 * joined in one buffer, and each member gets one write: the system calls and copies that are left are those
 * that no server can do without. It knows just as much of the protocol as the load says, and is for nothing else.
 *
 * Usage: limit PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, EVENTS = 1024, BEHIND = 16 << 20, SLOTS = 1 << 16 };

struct buffer { char *bytes; size_t length, size; };

struct client {
    int fd;
    bool dirty, blocked;
    char name[40];
    unsigned long said; /* private messages that it got */
    struct buffer in, out;
};

struct room {
    char name[72];
    struct client **members;
    int count, size;
    bool dirty;
    unsigned long said;
    struct buffer out;
};

struct text { const char *bytes; size_t length; };

static int poller;
static char incoming[READ_SIZE];
static char stamp[40]; /* the time of this turn, as messages carry it */
static struct client *users[SLOTS], **dirty_clients;
static struct room *rooms[SLOTS], **dirty_rooms;
static int dirty_client_count, dirty_room_count;

static void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        abort();
    return memory;
}

static void append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (buffer->length + length > buffer->size) {
        buffer->size = (buffer->length + length) * 2;
        buffer->bytes = grown(buffer->bytes, buffer->size);
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

static void release(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

static void append_string(struct buffer *buffer, const char *string)
{
    append(buffer, string, strlen(string));
}

static size_t slot_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash & (SLOTS - 1);
}

/* Both tables are open and never shrink: a slot is free, or holds what starts with that name. */
static struct client **user_slot(struct text name)
{
    size_t slot = slot_of(name.bytes, name.length);
    while (users[slot] && (strlen(users[slot]->name) != name.length
                           || memcmp(users[slot]->name, name.bytes, name.length) != 0))
        slot = (slot + 1) & (SLOTS - 1);
    return &users[slot];
}

static struct room **room_slot(struct text name)
{
    size_t slot = slot_of(name.bytes, name.length);
    while (rooms[slot] && (strlen(rooms[slot]->name) != name.length
                           || memcmp(rooms[slot]->name, name.bytes, name.length) != 0))
        slot = (slot + 1) & (SLOTS - 1);
    return &rooms[slot];
}

/* Return what a JSON string holds, its escapes left as they are. */
static struct text field(const char *line, size_t length, const char *key)
{
    const char *begin = memmem(line, length, key, strlen(key));
    if (!begin)
        return (struct text){"", 0};
    begin += strlen(key);
    const char *end = begin;
    while (end < line + length && *end != '"')
        end += *end == '\\' ? 2 : 1;
    return (struct text){begin, (size_t)(end - begin)};
}

static void drop(struct client *client)
{
    close(client->fd);
    client->fd = -1;
}

static void watch(struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN | (client->blocked ? EPOLLOUT : 0), .data.ptr = client};
    epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
}

/* Write what can be written, and return how much that was. */
static size_t write_some(struct client *client, const char *bytes, size_t length)
{
    ssize_t taken = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno != EAGAIN) {
        drop(client);
        return length;
    }
    size_t written = taken < 0 ? 0 : (size_t)taken;
    if ((written < length) != client->blocked) {
        client->blocked = written < length;
        watch(client);
    }
    return written;
}

static void flush(struct client *client)
{
    if (client->fd < 0 || client->out.length == 0)
        return;
    size_t written = write_some(client, client->out.bytes, client->out.length);
    client->out.length -= written;
    if (client->out.length)
        memmove(client->out.bytes, client->out.bytes + written, client->out.length);
    else
        release(&client->out);
}

static struct buffer *out_of(struct client *client)
{
    if (!client->dirty) {
        client->dirty = true;
        dirty_clients[dirty_client_count++] = client;
    }
    return &client->out;
}

static void flush_room(struct room *room)
{
    for (int i = 0; i < room->count; i++) {
        struct client *member = room->members[i];
        size_t written = 0;
        if (member->fd < 0)
            continue;
        if (member->out.length == 0 && !member->blocked)
            written = write_some(member, room->out.bytes, room->out.length);
        if (written < room->out.length && member->fd >= 0)
            append(&member->out, room->out.bytes + written, room->out.length - written);
        if (member->out.length > BEHIND)
            drop(member);
    }
    room->out.length = 0;
}

static struct buffer *out_to(struct room *room)
{
    if (!room->dirty) {
        room->dirty = true;
        dirty_rooms[dirty_room_count++] = room;
    }
    return &room->out;
}

static void answer(struct client *client, struct text id)
{
    struct buffer *out = out_of(client);
    append_string(out, "{\"status\":\"success\",\"sender\":\"SERVER\",\"receiver\":\"");
    append_string(out, client->name);
    append_string(out, "\",\"text\":\"done\"");
    if (id.length) {
        append_string(out, ",\"id\":\"");
        append(out, id.bytes, id.length);
        append_string(out, "\"");
    }
    append_string(out, "}\n");
}

static void encode(struct buffer *out, const char *status, const char *sender, const char *receiver,
                   struct text text, unsigned long number)
{
    char end[80];
    append_string(out, "{\"status\":\"");
    append_string(out, status);
    append_string(out, "\",\"sender\":\"");
    append_string(out, sender);
    append_string(out, "\",\"receiver\":\"");
    append_string(out, receiver);
    append_string(out, "\",\"text\":\"");
    append(out, text.bytes, text.length);
    append(out, end, (size_t)snprintf(end, sizeof end, "\",\"seq\":%lu,\"time\":\"%s\"}\n", number, stamp));
}

static void sign_in(struct client *client, const char *line, size_t length)
{
    struct text id = {"", 0};
    if (length >= sizeof client->name)
        length = sizeof client->name - 1;
    memcpy(client->name, line, length);
    *user_slot((struct text){line, length}) = client;
    answer(client, id);
}

static void join(struct client *client, struct text name, struct text id)
{
    struct room **slot = room_slot(name), *room = *slot;
    if (!room) {
        room = *slot = grown(NULL, sizeof *room);
        *room = (struct room){0};
        memcpy(room->name, name.bytes, name.length < 64 ? name.length : 64);
    }
    flush_room(room); /* earlier messages are not for the new member */
    if (room->count == room->size) {
        room->size = room->size ? room->size * 2 : 8;
        room->members = grown(room->members, (size_t)room->size * sizeof(struct client *));
    }
    room->members[room->count++] = client;
    answer(client, id);
    encode(out_to(room), "group", "SERVER", room->name, (struct text){client->name, strlen(client->name)}, 0);
}

static void handle(struct client *client, const char *line, size_t length)
{
    if (!client->name[0]) {
        sign_in(client, line, length);
        return;
    }
    struct text status = field(line, length, "\"status\":\""), id = field(line, length, "\"id\":\"");
    struct text receiver = field(line, length, "\"receiver\":\""), text = field(line, length, "\"text\":\"");
    struct room *room;
    struct client *user;
    switch (status.length ? *status.bytes : 0) {
    case 'g': /* group */
        if ((room = *room_slot(receiver))) {
            encode(out_to(room), "group", client->name, room->name, text, ++room->said);
            if (id.length)
                answer(client, id);
        }
        break;
    case 'p': /* private, ping */
        if (status.length > 4 && (user = *user_slot(receiver)) && user->fd >= 0) {
            encode(out_of(user), "private", client->name, user->name, text, ++user->said);
            if (!id.length)
                break;
        }
        answer(client, id);
        break;
    case 'c': /* create */
    case 'j': /* join */
        join(client, receiver, id);
        break;
    }
}

static void take(struct client *client)
{
    ssize_t length = recv(client->fd, incoming, sizeof incoming, MSG_DONTWAIT);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN)
            drop(client);
        return;
    }
    const char *bytes = incoming, *end = incoming + length, *newline;
    if (client->in.length) {
        append(&client->in, incoming, (size_t)length);
        bytes = client->in.bytes, end = bytes + client->in.length;
    }
    for (; (newline = memchr(bytes, '\n', (size_t)(end - bytes))); bytes = newline + 1)
        handle(client, bytes, (size_t)(newline - bytes));
    struct buffer rest = {0};
    if (bytes < end)
        append(&rest, bytes, (size_t)(end - bytes));
    release(&client->in);
    client->in = rest;
}

static void accept_all(int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct client *client = grown(NULL, sizeof *client);
        *client = (struct client){.fd = fd};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

static void tell_time(void)
{
    struct timespec time;
    struct tm parts;
    char seconds[24];
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    gmtime_r(&time.tv_sec, &parts);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(stamp, sizeof stamp, "%s.%03dZ", seconds, (int)(time.tv_nsec / 1000000));
}

static void turn(int listener)
{
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, -1);
    tell_time();
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (!client)
            accept_all(listener);
        else if (client->fd >= 0 && (events[i].events & EPOLLOUT))
            flush(client);
        if (client && client->fd >= 0 && (events[i].events & ~(uint32_t)EPOLLOUT))
            take(client);
    }
    for (int i = 0; i < dirty_room_count; i++) {
        dirty_rooms[i]->dirty = false;
        flush_room(dirty_rooms[i]);
    }
    for (int i = 0; i < dirty_client_count; i++) {
        dirty_clients[i]->dirty = false;
        flush(dirty_clients[i]);
    }
    dirty_room_count = dirty_client_count = 0;
}

int main(int count, char **values)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct rlimit files;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (count != 2) {
        fputs("usage: limit PORT\n", stderr);
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    address.sin_port = htons((uint16_t)atoi(values[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0) {
        perror("limit: can't listen");
        return 1;
    }
    dirty_clients = grown(NULL, SLOTS * sizeof *dirty_clients);
    dirty_rooms = grown(NULL, SLOTS * sizeof *dirty_rooms);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;)
        turn(listener);
}
