/* The load: all clients of one chat server, in one process, and what they saw.
 *
 * It signs everybody in, fills the rooms, lets the senders talk for a while, and then waits until every
 * message is where it belongs. One JSON object on standard output says what was measured.
 *
 * Closed loop (the default): each sender has at most WINDOW messages in flight; a message is done when the
 * first witness of its room has read it. A witness is another member: that works alike for IRC, which does
 * not echo, and ClassChat, which does. Open loop (--rate): messages are due at fixed times, and their latency
 * counts from when they were due, so that a server that stalls can't hide it by slowing the load.
 *
 * A private pair is a room of two with one sender, which only the other hears.
 *
 * So that this is never the bottleneck: epoll, big reads, and those who are neither sender nor witness are read
 * a thousand times a second, when senders and witnesses have had their turn, and their lines are only counted.
 * It ends by itself: every wait has a limit, and an alarm stands behind all.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, EVENTS = 1024, OUT_MOST = 1 << 20, LINE_MOST = 1 << 16, PIDS = 64 };
enum { SLICE = 32 }; /* how many of the others are read before senders and witnesses come first again */
enum { EXIT_TROUBLE = 1, EXIT_LOST = 3 };

static const double SECOND = 1e9;

/* What is asked of us. */

static struct {
    int port, rooms, members, senders, window, witnesses, idle, at_once, text;
    int slow, slow_bytes, stuck, core, first;
    bool irc, private, ids, verify, small_buffers, patient;
    double rate, warmup, seconds, connect_rate, slow_every, limit;
    int pids[PIDS], pid_count;
} ask = {.members = 2, .senders = 1, .window = 1, .witnesses = 1, .at_once = 32, .text = 100, .warmup = 0.5,
         .seconds = 3, .slow_every = 0.2, .slow_bytes = 32 * 1024, .limit = 120, .core = -1};

enum role { MEMBER, SENDER, WITNESS, SLOW, STUCK };

struct client {
    int fd, poller, index, room, place; /* place: which of its room's members */
    enum role role;
    bool parsed, waiting, connected, gone, dirty, blocked;
    uint64_t heard;    /* message lines that it has read */
    uint64_t answers;  /* success lines that answer an id */
    uint32_t sent, in_flight;
    uint32_t *latest;  /* of each sender of the room: the last message that this one has heard */
    char *partial;     /* the beginning of a line whose end has not come */
    size_t partial_length;
    char *out;         /* what the socket did not take yet */
    size_t out_start, out_end, out_size;
    char *line;        /* a sender's message, its numbers to be filled in */
    size_t line_length, tag_at, id_at;
};

static struct client *clients;
static int client_count, poller, patient_poller, patient_count, timer;
static int64_t started, talking_since;
static enum { SETTING_UP, TALKING } stage; /* what lines mean just now */
static char incoming[READ_SIZE];
static struct client **dirty;
static int dirty_count;

/* What was seen. */

static struct {
    uint64_t deliveries, messages, lost, doubled, errors, closed, strange, overrun;
    double stuck_after[64];
    int stuck_gone, slow_gone;
} seen;

static void die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(EXIT_TROUBLE);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* A histogram of latencies in nanoseconds: 64 steps for each power of two, so within 3 %. */

enum { STEPS = 64, POWERS = 42 };

struct histogram { uint64_t counts[POWERS * STEPS], total, most; };

static struct histogram latencies, sign_ins;

static void record(struct histogram *histogram, int64_t value)
{
    uint64_t rest = value < 0 ? 0 : (uint64_t)value;
    if (rest > histogram->most)
        histogram->most = rest;
    int power = rest < STEPS ? 0 : 63 - __builtin_clzll(rest) - 5;
    size_t slot = (size_t)power * STEPS + (power ? (rest >> power) : rest);
    if (slot >= POWERS * STEPS)
        slot = POWERS * STEPS - 1;
    histogram->counts[slot]++;
    histogram->total++;
}

static double percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->total), below = 0;
    for (size_t slot = 0; slot < POWERS * STEPS; slot++) {
        below += histogram->counts[slot];
        if (below > wanted) {
            size_t power = slot / STEPS, step = slot % STEPS;
            return (double)((power ? step : slot) << power) / 1e3;
        }
    }
    return (double)histogram->most / 1e3;
}

