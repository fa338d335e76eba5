/* Waiting for what happens, and the steps that everybody takes before it is measured. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS = 1024 };
enum { SLICE = 32 }; /* how many of the others are read before senders and witnesses come first again */

struct histogram sign_ins;
bool last_poll_read;

static int poller, patient_poller, patient_count, timer;
static int64_t *connect_began;

void open_pollers(void)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    patient_poller = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event ticks = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &ticks);
}

void wake_at(int64_t time)
{
    struct itimerspec when = {.it_value = {time / 1000000000, time % 1000000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

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

int64_t turn(int milliseconds)
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
            if (client->web)
                ask_for_upgrade(client);
            else
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

/* Two servers that share a journal have some members of each room each. */
static int port_of(const struct client *client)
{
    bool other = ask.other_port && (client->place >= ask.members - ask.others) != (client->room % 2 == 1);
    return other ? ask.other_port : ask.port;
}

static void open_connection(struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(client))};
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
void everybody(enum step step)
{
    int64_t began = now();
    int next = 0, asked = 0;
    static struct client *open[4096];
    int open_count = 0;
    step_done = 0;
    if (!connect_began && !(connect_began = calloc((size_t)client_count, sizeof *connect_began)))
        die("out of memory");
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

void settle(double quiet, double most)
{
    int64_t began = now(), last = began, time = began;
    while ((double)(time - last) < quiet * SECOND && (double)(time - began) < most * SECOND) {
        time = turn(20);
        if (last_poll_read)
            last = time;
    }
}

/* Those who are neither sender nor witness, and read as well as they should, are read by `sweep`. */
void part(void)
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
