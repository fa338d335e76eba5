/* What the parts of the load share: what was asked for, the clients, and what was seen. */
#ifndef LOAD_H
#define LOAD_H
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { READ_SIZE = 256 * 1024, OUT_MOST = 1 << 20, LINE_MOST = 1 << 16, PIDS = 64, STUCK_MOST = 64 };
enum { EXIT_TROUBLE = 1, EXIT_LOST = 3 };

#define SECOND 1e9 /* in nanoseconds */

/* options.c: the command line. */

extern struct asked {
    int port, rooms, members, senders, window, witnesses, idle, at_once, text;
    int slow, slow_bytes, stuck, core, first;
    int other_port, others; /* the last so many members of a room are at the other port; in odd rooms all others */
    int websocket; /* of so many clients, one speaks WebSocket; 0: none */
    int capabilities; /* how many different sets of capabilities IRC clients have; 0: they ask for none */
    bool irc, private, ids, verify, small_buffers, patient, registering, existing;
    double rate, warmup, seconds, connect_rate, slow_every, limit;
    int pids[PIDS], pid_count;
} ask;

void read_options(int count, char **values);

/* measure.c: time, CPU and memory. */

enum { STEPS = 64, POWERS = 42 };

struct histogram { uint64_t counts[POWERS * STEPS], total, most; }; /* of nanoseconds */

int64_t now(void);
void record(struct histogram *histogram, int64_t value);
double percentile(const struct histogram *histogram, double share); /* in microseconds */
double cpu_of_server(void);
double cpu_of_load(void);
double rss_of_server(void);

/* load.c: the clients, and the end. */

enum role { MEMBER, SENDER, WITNESS, SLOW, STUCK };

struct client {
    int fd, poller, index, room, place; /* place: which of its room's members */
    enum role role;
    bool parsed, waiting, connected, gone, dirty, blocked;
    uint64_t heard;    /* message lines that it has read */
    uint64_t answers;  /* success lines that answer an id */
    uint32_t sent, in_flight;
    uint32_t *latest;  /* of each sender of the room: the last message that this one has heard */
    char *partial;     /* the beginning of a line, or of the answer to the upgrade, whose end has not come */
    size_t partial_length;
    char *out;         /* what the socket did not take yet */
    size_t out_start, out_end, out_size;
    char *line;        /* a sender's message, its numbers to be filled in */
    size_t line_length, tag_at, id_at;
    struct socket *web; /* of a client that speaks WebSocket; NULL over plain TCP */
};

extern struct client *clients;
extern int client_count;
extern int64_t started; /* when the load began: the times in the messages count from here */
extern enum stage { SETTING_UP, TALKING } stage; /* what lines mean just now */

extern struct seen {
    uint64_t deliveries, messages, lost, doubled, errors, closed, strange, overrun, frames;
    double stuck_after[STUCK_MOST];
    int stuck_gone, slow_gone;
} seen;

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* writing.c: bytes on their way to the server. */

void watch(struct client *client);
void lose(struct client *client);
void flush(struct client *client);
void flush_soon(struct client *client); /* at the end of this turn, with all that is added until then */
void flush_all(void);
char *space_for(struct client *client, size_t length);

/* words.c: what clients say. */

enum step { SIGN_IN, OPEN_ROOM, JOIN_ROOM, SPEAK_UP };

enum { TAG = 34, TAG_NUMBER = 8, TAG_TIME = 17, NUMBER_DIGITS = 8, TIME_DIGITS = 16 };

void ask_for(struct client *client, enum step step);
void request(struct client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
void compose(struct client *client);
void say(struct client *client, int64_t when);

/* reading.c: bytes and lines from the server. */

extern struct histogram latencies;
extern bool answering; /* closed loop: what was heard is answered by the next message */
extern int step_done;  /* clients that have been answered in this step */

void take(struct client *client, size_t most);
void lines_read(struct client *client, const char *bytes, size_t length);
void keep(struct client *client, const char *bytes, size_t length); /* in `partial`, until the rest comes */
void forget_partial(struct client *client);

/* websocket.c: frames around the lines. */

void open_web(struct client *client);
void ask_for_upgrade(struct client *client);
char *frame_for(struct client *client, size_t length); /* where the payload of a frame goes; then: */
void mask_frame(char *payload, size_t length);
void web_read(struct client *client, const char *bytes, size_t length);

/* turns.c: waiting for what happens. */

extern struct histogram sign_ins;
extern bool last_poll_read; /* whether anything came at the last turn */

void open_pollers(void);
int64_t turn(int milliseconds);
void everybody(enum step step);
void settle(double quiet, double most);
void wake_at(int64_t time);
void part(void); /* those who are neither sender nor witness, and read as well as they should, are read later */

/* talk.c: the measured part, and what is checked after it. */

struct snapshot { uint64_t deliveries, messages, frames; double server_cpu, load_cpu; int64_t at; };

extern struct snapshot from, to;
extern int64_t talking_since;

void snapshot_from(void);
void snapshot_to(void);
void choose_bad_readers(void);
void talk(void);
void drain(void);

#endif