/* The server's processes. */

static double cpu_of_server(void)
{
    double seconds = 0;
    for (int i = 0; i < ask.pid_count; i++) {
        clockid_t clock;
        struct timespec time;
        if (clock_getcpuclockid(ask.pids[i], &clock) == 0 && clock_gettime(clock, &time) == 0)
            seconds += (double)time.tv_sec + (double)time.tv_nsec / SECOND;
    }
    return seconds;
}

static double rss_of_server(void)
{
    double kibibytes = 0;
    for (int i = 0; i < ask.pid_count; i++) {
        char path[64];
        long size, resident;
        snprintf(path, sizeof path, "/proc/%d/statm", ask.pids[i]);
        FILE *file = fopen(path, "r");
        if (file && fscanf(file, "%ld %ld", &size, &resident) == 2)
            kibibytes += (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
        if (file)
            fclose(file);
    }
    return kibibytes;
}

static double cpu_of_load(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / SECOND;
}

/* Numbers of a fixed width, and the tag in each text: |SSSSSS.NNNNNNNN.TTTTTTTTTTTTTTTT| names the sender,
 * the number of the message, and the time (nanoseconds since we started). */

enum { TAG = 34, TAG_NUMBER = 8, TAG_TIME = 17, NUMBER_DIGITS = 8, TIME_DIGITS = 16 };

static void put_digits(char *where, int digits, uint64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        where[i] = (char)('0' + value % 10);
}

static uint64_t get_digits(const char *where, int digits)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(where[i] - '0');
    return value;
}

