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
 * With --websocket N, one of N clients speaks WebSocket, the first of each N; the others speak plain TCP.
 *
 * A private pair is a room of two with one sender, which only the other hears.
 *
 * So that this is never the bottleneck: epoll, big reads, and those who are neither sender nor witness are read
 * a thousand times a second, when senders and witnesses have had their turn, and their lines are only counted.
 * It ends by itself: every wait has a limit, and an alarm stands behind all.
 */
#include "load.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct client *clients;
int client_count;
int64_t started;
enum stage stage;
struct seen seen;

void die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(EXIT_TROUBLE);
}

static void cast(void)
{
    client_count = ask.idle ? ask.idle : ask.rooms * ask.members;
    clients = calloc((size_t)client_count, sizeof *clients);
    if (!clients)
        die("out of memory");
    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        client->index = i;
        if (ask.websocket && i % ask.websocket == 0)
            open_web(client);
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
    printf("\"frames\": %" PRIu64 ", ", to.frames - from.frames);
    printf("\"slow_gone\": %d, \"stuck_after\": [", seen.slow_gone);
    for (int i = 0; i < seen.stuck_gone && i < STUCK_MOST; i++)
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
    open_pollers();
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
