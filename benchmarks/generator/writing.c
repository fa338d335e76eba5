/* Bytes on their way to the server. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct client **dirty;
static int dirty_count;

void watch(struct client *client)
{
    uint32_t reading = client->role == STUCK || client->role == SLOW ? 0 : EPOLLIN;
    struct epoll_event event = {.data.ptr = client};
    event.events = reading | EPOLLRDHUP | (client->blocked || !client->connected ? EPOLLOUT : 0);
    epoll_ctl(client->poller, EPOLL_CTL_MOD, client->fd, &event);
}

void lose(struct client *client)
{
    if (client->gone)
        return;
    if (stage == SETTING_UP)
        die("the server closed a connection, or did not accept it, while everybody signed in and joined");
    client->gone = true;
    close(client->fd);
    if (client->role == STUCK) {
        if (seen.stuck_gone < STUCK_MOST)
            seen.stuck_after[seen.stuck_gone] = (double)(now() - talking_since) / SECOND;
        seen.stuck_gone++;
    } else if (client->role == SLOW) {
        seen.slow_gone++;
    } else {
        seen.closed++;
    }
}

void flush(struct client *client)
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

char *space_for(struct client *client, size_t length)
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

void flush_soon(struct client *client)
{
    if (client->dirty)
        return;
    if (!dirty && !(dirty = calloc((size_t)client_count, sizeof *dirty)))
        die("out of memory");
    client->dirty = true;
    dirty[dirty_count++] = client;
}

void flush_all(void)
{
    for (int i = 0; i < dirty_count; i++) {
        dirty[i]->dirty = false;
        flush(dirty[i]);
    }
    dirty_count = 0;
}