static size_t count_newlines(const char *bytes, size_t length)
{
    size_t count = 0;
    while (length >= 64) { /* 64 counters of one byte, so that the compiler makes vectors of them */
        uint8_t counters[64] = {0};
        size_t blocks = length / 64 < 255 ? length / 64 : 255;
        for (size_t block = 0; block < blocks; block++, bytes += 64)
            for (int i = 0; i < 64; i++)
                counters[i] = (uint8_t)(counters[i] + (bytes[i] == '\n'));
        for (int i = 0; i < 64; i++)
            count += counters[i];
        length -= blocks * 64;
    }
    for (size_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

/* Writing. */

static void watch(struct client *client)
{
    uint32_t reading = client->role == STUCK || client->role == SLOW ? 0 : EPOLLIN;
    struct epoll_event event = {.data.ptr = client};
    event.events = reading | EPOLLRDHUP | (client->blocked || !client->connected ? EPOLLOUT : 0);
    epoll_ctl(client->poller, EPOLL_CTL_MOD, client->fd, &event);
}

static void lose(struct client *client)
{
    if (client->gone)
        return;
    if (stage == SETTING_UP)
        die("the server closed a connection, or did not accept it, while everybody signed in and joined");
    client->gone = true;
    close(client->fd);
    if (client->role == STUCK) {
        if (seen.stuck_gone < 64)
            seen.stuck_after[seen.stuck_gone] = (double)(now() - talking_since) / SECOND;
        seen.stuck_gone++;
    } else if (client->role == SLOW) {
        seen.slow_gone++;
    } else {
        seen.closed++;
    }
}

static void flush(struct client *client)
{
    while (client->out_start < client->out_end && !client->gone) {
        ssize_t taken = send(client->fd, client->out + client->out_start, client->out_end - client->out_start,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken > 0) {
            client->out_start += (size_t)taken;
        } else if (taken < 0 && errno == EAGAIN) {
            if (!client->blocked) {
                client->blocked = true;
                watch(client);
            }
            return;
        } else if (taken < 0 && errno != EINTR) {
            lose(client);
            return;
        }
    }
    client->out_start = client->out_end = 0;
    if (client->blocked) {
        client->blocked = false;
        watch(client);
    }
}

static char *space_for(struct client *client, size_t length)
{
    if (client->out_end + length > client->out_size) {
        client->out_size = (client->out_end + length) * 2;
        client->out = realloc(client->out, client->out_size);
        if (!client->out)
            die("out of memory");
    }
    char *where = client->out + client->out_end;
    client->out_end += length;
    return where;
}

static void request(struct client *client, const char *format, ...)
{
    char line[512];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    memcpy(space_for(client, (size_t)length), line, (size_t)length);
    flush(client);
}

/* What there is to say, in both languages. */

enum step { SIGN_IN, OPEN_ROOM, JOIN_ROOM, SPEAK_UP };

static void ask_for(struct client *client, enum step step)
{
    const char *verb = step == OPEN_ROOM ? "create" : "join";
    client->waiting = true;
    if (step == SIGN_IN && ask.irc)
        request(client, "NICK u%1$d\r\nUSER u%1$d 0 * :u%1$d\r\n", client->index + ask.first);
    else if (step == SIGN_IN)
        request(client, "u%d\n", client->index + ask.first);
    else if (step == SPEAK_UP && ask.irc)
        request(client, "PING here\r\n");
    else if (step == SPEAK_UP)
        request(client, "{\"status\":\"ping\",\"sender\":\"\",\"receiver\":\"\",\"text\":\"\"}\n");
    else if (ask.irc)
        request(client, "JOIN #r%d\r\n", client->room);
    else
        request(client, "{\"status\":\"%s\",\"sender\":\"\",\"receiver\":\"r%d\",\"text\":\"\"}\n", verb,
                client->room);
}

static void compose(struct client *client)
{
    char receiver[32], *line = malloc((size_t)ask.text + 256);
    int at;
    if (!line)
        die("out of memory");
    snprintf(receiver, sizeof receiver, ask.private ? "u%d" : ask.irc ? "#r%d" : "r%d",
             ask.private ? client->index + 1 + ask.first : client->room);
    if (ask.irc)
        at = sprintf(line, "PRIVMSG %s :", receiver);
    else
        at = sprintf(line, "{\"status\":\"%s\",\"sender\":\"u%d\",\"receiver\":\"%s\",",
                     ask.private ? "private" : "group", client->index, receiver);
    if (ask.ids && !ask.irc) {
        client->id_at = (size_t)at + 6;
        at += sprintf(line + at, "\"id\":\"%0*d\",", NUMBER_DIGITS, 0);
    }
    if (!ask.irc)
        at += sprintf(line + at, "\"text\":\"");
    client->tag_at = (size_t)at;
    at += sprintf(line + at, "|%06d.%08d.%016d|", client->index, 0, 0);
    for (int i = TAG; i < ask.text; i++)
        line[at++] = (char)(i % 6 == 0 ? ' ' : 'a' + i % 23);
    at += sprintf(line + at, ask.irc ? "\r\n" : "\"}\n");
    client->line = line;
    client->line_length = (size_t)at;
}

static void say(struct client *client, int64_t when)
{
    if (client->out_end - client->out_start > OUT_MOST) {
        seen.overrun++;
        return;
    }
    char *line = space_for(client, client->line_length);
    memcpy(line, client->line, client->line_length);
    client->sent++;
    client->in_flight++;
    seen.messages++;
    put_digits(line + client->tag_at + TAG_NUMBER, NUMBER_DIGITS, client->sent);
    put_digits(line + client->tag_at + TAG_TIME, TIME_DIGITS, (uint64_t)(when - started));
    if (client->id_at)
        put_digits(line + client->id_at, NUMBER_DIGITS, client->sent);
    if (!client->dirty) {
        client->dirty = true;
        dirty[dirty_count++] = client;
    }
}

static void flush_all(void)
{
    for (int i = 0; i < dirty_count; i++) {
        dirty[i]->dirty = false;
        flush(dirty[i]);
    }
    dirty_count = 0;
}

/* Reading. */

static bool answering; /* closed loop: what was heard is answered by the next message */
static int64_t read_at;

static bool has(const char *line, size_t length, const char *what)
{
    return memmem(line, length, what, strlen(what)) != NULL;
}

static bool answered(const char *line, size_t length)
{
    if (!ask.irc) {
        if (has(line, length, "\"status\":\"error\""))
            die("the server refused: %.*s", (int)length, line);
        return has(line, length, "\"status\":\"success\"");
    }
    if (length > 6 && memcmp(line, "ERROR ", 6) == 0)
        die("the server refused: %.*s", (int)length, line);
    const char *space = memchr(line, ' ', length);
    if (!space || line + length - space < 5)
        return false;
    if (memcmp(space, " PONG", 5) == 0)
        return true;
    if ((space[1] == '4' && memcmp(space, " 422", 4) != 0) || memcmp(space, " 5", 2) == 0)
        die("the server refused: %.*s", (int)length, line);
    return memcmp(space, " 001", 4) == 0 || memcmp(space, " 366", 4) == 0;
}

static int step_done;

static void answer_ping(struct client *client, const char *line, size_t length)
{
    if (ask.irc && length > 5 && memcmp(line, "PING ", 5) == 0)
        request(client, "PONG %.*s\n", (int)(length - 5 > 400 ? 400 : length - 5), line + 5);
}

static void setup_line(struct client *client, const char *line, size_t length)
{
    answer_ping(client, line, length);
    if (client->waiting && answered(line, length)) {
        client->waiting = false;
        step_done++;
    }
}

static void talk_line(struct client *client, const char *line, size_t length)
{
    const char *tag = memchr(line, '|', length);
    if (!tag || line + length - tag < TAG) {
        if ((ask.slow || ask.stuck) && has(line, length, "\"sender\":\"SERVER\""))
            return;
        if (client->role == SENDER && ask.ids && has(line, length, "\"status\":\"success\""))
            client->answers++;
        else if (has(line, length, "\"status\":\"error\"") && seen.errors++ == 0)
            fprintf(stderr, "load: u%d was told: %.*s\n", client->index, (int)length, line);
        else if (!ask.irc || length < 5 || memcmp(line, "PING ", 5) != 0)
            seen.strange++;
        answer_ping(client, line, length);
        return;
    }
    uint64_t from = get_digits(tag + 1, 6);
    uint32_t number = (uint32_t)get_digits(tag + TAG_NUMBER, NUMBER_DIGITS);
    if (from >= (uint64_t)client_count || clients[from].room != client->room) {
        seen.strange++;
        return;
    }
    struct client *sender = &clients[from];
    uint32_t *latest = &client->latest[sender->place];
    client->heard++;
    seen.deliveries++;
    if (number == *latest + 1)
        *latest = number;
    else if (number <= *latest)
        seen.doubled++; /* or out of order, which is as bad */
    else {
        seen.lost += number - *latest - 1;
        *latest = number;
    }
    if (client->role != WITNESS)
        return;
    record(&latencies, read_at - started - (int64_t)get_digits(tag + TAG_TIME, TIME_DIGITS));
    if (client->place == ask.members - 1) {
        sender->in_flight--;
        if (answering)
            say(sender, read_at);
    }
}

static void keep(struct client *client, const char *bytes, size_t length)
{
    if (client->partial_length + length > LINE_MOST)
        die("the server sent a line of more than %d bytes", LINE_MOST);
    client->partial = realloc(client->partial, client->partial_length + length);
    if (!client->partial)
        die("out of memory");
    memcpy(client->partial + client->partial_length, bytes, length);
    client->partial_length += length;
}

static void line_read(struct client *client, const char *line, size_t length)
{
    if (stage == SETTING_UP)
        setup_line(client, line, length);
    else
        talk_line(client, line, length);
}

static void split(struct client *client, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!newline) {
            keep(client, bytes, (size_t)(end - bytes));
            return;
        }
        if (client->partial_length) {
            keep(client, bytes, (size_t)(newline + 1 - bytes));
            line_read(client, client->partial, client->partial_length);
            free(client->partial);
            client->partial = NULL;
            client->partial_length = 0;
        } else {
            line_read(client, bytes, (size_t)(newline + 1 - bytes));
        }
        bytes = newline + 1;
    }
}

