/* The measured part, and what is checked after it. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

struct snapshot from, to;
int64_t talking_since;

/* Those who read little or nothing: chosen when all have joined, from the plain members. */
void choose_bad_readers(void)
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

void snapshot_from(void)
{
    memset(&latencies, 0, sizeof latencies);
    from.deliveries = seen.deliveries, from.messages = seen.messages, from.frames = seen.frames;
    from.server_cpu = cpu_of_server(), from.load_cpu = cpu_of_load(), from.at = now();
    puts("measuring");
    fflush(stdout);
}

void snapshot_to(void)
{
    to.deliveries = seen.deliveries, to.messages = seen.messages, to.frames = seen.frames;
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
            wake_at(due);
            break;
        }
        int speaker = (int)(scheduled % (uint64_t)speakers);
        say(&clients[speaker / ask.senders * ask.members + speaker % ask.senders], due);
    }
    flush_all();
}

void talk(void)
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

void drain(void)
{
    uint64_t missing, surplus;
    int64_t began = now(), last = began, time = began;
    for (int i = 0; i < client_count; i++)
        if (clients[i].role == SLOW && !clients[i].gone) {
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
            epoll_ctl(clients[i].poller, EPOLL_CTL_MOD, clients[i].fd, &event);
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