static void take(struct client *client, size_t most)
{
    ssize_t length = recv(client->fd, incoming, most, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        lose(client);
        return;
    }
    read_at = now();
    if (stage == SETTING_UP || client->parsed) {
        split(client, incoming, (size_t)length);
    } else {
        size_t lines = count_newlines(incoming, (size_t)length);
        client->heard += lines;
        seen.deliveries += lines;
    }
}

static bool last_poll_read; /* whether anything came at the last turn */

/* Read some of the others; return whether more of this sweep are waiting. */
static bool sweep(int64_t time)
{
    static int64_t next;
    static int left;
    struct epoll_event events[SLICE];
    if (left <= 0 && time < next)
        return false;
    if (left <= 0)
        left = patient_count, next = time + 1000000;
    int count = epoll_wait(patient_poller, events, SLICE, 0);
    for (int i = 0; i < count; i++)
        take(events[i].data.ptr, READ_SIZE);
    left = count < SLICE ? 0 : left - count;
    last_poll_read |= count > 0;
    return left > 0;
}

static int64_t turn(int milliseconds)
{
    static struct epoll_event events[EVENTS];
    static bool more;
    if (patient_count && milliseconds > !more)
        milliseconds = !more;
    int count = epoll_wait(poller, events, EVENTS, milliseconds);
    last_poll_read = false;
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        uint64_t expirations;
        if (!client) {
            if (read(timer, &expirations, sizeof expirations) < 0)
                continue;
            continue;
        }
        if (client->gone)
            continue;
        if (!client->connected && (events[i].events & EPOLLOUT)) {
            client->connected = true;
            watch(client);
            ask_for(client, SIGN_IN);
            continue;
        }
        if (events[i].events & EPOLLOUT)
            flush(client);
        if (client->role == STUCK || client->role == SLOW) {
            if (events[i].events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
                lose(client);
            if (!(events[i].events & EPOLLIN))
                continue;
        }
        if (!client->gone && (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP))) {
            last_poll_read = true;
            take(client, READ_SIZE);
        }
    }
    flush_all();
    int64_t time = now();
    more = patient_count && sweep(time);
    return time;
}

/* Setting up. */

static int64_t *connect_began;

static void open_connection(struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ask.port)};
    int on = 1, small = 16 * 1024;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        die("can't open connection %d: %s", client->index, strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (ask.small_buffers && (client->role == STUCK || client->role == SLOW))
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    connect_began[client->index] = now();
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        die("can't connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
    client->poller = poller;
    epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event);
}

static bool concerns(enum step step, const struct client *client)
{
    if (step == OPEN_ROOM)
        return client->place == 0;
    return step != JOIN_ROOM || client->place != 0;
}

/* Let all whom it concerns take a step, only so many at once, and wait until all have been answered. */
static void everybody(enum step step)
{
    int64_t began = now();
    int next = 0, asked = 0;
    static struct client *open[4096];
    int open_count = 0;
    step_done = 0;
    for (;;) {
        int64_t time = now();
        double due = ask.connect_rate ? (double)(time - began) / SECOND * ask.connect_rate : 1e9;
        for (; next < client_count && asked - step_done < ask.at_once && next < due; next++) {
            if (!concerns(step, &clients[next]))
                continue;
            asked++;
            clients[next].waiting = true;
            open[open_count++] = &clients[next];
            if (step == SIGN_IN)
                open_connection(&clients[next]);
            else
                ask_for(&clients[next], step);
        }
        if (next == client_count && step_done == asked && open_count == 0)
            return;
        turn(ask.connect_rate ? 1 : 100);
        for (int i = 0; i < open_count; i++)
            if (!open[i]->waiting) {
                if (step == SIGN_IN)
                    record(&sign_ins, now() - connect_began[open[i]->index]);
                open[i--] = open[--open_count];
            }
    }
}

static void settle(double quiet, double most)
{
    int64_t began = now(), last = began, time = began;
    while ((double)(time - last) < quiet * SECOND && (double)(time - began) < most * SECOND) {
        time = turn(20);
        if (last_poll_read)
            last = time;
    }
}

static void cast(void)
{
    client_count = ask.idle ? ask.idle : ask.rooms * ask.members;
    clients = calloc((size_t)client_count, sizeof *clients);
    dirty = calloc((size_t)client_count, sizeof *dirty);
    connect_began = calloc((size_t)client_count, sizeof *connect_began);
    if (!clients || !dirty || !connect_began)
        die("out of memory");
    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        client->index = i;
        if (ask.idle)
            continue;
        client->room = i / ask.members;
        client->place = i % ask.members;
        int from_end = ask.members - 1 - client->place;
        if (client->place < ask.senders)
            client->role = SENDER;
        else if (from_end < ask.witnesses)
            client->role = WITNESS;
        client->parsed = client->role != MEMBER || ask.verify;
        if (client->parsed)
            client->latest = calloc((size_t)ask.senders, sizeof *client->latest);
        if (client->role == SENDER)
            compose(client);
    }
}

/* Those who read little or nothing: chosen when all have joined, from the plain members. */
static void choose_bad_readers(void)
{
    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        int rank = client->place - ask.senders;
        if (client->role != MEMBER || rank >= ask.slow + ask.stuck)
            continue;
        client->role = rank < ask.slow ? SLOW : STUCK;
        watch(client);
    }
}

/* Those who are neither sender nor witness, and read as well as they should, are read by `sweep`. */
static void part(void)
{
    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        if (client->role != MEMBER)
            continue;
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = client};
        epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
        client->poller = patient_poller;
        epoll_ctl(patient_poller, EPOLL_CTL_ADD, client->fd, &event);
        patient_count++;
    }
}

/* Talking. */

static struct { uint64_t deliveries, messages; double server_cpu, load_cpu; int64_t at; } from, to;

static void snapshot_from(void)
{
    memset(&latencies, 0, sizeof latencies);
    from.deliveries = seen.deliveries, from.messages = seen.messages;
    from.server_cpu = cpu_of_server(), from.load_cpu = cpu_of_load(), from.at = now();
    puts("measuring");
    fflush(stdout);
}

static void snapshot_to(void)
{
    to.deliveries = seen.deliveries, to.messages = seen.messages;
    to.server_cpu = cpu_of_server(), to.load_cpu = cpu_of_load(), to.at = now();
}

static void read_slowly(int64_t time)
{
    static int64_t last;
    if (!ask.slow || (double)(time - last) < ask.slow_every * SECOND)
        return;
    last = time;
    for (int i = 0; i < client_count; i++)
        if (clients[i].role == SLOW && !clients[i].gone)
            take(&clients[i], (size_t)(ask.slow_bytes < READ_SIZE ? ask.slow_bytes : READ_SIZE));
}

static uint64_t scheduled;

/* Open loop: say what is due, and sleep until the next is. */
static void keep_rate(int64_t began, int64_t time)
{
    int speakers = ask.senders * ask.rooms;
    for (;; scheduled++) {
        int64_t due = began + (int64_t)((double)scheduled * SECOND / ask.rate);
        if (due > time) {
            struct itimerspec when = {.it_value = {due / 1000000000, due % 1000000000}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
            break;
        }
        int speaker = (int)(scheduled % (uint64_t)speakers);
        say(&clients[speaker / ask.senders * ask.members + speaker % ask.senders], due);
    }
    flush_all();
}

static void talk(void)
{
    int64_t began = talking_since = now(), time = began;
    int64_t measure = began + (int64_t)(ask.warmup * SECOND);
    int64_t end = measure + (int64_t)(ask.seconds * SECOND);
    answering = !ask.rate;
    for (int i = 0; i < client_count && answering; i++)
        for (int j = 0; clients[i].role == SENDER && j < ask.window; j++)
            say(&clients[i], time);
    flush_all();
    while (time < end) {
        if (ask.rate)
            keep_rate(began, time);
        time = turn(10);
        read_slowly(time);
        if (!from.at && time >= measure)
            snapshot_from();
    }
    snapshot_to();
    answering = false;
}

/* Checking that nothing was lost or doubled. */

static uint64_t said_in(int room)
{
    uint64_t said = 0;
    for (int place = 0; place < ask.senders; place++)
        said += clients[room * ask.members + place].sent;
    return said;
}

static uint64_t due_to(const struct client *client, uint64_t said)
{
    if (ask.private)
        return client->role == SENDER ? 0 : said;
    return ask.irc ? said - client->sent : said;
}

/* How many lines are missing (positive) or too many; the answers to ids count alike. */
static void compare(uint64_t *missing, uint64_t *surplus)
{
    uint64_t said = 0;
    *missing = *surplus = 0;
    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        if (client->place == 0)
            said = said_in(client->room);
        if (client->role == STUCK || (client->role == SLOW && client->gone))
            continue;
        int64_t more = (int64_t)(due_to(client, said) - client->heard);
        int64_t unanswered = ask.ids && client->role == SENDER ? (int64_t)client->sent - (int64_t)client->answers : 0;
        *(more > 0 ? missing : surplus) += (uint64_t)llabs(more);
        *(unanswered > 0 ? missing : surplus) += (uint64_t)llabs(unanswered);
    }
}

static void drain(void)
{
    uint64_t missing, surplus;
    int64_t began = now(), last = began, time = began;
    for (int i = 0; i < client_count; i++)
        if (clients[i].role == SLOW && !clients[i].gone) {
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
            epoll_ctl(poller, EPOLL_CTL_MOD, clients[i].fd, &event);
        }
    do {
        time = turn(20);
        if (last_poll_read)
            last = time;
        compare(&missing, &surplus);
    } while (missing && (double)(time - last) < 3 * SECOND && (double)(time - began) < 20 * SECOND);
    settle(0.1, 1);
    compare(&missing, &surplus);
    seen.lost = missing > seen.lost ? missing : seen.lost;
    seen.doubled = surplus > seen.doubled ? surplus : seen.doubled;
}

/* The whole. */

static void report(double sign_in_seconds, double rss_before, double rss_after)
{
    double seconds = (double)(to.at - from.at) / SECOND;
    printf("{\"deliveries\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"seconds\": %.6f, "
           "\"server_cpu\": %.6f, \"load_cpu\": %.6f, ",
           to.deliveries - from.deliveries, to.messages - from.messages, seconds,
           to.server_cpu - from.server_cpu, to.load_cpu - from.load_cpu);
    printf("\"p50\": %.1f, \"p99\": %.1f, \"most\": %.1f, \"samples\": %" PRIu64 ", ", percentile(&latencies, 0.5),
           percentile(&latencies, 0.99), (double)latencies.most / 1e3, latencies.total);
    printf("\"clients\": %d, \"sign_in_seconds\": %.6f, \"sign_in_p50\": %.1f, \"sign_in_p99\": %.1f, ",
           client_count, sign_in_seconds, percentile(&sign_ins, 0.5), percentile(&sign_ins, 0.99));
    printf("\"rss_before\": %.0f, \"rss_after\": %.0f, \"lost\": %" PRIu64 ", \"doubled\": %" PRIu64
           ", \"errors\": %" PRIu64 ", \"closed\": %" PRIu64 ", \"strange\": %" PRIu64 ", \"overrun\": %" PRIu64 ", ",
           rss_before, rss_after, seen.lost, seen.doubled, seen.errors, seen.closed, seen.strange, seen.overrun);
    printf("\"slow_gone\": %d, \"stuck_after\": [", seen.slow_gone);
    for (int i = 0; i < seen.stuck_gone && i < 64; i++)
        printf("%s%.2f", i ? ", " : "", seen.stuck_after[i]);
    puts("]}");
}

static void hang_up(void)
{
    struct linger none = {.l_onoff = 1}; /* reset: thousands of ports in TIME_WAIT would starve the next run */
    for (int i = 0; i < client_count; i++)
        if (!clients[i].gone) {
            setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
            close(clients[i].fd);
        }
}

static void read_pids(char *list)
{
    for (char *pid = strtok(list, ","); pid && ask.pid_count < PIDS; pid = strtok(NULL, ","))
        ask.pids[ask.pid_count++] = atoi(pid);
}

static void read_options(int count, char **values)
{
    static const struct { const char *name; int *number; double *real; bool *flag; } table[] = {
        {"port", &ask.port, 0, 0}, {"rooms", &ask.rooms, 0, 0}, {"members", &ask.members, 0, 0},
        {"senders", &ask.senders, 0, 0}, {"window", &ask.window, 0, 0}, {"witnesses", &ask.witnesses, 0, 0},
        {"idle", &ask.idle, 0, 0}, {"core", &ask.core, 0, 0}, {"first", &ask.first, 0, 0},
        {"at-once", &ask.at_once, 0, 0}, {"text", &ask.text, 0, 0},
        {"slow", &ask.slow, 0, 0}, {"slow-bytes", &ask.slow_bytes, 0, 0}, {"stuck", &ask.stuck, 0, 0},
        {"small-buffers", 0, 0, &ask.small_buffers}, {"irc", 0, 0, &ask.irc}, {"private", 0, 0, &ask.private},
        {"ids", 0, 0, &ask.ids}, {"verify", 0, 0, &ask.verify}, {"patient", 0, 0, &ask.patient},
        {"rate", 0, &ask.rate, 0}, {"warmup", 0, &ask.warmup, 0}, {"seconds", 0, &ask.seconds, 0},
        {"connect-rate", 0, &ask.connect_rate, 0},
        {"slow-every", 0, &ask.slow_every, 0}, {"limit", 0, &ask.limit, 0}, {"pids", 0, 0, 0},
    };
    enum { LENGTH = sizeof table / sizeof *table };
    struct option options[LENGTH + 1] = {0};
    for (size_t i = 0; i < LENGTH; i++)
        options[i] = (struct option){table[i].name, table[i].flag ? no_argument : required_argument, NULL, 0};
    for (int which, code; (code = getopt_long(count, values, "", options, &which)) != -1;) {
        if (code != 0)
            exit(EXIT_TROUBLE);
        if (table[which].number)
            *table[which].number = atoi(optarg);
        else if (table[which].real)
            *table[which].real = atof(optarg);
        else if (table[which].flag)
            *table[which].flag = true;
        else
            read_pids(optarg);
    }
    ask.ids &= !ask.irc;
    ask.verify |= ask.slow || ask.stuck; /* to tell messages from the news that one of them has left */
    if (ask.private)
        ask.members = 2, ask.senders = ask.witnesses = 1;
    bool sane = ask.port > 0 && (ask.idle > 0 || ask.rooms > 0) && ask.members > ask.senders && ask.senders > 0
                && ask.members - ask.senders >= ask.witnesses && ask.witnesses > 0 && ask.window > 0
                && ask.at_once > 0 && ask.at_once <= 4096 && ask.text >= TAG && ask.text <= 10000
                && ask.seconds >= 0 && ask.limit > 0 && (ask.idle ? ask.idle : ask.rooms * ask.members) <= 1000000;
    if (!sane)
        die("these options ask for nothing that can be done");
}

int main(int count, char **values)
{
    struct rlimit files;
    read_options(count, values);
    alarm((unsigned)ask.limit);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (ask.core >= 0) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(ask.core, &cores);
        sched_setaffinity(0, sizeof cores, &cores);
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    patient_poller = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event ticks = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &ticks);
    started = now();
    cast();
    double rss_before = rss_of_server();
    int64_t began = now();
    if (ask.idle)
        snapshot_from();
    everybody(SIGN_IN);
    double sign_in_seconds = (double)(now() - began) / SECOND;
    if (ask.idle) {
        snapshot_to();
        settle(ask.seconds, ask.seconds + 5);
    } else {
        ask.connect_rate = 0;
        if (ask.private) {
            everybody(SPEAK_UP); /* so that the server does not hold anything back for a classic client */
        } else {
            everybody(OPEN_ROOM);
            everybody(JOIN_ROOM);
        }
        settle(0.2, 30);
        choose_bad_readers();
        if (ask.patient)
            part();
        stage = TALKING;
        talk();
    }
    double rss_after = rss_of_server();
    if (!ask.idle)
        drain();
    report(sign_in_seconds, rss_before, rss_after);
    hang_up();
    bool wrong = seen.lost || seen.doubled || seen.errors || seen.closed || seen.strange;
    return wrong ? EXIT_LOST : 0;
}
